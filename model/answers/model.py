"""What we say of the model that answers, and of the service around it."""

from __future__ import annotations

import logging
from typing import Literal, Self

from pydantic import JsonValue, ValidationError

from model.answers.base import Addressed, Answer
from model.answers.report import Report
from model.contract import Contract, Limits, Movement
from model.errors import ModelUnavailable

logger = logging.getLogger(__name__)


class Description(Addressed):
    """What the function says of its model: some 200 KB for a test set of a thousand clips.

    Attributes:
        contract: what the model knows and takes.
        evaluation: how good it is; None where its bundle does not say.
        request_id: identifies the request in the log.
    """

    contract: Contract
    evaluation: Report | None
    request_id: str | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """The JSON object; without the request's name where it has none."""
        result: dict[str, JsonValue] = self.model_dump(mode="json")
        if self.request_id is None:
            del result["request_id"]
        return result

    @classmethod
    def read(cls, body: object) -> Self:
        """The description in a JSON body, without a report that cannot be read: that the model predicts is what counts.

        Raises:
            ModelUnavailable: there is no contract in it.
        """
        fields = body if isinstance(body, dict) else {}
        try:
            contract = Contract.model_validate(fields.get("contract"))
        except ValidationError as error:
            raise ModelUnavailable() from error
        try:
            evaluation = fields.get("evaluation")
            return cls(contract=contract, evaluation=None if evaluation is None else Report.model_validate(evaluation))
        except ValidationError as error:  # a function of another version
            logger.warning("the function's report cannot be read", extra={"reason": str(error)})
            return cls(contract=contract, evaluation=None)


class ModelSummary(Answer):
    """What the model knows and takes, for programs: `GET /api/model`."""

    name: str
    version: str
    architecture: str
    movements: tuple[Movement, ...]
    none_of_these: bool
    frames: int
    size: int
    crop: str
    limits: Limits

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """A contract in short."""
        return cls(
            name=contract.name,
            version=contract.version,
            architecture=contract.architecture,
            movements=contract.movements,
            none_of_these=contract.none_of_these is not None,
            frames=contract.frames,
            size=contract.size,
            crop=contract.crop.value,
            limits=contract.limits,
        )


class ModelName(Answer):
    """Which model answers."""

    name: str
    version: str


class Alive(Answer):
    """This process answers: `GET /health/live`."""

    status: Literal["ok"] = "ok"


class Healthy(Alive):
    """The model answers: `GET /health`."""

    model: ModelName


class BundleFile(Answer):
    """A file of a bundle, as its manifest says."""

    sha256: str
    size: int


class BundleContents(Answer):
    """What a bundle holds: `movements inspect --json`.

    Attributes:
        contract: what the model knows and takes.
        files: by path.
        bytes: of all files.
        goldens: names of the golden clips.
        engine: what reproduced them.
    """

    contract: Contract
    files: dict[str, BundleFile]
    bytes: int
    goldens: tuple[str, ...]
    engine: str


class StreamStep(Answer):
    """What a stream model says after one frame: `movements stream --json`."""

    seconds: float
    label: str
    probability: float
