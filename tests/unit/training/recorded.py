"""Records of a few clips of colour, made as a person makes them."""

from __future__ import annotations

from pathlib import Path

from model.contract import MOVEMENTS, Contract
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.data.records import write_records
from tests.clips import plain_clip

COLOURS = {"red": (220, 40, 40), "green": (40, 220, 40)}


def write_colour_records(
    folder: Path, *, size: int = 32, frames: int = 10, sides: tuple[Split, ...] = tuple(Split)
) -> Path:
    """Records of two movements, one athlete for each side and one clip of each movement by each; gives their folder."""
    clips = folder / "clips"
    clips.mkdir(parents=True)
    repetitions = []
    for n, side in enumerate(sides):
        for label, colour in COLOURS.items():
            name = f"{label}_{n + 1}.mp4"
            plain_clip(clips / name, colour, frames=12, size=64)
            repetitions.append(
                AnnotatedRepetition(
                    source=f"{side}.mp4",
                    athlete=f"athlete {n}",
                    movement=label,
                    start=0,
                    end=11,
                    clip=name,
                    frames=12,
                    seconds=0.4,
                    side=side,
                )
            )
    Manifest.of(repetitions, split="by hand").write(clips)
    contract = Contract(name="records", version="1", architecture="none", movements=MOVEMENTS, frames=frames, size=size)
    write_records(clips, folder / "records", contract, workers=1)
    return folder / "records"
