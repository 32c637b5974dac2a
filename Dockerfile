# The image of the classify function. From the root of the project:
#
#   docker build --provenance=false -t classify .                                 LiteRT: for bundles with a flatbuffer
#   docker build --provenance=false -t classify --build-arg WITH_TENSORFLOW=1 .   and TensorFlow: for any SavedModel
#
# BASE_IMAGE may be any image with Python 3.11 to 3.13 and pip. For a release, name AWS's by digest, so that the same source
# makes the same image: --build-arg BASE_IMAGE=public.ecr.aws/lambda/python:3.12@sha256:<digest that `docker pull` shows>
ARG BASE_IMAGE=public.ecr.aws/lambda/python:3.12

FROM ${BASE_IMAGE} AS packages
ARG WITH_TENSORFLOW=0
WORKDIR /build
COPY requirements requirements
# Bytecode, in both stages, carries its source's hash instead of its time: the same source makes the same files,
# and on Lambda's read-only filesystem nothing is compiled anew when a container starts.
RUN cp requirements/lambda.txt all.txt && \
    if [ "${WITH_TENSORFLOW}" = 1 ]; then cat requirements/tensorflow.txt >> all.txt; fi && \
    python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --no-compile --target packages --requirement all.txt && \
    python3 -m compileall -q --invalidation-mode unchecked-hash packages

FROM ${BASE_IMAGE} AS code
WORKDIR /build/code
COPY model model
COPY lambda/classify classify
# BlazePose's weights, out of a wheel that is pinned by hash: for bundles that do not bring them along.
COPY requirements/pose.txt ./
RUN python3 -m pip download --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        --platform manylinux_2_28_x86_64 --python-version 3.11 --dest wheel --requirement pose.txt && \
    PYTHONPATH=/build/code python3 -m model.pose.weights wheel build/pose && rm -r wheel pose.txt
RUN python3 -m compileall -q --invalidation-mode unchecked-hash . && chmod -R a+rX .

FROM ${BASE_IMAGE}
WORKDIR /var/task
COPY --from=packages /build/packages ./
COPY --from=code /build/code ./
ENV BUNDLE=/var/task/model/bundles/default \
    ENGINE=auto \
    PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
ENTRYPOINT ["python3", "-m", "awslambdaric"]
CMD ["classify.handler.handler"]
