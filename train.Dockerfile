# The image of a training job, as SageMaker starts one (`docker run IMAGE train`), or by hand with a folder like /opt/ml:
#
#   docker build -t movements-train -f train.Dockerfile .
#   docker run --rm -v "$PWD/job:/opt/ml" movements-train train
#
# For GPUs, BASE_IMAGE is one that brings CUDA and cuDNN for the TensorFlow in requirements/train.txt, with Python 3.11 to 3.13.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE}
WORKDIR /opt/movements
COPY requirements/train.txt requirements/train.txt
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --requirement requirements/train.txt
COPY model model
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/opt/movements
# SageMaker writes /opt/ml as root.
# hadolint ignore=DL3002
USER 0:0
ENTRYPOINT ["python3", "-m", "model.cli.sagemaker"]
