"""Clips as TFRecords: what the model sees of each, JPEG-coded.

A folder of records holds shards `<split>-00000.tfrecord` and `records.json`. A record is a `tf.train.Example`:

    frames     n files of size x size pixels: JPEG of quality 95 with colours at full resolution, or PNG
    label      the movement
    athlete    who does it
    clip       name of the clip's file
    source     name of the video that the clip was cut from

The published thesis kept float32 frames of 224 x 224 x 3, 6 MB a clip before gzip; see `model.data.comparison`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.contract import Contract, Crop, Interpolation
from model.data.manifest import MANIFEST, AnnotatedRepetition, Manifest, Split
from model.errors import MovementsError
from model.video import read_clip

RECORDS = "records.json"
"""Name of the description in a folder of records; it is there only when all shards are."""

SHARD = 100
"""Clips of a shard."""
QUALITY = 95
"""Quality of the JPEG frames."""

_UNFINISHED = f"{RECORDS}.partial"


@dataclass(frozen=True)
class RecordedClip:
    """A clip of a shard with its frames still coded.

    Attributes:
        jpegs: n JPEG or PNG files of size x size pixels.
        label: the movement; athlete: who does it.
        clip: name of the clip's file; source: name of the video that it was cut from.
    """

    jpegs: tuple[bytes, ...]
    label: str
    athlete: str
    clip: str
    source: str

    @property
    def frames(self) -> np.ndarray:
        """uint8 [n, size, size, 3], RGB."""
        return np.stack([decode_frame(jpeg).numpy() for jpeg in self.jpegs])


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class SplitRecords(_Frozen):
    """How much a split holds: whole shards, clips in them, bytes of their files."""

    shards: int
    clips: int
    bytes: int


class RecordsSettings(_Frozen):
    """What decides the content of every shard.

    Attributes:
        schema_version: of this form and of the records.
        frames, size, crop, interpolation: as in the contract.
        lossless: the frames are PNG.
        quality: of the frames where they are JPEG.
        labels: the movements in alphabetical order.
        split: how the splits were drawn, as the manifest says it; empty for clips that were not split.
        manifest_sha256: of the manifest's file.
    """

    schema_version: Literal[1] = 1
    frames: int
    size: int
    crop: Crop
    interpolation: Interpolation
    lossless: bool
    quality: int | None
    labels: tuple[str, ...]
    split: str
    manifest_sha256: str


class RecordsDescription(RecordsSettings):
    """What a folder of records holds.

    Attributes:
        splits: by split; one without clips is not named.
        unreadable: clips that are left out, by name, each with a sentence why.
        uncut: repetitions of the manifest that are left out because they have no clip.
    """

    splits: dict[Split, SplitRecords] = Field({}, alias="sides")  # its name in files since version 1
    unreadable: dict[str, str] = {}
    uncut: int = 0

    @property
    def clips(self) -> int:
        """How many clips all splits hold."""
        return sum(split.clips for split in self.splits.values())

    @property
    def bytes_per_clip(self) -> float:
        """Mean size of a record in bytes."""
        return sum(split.bytes for split in self.splits.values()) / self.clips


@dataclass(frozen=True)
class RecordsReport:
    """What `write_records` did: the folder as it is now, and how many of its shards are new."""

    description: RecordsDescription
    written: int
    kept: int


def write_records(
    clips: Path, out: Path, contract: Contract, *, lossless: bool = False, workers: int = 2
) -> RecordsReport:
    """Write what the model sees of every clip of a manifest, in shards of 100 clips per split.

    1. The clips of a split are ordered by the digest of their names, so that a shard mixes athletes and movements.
       Clips of a manifest that was not split are all in the split `train`.
    2. `model.video.read_clip` gives the frames, uint8 [n, size, size, 3].
    3. Each frame is coded, each shard renamed when it is complete, and `records.json` written at the end.

    An interrupted run goes on where it was: complete shards are kept. A clip whose file changed while the manifest
    stayed the same is not noticed.

    Args:
        clips: folder of the clips and their manifest.
        out: folder of the records.
        contract: frames, size, crop, interpolation and limits.
        lossless: code the frames as PNG, some three times as large.
        workers: threads that decode clips.

    Raises:
        FileNotFoundError: there is no manifest.
        ValueError: the manifest holds no clip or only some of its clips have a split, or `out` holds records of
            another manifest or of other settings.
    """
    manifest = Manifest.read(clips)
    repetitions = [repetition for repetition in manifest.repetitions if repetition.clip is not None]
    if not repetitions:
        raise ValueError(f"{clips / MANIFEST} names no clip: `movements data cut` makes them")
    if 0 < (unsplit := sum(repetition.split is None for repetition in repetitions)) < len(repetitions):
        raise ValueError(f"{unsplit} clips of {clips / MANIFEST} have no split: run `movements data split` again")
    settings = RecordsSettings(
        frames=contract.frames,
        size=contract.size,
        crop=contract.crop,
        interpolation=contract.interpolation,
        lossless=lossless,
        quality=None if lossless else QUALITY,
        labels=manifest.movements,
        split=manifest.split,
        manifest_sha256=hashlib.sha256((clips / MANIFEST).read_bytes()).hexdigest(),
    )
    plan = _plan(out, repetitions)
    unreadable = _open_folder(out, settings)
    missing = [path for path, members in plan.items() if not _is_complete(path, members, unreadable)]
    _describe(out / _UNFINISHED, settings, unreadable=unreadable)
    if missing:
        (out / RECORDS).unlink(missing_ok=True)
    columns = (TextColumn("recording"), BarColumn(), MofNCompleteColumn(), TextColumn("shards"), TimeRemainingColumn())
    with Progress(*columns) as progress, ThreadPoolExecutor(workers) as pool:
        task = progress.add_task("", total=len(plan), completed=len(plan) - len(missing))
        for path in missing:
            left_out = _write_shard(path, plan[path], clips, contract, lossless=lossless, pool=pool)
            names = {member.clip for member in plan[path]}
            unreadable = {name: why for name, why in unreadable.items() if name not in names} | left_out
            _describe(out / _UNFINISHED, settings, unreadable=unreadable)
            progress.advance(task)
            if not progress.console.is_terminal:
                progress.console.print(f"recorded {progress.tasks[0].completed:.0f} of {len(plan)} shards")
    description = _describe(
        out / _UNFINISHED,
        settings,
        splits=_splits(plan, unreadable),
        unreadable=unreadable,
        uncut=len(manifest.repetitions) - len(repetitions),
    )
    (out / _UNFINISHED).replace(out / RECORDS)
    return RecordsReport(description, written=len(missing), kept=len(plan) - len(missing))


def record_paths(folder: Path, split: Split) -> list[Path]:
    """The shards of a split in their order; none if the split holds no clip.

    Raises:
        FileNotFoundError, ValueError: as `read_description`.
    """
    described = read_description(folder).splits.get(split)
    return [_shard_path(folder, split, number) for number in range(described.shards if described else 0)]


def read_records(path: Path) -> Iterator[RecordedClip]:
    """The clips of one shard, in their order.

    Raises:
        ValueError: the file is damaged, or not a shard.
    """
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            features = tf.train.Example.FromString(record).features.feature
            label, athlete, clip, source = (
                features[name].bytes_list.value[0].decode() for name in ("label", "athlete", "clip", "source")
            )
            yield RecordedClip(tuple(features["frames"].bytes_list.value), label, athlete, clip, source)
    except (tf.errors.DataLossError, DecodeError, IndexError) as error:
        raise ValueError(f"{path} is damaged or not a shard of clips: delete it and write the records again") from error


def read_description(folder: Path) -> RecordsDescription:
    """What a folder of records holds.

    Raises:
        FileNotFoundError: the folder holds no records, or only those of an interrupted run.
        ValueError: its `records.json` is not one.
    """
    if not (folder / RECORDS).is_file():
        found = "only unfinished records" if (folder / _UNFINISHED).is_file() else "no records"
        raise FileNotFoundError(f"there are {found} in {folder}: run `movements data records CLIPS --out {folder}`")
    return _read(folder / RECORDS)


def _plan(out: Path, repetitions: list[AnnotatedRepetition]) -> dict[Path, list[AnnotatedRepetition]]:
    """The clips of each shard."""
    plan = {}
    for split in Split:
        members = [repetition for repetition in repetitions if (repetition.split or Split.TRAIN) is split]
        members.sort(key=lambda member: hashlib.sha256(str(member.clip).encode()).digest())
        for number, start in enumerate(range(0, len(members), SHARD)):
            plan[_shard_path(out, split, number)] = members[start : start + SHARD]
    return plan


def _shard_path(folder: Path, split: Split, number: int) -> Path:
    return folder / f"{split}-{number:05d}.tfrecord"


def _open_folder(out: Path, settings: RecordsSettings) -> dict[str, str]:
    """Make the folder, or find in it records of the same settings; returns the clips known to be unreadable."""
    out.mkdir(parents=True, exist_ok=True)
    described = next((path for path in (out / RECORDS, out / _UNFINISHED) if path.is_file()), None)
    if described is None:
        if unknown := next(out.glob("*.tfrecord"), None):
            raise ValueError(f"{out} holds {unknown.name} without {RECORDS}: choose another folder")
        return {}
    found = _read(described)
    for name, asked in settings:
        if (there := getattr(found, name)) != asked:
            what = "of another manifest" if name == "manifest_sha256" else f"with {name} {there!r}, not {asked!r}"
            raise ValueError(f"{out} holds records {what}: choose another folder")
    return found.unreadable


def _read(path: Path) -> RecordsDescription:
    try:
        return RecordsDescription.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path} does not describe records: {where}: {first['msg']}") from error


def _describe(path: Path, settings: RecordsSettings, **more: Any) -> RecordsDescription:
    description = RecordsDescription(**settings.model_dump(), **more)
    new = path.with_suffix(".new")
    new.write_text(description.model_dump_json(indent=1) + "\n", encoding="utf-8")
    new.replace(path)
    return description


def _is_complete(path: Path, members: list[AnnotatedRepetition], unreadable: dict[str, str]) -> bool:
    """Whether a shard is there, whole, with every clip that can be read."""
    if not path.is_file():
        return False
    try:
        count = sum(1 for _ in read_records(path))
    except ValueError:
        return False
    return count == sum(member.clip not in unreadable for member in members)


def _write_shard(
    path: Path,
    members: list[AnnotatedRepetition],
    clips: Path,
    contract: Contract,
    *,
    lossless: bool,
    pool: ThreadPoolExecutor,
) -> dict[str, str]:
    """Write one shard; returns the clips that cannot be read, each with the reason."""
    unreadable = {}
    new = path.with_suffix(".new")
    with tf.io.TFRecordWriter(str(new)) as writer:
        coded = pool.map(partial(_coded, clips, contract, lossless), members)
        for member, frames in zip(members, coded, strict=True):
            if isinstance(frames, str):
                unreadable[str(member.clip)] = frames
            else:
                text = {name: [str(getattr(member, name)).encode()] for name in ("athlete", "clip", "source")}
                writer.write(example_of({"frames": frames, "label": [member.movement.encode()], **text}))
    new.replace(path)
    return unreadable


def _coded(clips: Path, contract: Contract, lossless: bool, member: AnnotatedRepetition) -> list[bytes] | str:
    """The coded frames of a clip, or a sentence why there are none."""
    try:
        frames = read_clip(clips / str(member.clip), contract).frames
    except MovementsError as error:
        return error.message
    return [_encode(frame, lossless=lossless) for frame in frames]


def _encode(frame: np.ndarray, *, lossless: bool) -> bytes:
    coded = (
        tf.io.encode_png(frame)
        if lossless
        else tf.io.encode_jpeg(frame, quality=QUALITY, chroma_downsampling=False, optimize_size=True)
    )
    return bytes(coded.numpy())


def decode_frame(jpeg: Any) -> tf.Tensor:
    """A frame, uint8 [size, size, 3], of a JPEG or a PNG file."""
    # TensorFlow's own default is a faster inverse transform that is off by several levels.
    return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE")


def example_of(features: dict[str, list[bytes]]) -> bytes:
    """A `tf.train.Example` of byte strings by name, serialised."""
    lists = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=values)) for name, values in features.items()}
    return bytes(tf.train.Example(features=tf.train.Features(feature=lists)).SerializeToString())


def _splits(plan: dict[Path, list[AnnotatedRepetition]], unreadable: dict[str, str]) -> dict[Split, SplitRecords]:
    splits = {}
    for split in Split:
        shards = {path: members for path, members in plan.items() if (members[0].split or Split.TRAIN) is split}
        if shards:
            splits[split] = SplitRecords(
                shards=len(shards),
                clips=sum(member.clip not in unreadable for members in shards.values() for member in members),
                bytes=sum(path.stat().st_size for path in shards),
            )
    return splits
