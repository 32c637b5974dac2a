"""Rendered clips by the thousand.

A shard is one `.npz` of SHARD clips: all JPEG frames in one blob with their offsets, and what each clip shows.
Clip i of a seed depends on (seed, i) alone, whoever renders it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering.clip import RenderedClip, render_clip
from model.shards import MakeShard, make_shards, write_shard

VERSION = 3
"""Of the renderer: clips of one seed look alike only within one version."""
SHARD = 100
SIZE, FRAMES = 128, 10
QUALITY = 92
NONE_SHARE = 0.28
"""Share of clips that show none of the movements; the movements share the rest evenly."""


@dataclass(frozen=True)
class CodedClip:
    """A rendered clip with its frames still coded.

    Attributes:
        jpegs: FRAMES JPEG files of SIZE x SIZE pixels.
        label: a movement's label or `none`; kind: finer for `none`; near: nearly one of the movements.
    """

    jpegs: tuple[bytes, ...]
    label: str
    kind: str
    near: bool

    @property
    def frames(self) -> np.ndarray:
        """uint8 [FRAMES, SIZE, SIZE, 3], RGB."""
        coded = [np.frombuffer(jpeg, np.uint8) for jpeg in self.jpegs]
        bgr = np.stack([np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)) for jpeg in coded])
        return bgr[..., ::-1]


def label_of(seed: int, index: int) -> str:
    """The label of a clip of a data set."""
    rng = np.random.default_rng((seed, index, 1))
    if rng.random() < NONE_SHARE:
        return NONE_LABEL
    return MOVEMENTS[int(rng.integers(len(MOVEMENTS)))].label


def render_dataset(out: Path, clips: int, seed: int, *, workers: int = 2) -> None:
    """Render `clips` clips (rounded up to whole shards) into `out`; shards that are there already are kept.

    Raises:
        ValueError: `out` holds clips of another seed or another version of the renderer.
    """
    make_clips(out, clips, seed, _render_shard, label_of=label_of, workers=workers)


def make_clips(
    out: Path,
    clips: int,
    seed: int,
    make: MakeShard,
    *,
    label_of: Callable[[int, int], str],
    identity: Mapping[str, int] = MappingProxyType({}),
    workers: int = 2,
) -> None:
    """Make shards of clips, as `write_clips` writes them.

    Args:
        out, clips, seed, workers: as for `render_dataset`.
        make: makes one shard.
        label_of: from the seed and a clip's number to its label.
        identity: what tells these clips from those of `render_dataset`.

    Raises:
        ValueError: `out` holds clips of another seed, version or kind.
    """
    shards = -(-clips // SHARD)
    labels = Counter(label_of(seed, index) for index in range(shards * SHARD))
    make_shards(
        out,
        shards,
        seed,
        make,
        identity={"version": VERSION, "seed": seed, "size": SIZE, "frames": FRAMES, **identity},
        described={"clips": labels.total(), "labels": dict(sorted(labels.items()))},
        word="rendered",
        workers=workers,
    )


def read_shard(path: Path) -> Iterator[CodedClip]:
    """The clips of a shard, in their order."""
    with np.load(path) as shard:
        blob, offsets = shard["blob"].tobytes(), shard["offsets"]
        labels, kinds, near = shard["labels"], shard["kinds"], shard["near"]
    for i, label in enumerate(labels):
        ends = offsets[i * FRAMES : (i + 1) * FRAMES + 1]
        jpegs = tuple(blob[a:b] for a, b in pairwise(ends))
        yield CodedClip(jpegs, str(label), str(kinds[i]), bool(near[i]))


def _render_shard(out: Path, seed: int, shard: int) -> None:
    write_clips(out, seed, shard, _render)


def _render(seed: int, index: int) -> RenderedClip:
    return render_clip((seed, index), label_of(seed, index), size=SIZE, frames=FRAMES)


def write_clips(out: Path, seed: int, shard: int, render: Callable[[int, int], RenderedClip]) -> None:
    """Write the clips of a shard, so that `read_shard` reads them; each is rendered from the seed and its number."""
    cv2.setNumThreads(1)
    jpegs: list[bytes] = []
    labels, kinds, near = [], [], []
    for index in range(shard * SHARD, (shard + 1) * SHARD):
        clip = render(seed, index)
        for frame in clip.frames:
            _, data = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            jpegs.append(data.tobytes())
        labels.append(clip.label)
        kinds.append(clip.kind)
        near.append(clip.near)
    write_shard(
        out,
        shard,
        blob=np.frombuffer(b"".join(jpegs), np.uint8),
        offsets=np.cumsum([0, *map(len, jpegs)]),
        labels=np.array(labels),
        kinds=np.array(kinds),
        near=np.array(near),
    )
