"""Cuts every repetition of a manifest out of its video, exact to the frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.data.cut_video import Piece, cut_video
from model.data.manifest import MANIFEST, AnnotatedRepetition, Manifest
from model.processes import process_pool


@dataclass(frozen=True)
class Cut:
    """What came out of a manifest.

    Attributes:
        manifest: of the clips' folder: every repetition that has a clip.
        made, kept: how many clips were written now, and how many were there.
        findings: a sentence for everything that has no clip, and one if the folder must be split again.
    """

    manifest: Manifest
    made: int
    kept: int
    findings: tuple[str, ...]


def cut_manifest(manifest: Manifest, videos: Path, out: Path, *, workers: int = 2) -> Cut:
    """Write a clip of every repetition, and their manifest with `clip`, `frames` and `seconds`, into a folder.

    The folder's manifest is written after every video, so an interrupted run goes on where it was. A clip that it
    records is kept, and keeps its name; new ones take the lowest numbers that are free, in the order of the manifest.
    The splits that it records stay as long as no clip is added.

    Args:
        manifest: repetitions by source.
        videos: folder of the sources.
        out: folder of the clips `<movement>_<i>.mp4`; made if it is not there.
        workers: processes, each cutting one video at a time.

    Raises:
        FileNotFoundError: there is no folder of videos.
        ValueError: a label cannot name a file, or `out` has clips of repetitions that are not in the manifest.
    """
    if not videos.is_dir():
        raise FileNotFoundError(f"there is no folder {videos}; give the one with the annotated videos")
    recorded = Manifest.read(out) if (out / MANIFEST).is_file() else Manifest(repetitions=())
    planned = name_clips(manifest, recorded)
    done = _still_there(planned, recorded, out)
    kept, split = len(done), manifest.split or recorded.split
    waiting: dict[str, list[AnnotatedRepetition]] = defaultdict(list)
    for repetition in planned:
        if repetition.clip not in done:
            waiting[repetition.source].append(repetition)
    absent = [source for source in waiting if not (videos / source).is_file()]
    findings = [f"{source!r} is not in {videos}; {len(waiting.pop(source))} clips are not made" for source in absent]
    known = {repetition.clip for repetition in recorded.repetitions}
    out.mkdir(parents=True, exist_ok=True)
    for results in _cut_videos(waiting, videos, out, workers):
        for repetition, seconds in results:
            if isinstance(seconds, str):
                findings.append(seconds)
                continue
            if split and not manifest.split and repetition.clip not in known:
                findings.append(f"{out} was split ({split}) and has new clips: split it again")
                split = ""
            update = {"frames": repetition.end - repetition.start + 1, "seconds": seconds}
            done[str(repetition.clip)] = repetition.model_copy(update=update)
        _manifest(done, split).write(out)
    clips = _manifest(done, split)
    if clips != recorded:
        clips.write(out)
    return Cut(clips, len(done) - kept, kept, tuple(sorted(findings)))


def name_clips(manifest: Manifest, recorded: Manifest) -> list[AnnotatedRepetition]:
    """The repetitions of a manifest, each with the name and the split of its clip, as if none were cut yet.

    Args:
        manifest: what is to be cut.
        recorded: that of the clips' folder; the names in it stay, and the splits where the manifest has none.

    Raises:
        ValueError: a label cannot name a file, or the folder has clips of repetitions that are not in the manifest.
    """
    earlier = {_identity(repetition): repetition for repetition in recorded.repetitions if repetition.clip}
    if unknown := set(earlier) - {_identity(repetition) for repetition in manifest.repetitions}:
        source, movement, start, end = first = min(unknown)
        raise ValueError(
            f"the folder has {len(unknown)} clips of repetitions that are not in the manifest, such as"
            f" {earlier[first].clip!r}, {movement} at frames {start} to {end} of {source!r}: choose another folder"
        )
    taken = {repetition.clip for repetition in earlier.values()}
    free = {movement: _free_names(movement, taken) for movement in manifest.movements}
    planned = []
    for repetition in manifest.repetitions:
        known = earlier.get(_identity(repetition))
        clip = known.clip if known else next(free[repetition.movement])
        split = repetition.split or (known.split if known else None)
        planned.append(repetition.model_copy(update={"clip": clip, "frames": None, "seconds": None, "split": split}))
    return planned


def _identity(repetition: AnnotatedRepetition) -> tuple[str, str, int, int]:
    """What makes two repetitions the same one, whatever else is known of them."""
    return repetition.source, repetition.movement, repetition.start, repetition.end


def _free_names(movement: str, taken: set[str | None]) -> Iterator[str]:
    if movement != movement.strip(" .") or any(c in '/\\:*?"<>|' or not c.isprintable() for c in movement):
        raise ValueError(f"{movement!r} cannot name a file; import it again with --rename")
    return (name for i in count(1) if (name := f"{movement}_{i}.mp4") not in taken)


def _still_there(
    planned: Sequence[AnnotatedRepetition], recorded: Manifest, out: Path
) -> dict[str, AnnotatedRepetition]:
    """The repetitions whose clip is recorded and there, by its name."""
    earlier = {repetition.clip: repetition for repetition in recorded.repetitions}
    done = {}
    for repetition in planned:
        known = earlier.get(repetition.clip)
        if known and known.clip and known.frames and (out / known.clip).is_file():
            done[known.clip] = repetition.model_copy(update={"frames": known.frames, "seconds": known.seconds})
    return done


def _manifest(done: Mapping[str, AnnotatedRepetition], split: str) -> Manifest:
    """The manifest of the clips; where `split` says that they were not divided, none of them is in a split."""
    changes = {} if split else {"split": None}
    return Manifest.of((repetition.model_copy(update=changes) for repetition in done.values()), split=split)


def _cut_videos(
    waiting: Mapping[str, Sequence[AnnotatedRepetition]], videos: Path, out: Path, workers: int
) -> Iterator[list[tuple[AnnotatedRepetition, float | str]]]:
    """What `cut_video` says of each repetition, video by video, in the order in which they are finished."""
    columns = (TextColumn("cutting"), BarColumn(), MofNCompleteColumn(), TextColumn("videos"), TimeRemainingColumn())
    with Progress(*columns) as progress, process_pool(workers) as pool:
        task = progress.add_task("", total=len(waiting))
        jobs = {
            pool.submit(cut_video, videos / source, [Piece(out / str(r.clip), r.start, r.end) for r in wanted]): wanted
            for source, wanted in waiting.items()
        }
        try:
            for job in as_completed(jobs):
                yield list(zip(jobs[job], job.result(), strict=True))
                progress.advance(task)
                if not progress.console.is_terminal:
                    progress.console.print(f"cut {progress.tasks[0].completed:.0f} of {len(waiting)} videos")
        finally:
            # A person who interrupts the run should not wait for the videos that are still in the queue.
            pool.shutdown(cancel_futures=True)
