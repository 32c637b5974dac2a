"""The app's environment, typed and validated once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.contract import Limits
from model.defaults import DEFAULT_BUNDLE, WORKOUT_BYTES, EngineName


class Settings(BaseSettings):
    """What the operator configures; each field is the environment variable of the same name in capitals.

    Without `classifier_function` and `upload_bucket` everything happens on this machine.

    Attributes:
        host, port: the address `python -m app` listens on.
        allowed_hosts: names, as `["films.example.org"]`, under which other machines ask the page of this one.
        classifier_function: name or ARN, with its alias, of the Lambda function that predicts.
        upload_bucket: the bucket that browsers upload to and that the function reads from.
        workouts_machine: ARN of the state machine that analyses whole workouts; in AWS, there are none without it.
        bundle: directory of the model for local predictions.
        engine: what runs the graph; `auto` takes LiteRT when the bundle carries a flatbuffer, else TensorFlow.
        threads: threads of the engine, in each worker.
        workers: local predictions at the same time, each in a process of its own.
        max_upload_bytes: the largest clip that is accepted.
        upload_minutes: how long a local upload may wait to be submitted before it is deleted.
        max_workout_bytes: the largest film that is accepted as a workout.
        workout_hours: how long a film may wait, and its result be asked for.
        deadline_seconds: how long a prediction may take.
        web_threads: requests at the same time; at most half of them are answers to clips, and on this machine a quarter
            may wait for slow clients.
        cors_origins: other web sites, as `["https://example.org"]`, whose pages may ask the interface for programs.
        requests_per_minute: of one address to the interface for programs, in each process of the server; no limit
            without it.
        proxies: how many proxies of ours stand in front and say in X-Forwarded-For whom they were asked by.
        own_models: a folder for clips of one's own and the model that is made of them; without it the page has no tab
            for that. Training needs more than the page does: `pip install movements[app,train]`.
        own_steps: of a training of such a model; more than a few hundred clips need, and it ends before if nothing gets
            better.
        log_level: the least severe log line that is written.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(8050, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    classifier_function: str | None = None
    upload_bucket: str | None = Field(None, min_length=3, max_length=63)
    workouts_machine: str | None = None
    bundle: Path = DEFAULT_BUNDLE
    engine: EngineName = EngineName.AUTO
    threads: int = Field(2, ge=1, le=64)
    workers: int = Field(2, ge=1, le=64)
    max_upload_bytes: int = Field(Limits().max_bytes, ge=1)
    upload_minutes: float = Field(10, gt=0)
    max_workout_bytes: int = Field(WORKOUT_BYTES, ge=1)
    workout_hours: float = Field(24, gt=0)
    deadline_seconds: float = Field(30, gt=0)
    web_threads: int = Field(256, ge=4, le=1024)
    cors_origins: tuple[str, ...] = ()
    requests_per_minute: int | None = Field(None, ge=1)
    proxies: int = Field(0, ge=0, le=10)
    own_models: Path | None = None
    own_steps: int = Field(400, ge=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def local(self) -> bool:
        """Whether everything happens on this machine."""
        return self.classifier_function is None

    @model_validator(mode="after")
    def _cloud_is_whole(self) -> Self:
        if (self.classifier_function is None) != (self.upload_bucket is None):
            raise ValueError(
                "CLASSIFIER_FUNCTION and UPLOAD_BUCKET belong together: set both for AWS, or neither for this machine"
            )
        if self.own_models is not None and not self.local:
            raise ValueError("OWN_MODELS is for a page that predicts on its own machine")
        return self
