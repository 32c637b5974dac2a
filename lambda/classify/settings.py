"""The function's environment, typed and validated once."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.defaults import DIGEST_FORM, EngineName


class Settings(BaseSettings):
    """What the operator configures; each field is the environment variable of the same name in capitals.

    Attributes:
        upload_bucket: the one bucket whose objects may be asked for.
        bundle: the model, a directory of the image or `s3://bucket/models/<name>/<version>`.
        bundle_digest: the digest that the model must have; without it, any whole model is accepted.
        engine: what runs the graph; `auto` takes LiteRT when the bundle carries a flatbuffer, else TensorFlow.
        threads: threads of the engine; a Lambda has one virtual CPU per 1769 MB.
        deadline_margin_seconds: how long before the function's timeout a request is given up, so that an answer
            still gets out.
    """

    model_config = SettingsConfigDict(frozen=True)

    upload_bucket: str = Field(min_length=3, max_length=63)
    bundle: str = Field(min_length=1)
    bundle_digest: str | None = Field(None, pattern=DIGEST_FORM)
    engine: EngineName = EngineName.AUTO
    threads: int = Field(2, ge=1, le=16)
    deadline_margin_seconds: float = Field(1.0, ge=0)


class Runtime(BaseSettings):
    """What Lambda itself says about the process."""

    initialization_type: str | None = Field(None, validation_alias="AWS_LAMBDA_INITIALIZATION_TYPE")

    @property
    def is_lambda(self) -> bool:
        """Whether this process is a Lambda in its init phase, and not a test or a person's import."""
        return self.initialization_type is not None


class Reporter(BaseSettings):
    """Who speaks in log and metrics, so that several functions of an account are told apart.

    Attributes:
        service: the function's name, as the operator gives it; the metrics' dimension of that name.
        version: the version of the function, by Lambda's own account.
    """

    model_config = SettingsConfigDict(frozen=True)

    service: str = Field("classify", validation_alias="POWERTOOLS_SERVICE_NAME", min_length=1)
    version: str = Field("$LATEST", validation_alias="AWS_LAMBDA_FUNCTION_VERSION", min_length=1)
