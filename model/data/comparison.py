"""Records against the published thesis' form of the same clips: their size, and how quickly they are read."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from model.contract import Contract, Crop
from model.data.records import decode_frame, example_of, read_description, read_records, record_paths
from model.video import read_clip

FLOAT32_FRAMES, FLOAT32_SIZE = 10, 224
"""Frames of a clip, and their side in pixels, in the published thesis."""


@dataclass(frozen=True)
class Comparison:
    """The same clips in our form and in the published thesis'.

    Attributes:
        clips: how many were compared.
        bytes_per_clip, float32_bytes_per_clip: mean size of a record.
        clips_per_second, float32_clips_per_second: read and decoded to uint8 and to float32 tensors.
    """

    clips: int
    bytes_per_clip: float
    float32_bytes_per_clip: float
    clips_per_second: float
    float32_clips_per_second: float

    @property
    def ratio(self) -> float:
        """How many of our records fit in the place of one of the thesis'."""
        return self.float32_bytes_per_clip / self.bytes_per_clip


def clips_per_second(folder: Path) -> float:
    """How many clips per second one process reads and decodes: measured over the first shard that holds clips.

    Raises:
        FileNotFoundError, ValueError: as `read_description`; or the folder holds no clip.
    """
    return _speed(_decoded(_first_shard(folder)))


def compare_with_float32(clips: Path, folder: Path, contract: Contract) -> Comparison:
    """Compare the first shard of a folder of records with the published thesis' form of the same clips.

    That form is ten whole frames of 224 x 224 x 3 float32 in [0, 1] per clip, in a TFRecord with gzip. It is written to
    a temporary folder, 600 MB at most, and deleted.

    Args:
        clips: folder of the clips.
        folder: of their records.
        contract: interpolation and limits.

    Raises:
        FileNotFoundError, ValueError: as `read_description`; or the folder holds no clip.
    """
    shard = _first_shard(folder)
    names = [record.clip for record in read_records(shard)]
    whole = contract.model_copy(update={"frames": FLOAT32_FRAMES, "size": FLOAT32_SIZE, "crop": Crop.NONE})
    with tempfile.TemporaryDirectory(prefix="float32-") as scratch:
        path = Path(scratch) / "clips.tfrecord.gz"
        with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
            for name in names:
                tensor = read_clip(clips / name, whole).tensor[0]
                writer.write(example_of({"frames": [tf.io.serialize_tensor(tensor).numpy()]}))
        return Comparison(
            clips=len(names),
            bytes_per_clip=shard.stat().st_size / len(names),
            float32_bytes_per_clip=path.stat().st_size / len(names),
            clips_per_second=_speed(_decoded(shard)),
            float32_clips_per_second=_speed(_float32(path)),
        )


def _first_shard(folder: Path) -> Path:
    for split in read_description(folder).splits:
        for path in record_paths(folder, split):
            if path.stat().st_size:
                return path
    raise ValueError(f"the records in {folder} hold no clip")


def _decoded(shard: Path) -> tf.data.Dataset:
    """Clips of a shard as uint8 [n, size, size, 3]."""
    form = {"frames": tf.io.RaggedFeature(tf.string)}
    return tf.data.TFRecordDataset(str(shard)).map(
        lambda record: tf.map_fn(
            decode_frame, tf.io.parse_single_example(record, form)["frames"], fn_output_signature=tf.uint8
        )
    )


def _float32(path: Path) -> tf.data.Dataset:
    """Clips in the thesis' form as float32 [10, 224, 224, 3]."""
    form = {"frames": tf.io.FixedLenFeature([], tf.string)}
    return tf.data.TFRecordDataset(str(path), "GZIP").map(
        lambda record: tf.io.parse_tensor(tf.io.parse_single_example(record, form)["frames"], tf.float32)
    )


def _speed(clips: tf.data.Dataset) -> float:
    """Clips per second over a second pass; the first one pays for the graph and for the disk."""
    for _ in clips:
        pass
    start = time.perf_counter()
    count = sum(1 for _ in clips)
    return count / (time.perf_counter() - start)
