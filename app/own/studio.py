"""A person's own clips, and the commands that make a model of them; everything lies in one folder, and is kept there.

videos/<id>.mp4, annotations/<id>.json, athletes.csv      what was handed over
manifest.json, clips/, records/, run/, bundle/            what the commands make of it, as `docs/own-clips.md` says
splits.json, compared.json, active                        what is told of it
"""

from __future__ import annotations

import csv
import json
import logging
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from app.own.answers import Judged, OwnAnswer, OwnClip, Point, Split, Task, TaskName, TaskState
from model.answers.evaluation import EvaluationAnswer
from model.bundle import MANIFEST
from model.defaults import RUN_LOG
from model.errors import BadRequest, NotFound

LEAST_MOVEMENTS, LEAST_CLIPS = 2, 5
"""Movements, and clips of each: fewer than five leave none for one of the three splits."""

_STOP_SECONDS = 20.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A step of a task: the words after `movements`, what it does in a few words, and a file for what it prints."""

    words: Sequence[str]
    doing: str
    into: Path | None = None


@dataclass
class _Running:
    """A task that is being done."""

    name: TaskName
    state: TaskState = TaskState.WORKING
    doing: str = ""
    said: str = ""
    process: subprocess.Popen[str] | None = None
    lock: Lock = field(default_factory=Lock)

    def is_stopped(self) -> bool:
        """Whether somebody has stopped it."""
        return self.state is TaskState.STOPPED


class Studio:
    """The clips of one machine's page.

    Args:
        folder: where everything lies; made if it is not there.
        live: the bundle that answers without an own one.
        use: has the page answer with another bundle.
        program: the command line.
        steps: of a training.
    """

    def __init__(
        self,
        folder: Path,
        live: Path,
        use: Callable[[Path], None],
        *,
        program: Sequence[str] = (sys.executable, "-m", "model.cli"),
        steps: int = 400,
    ) -> None:
        self._folder, self._live, self._use = folder.resolve(), live.resolve(), use
        self._program, self._steps = tuple(program), steps
        self._task: _Running | None = None
        self._lock = Lock()
        for name in ("videos", "annotations"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if self._active.is_file() and self._trained:
            use(self._bundle)

    # --- clips

    def add(self, video: Path, *, file: str, movement: str, athlete: str, frames: int, name: str) -> OwnClip:
        """Keep a clip, which is moved here.

        Args:
            video: the file.
            file: its name where it came from.
            movement: what it shows, from its first frame to its last.
            athlete: who does it; nobody in particular, if empty.
            frames: how many it has.
            name: of 32 hexadecimal digits, for this machine.

        Raises:
            BadRequest: the movement has no name that clips can be named by.
        """
        movement = " ".join(movement.split()).lower()
        if not movement or not all(one.isalnum() or one in " -" for one in movement) or len(movement) > 60:
            raise BadRequest(
                "The movement needs a name of letters, digits, spaces and hyphens.", hint='Such as "wall ball".'
            )
        clip = OwnClip(id=name, file=file[:200], movement=movement, athlete=athlete[:100] or name, frames=frames)
        shutil.move(video, self._folder / "videos" / f"{name}.mp4")
        annotation = {
            "videoName": f"{name}.mp4",
            "framesCount": frames,
            "tags": [{"name": movement, "value": None, "frameRange": [0, frames - 1]}],
            "objects": [],
            "description": json.dumps(clip.to_json()),
        }
        (self._folder / "annotations" / f"{name}.json").write_text(json.dumps(annotation), encoding="utf-8")
        return clip

    def remove(self, name: str) -> None:
        """Delete a clip; raises `NotFound` if there is none of that name."""
        if name not in {clip.id for clip in self.clips()}:
            raise NotFound("There is no such clip.")
        (self._folder / "annotations" / f"{name}.json").unlink(missing_ok=True)
        (self._folder / "videos" / f"{name}.mp4").unlink(missing_ok=True)

    def clips(self) -> tuple[OwnClip, ...]:
        """All of them, by movement."""
        found = []
        for path in sorted((self._folder / "annotations").glob("*.json")):
            annotation = json.loads(path.read_text(encoding="utf-8"))
            found.append(OwnClip.model_validate_json(annotation["description"]))
        return tuple(sorted(found, key=lambda clip: (clip.movement, clip.file)))

    # --- what is told

    def told(self) -> OwnAnswer:
        """Everything."""
        clips = self.clips()
        return OwnAnswer(
            clips=clips,
            wanting=_wanting(clips),
            splits=self._splits(),
            task=self._told_task(),
            trained=self._trained,
            compared=self._compared(),
            active=self._active.is_file(),
        )

    def _told_task(self) -> Task | None:
        running = self._task
        if running is None:
            return None
        curve = self._curve() if running.name is TaskName.TRAIN else ()
        share = None
        if curve and running.state is TaskState.WORKING:
            share = min(1.0, curve[-1].step / self._steps)
        return Task(
            name=running.name,
            state=running.state,
            doing=running.doing,
            share=share,
            said=running.said[-500:],
            curve=curve,
        )

    def _curve(self) -> tuple[Point, ...]:
        path = self._folder / "run" / RUN_LOG
        if not path.is_file():
            return ()
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        points = []
        for row in rows:
            held = {name: float(row[name]) for name in ("held_out_loss", "held_out_top1") if row.get(name)}
            points.append(Point(step=int(row["step"]), loss=float(row["loss"]), top1=float(row["top1"]), **held))
        return tuple(points)

    def _splits(self) -> tuple[Split, ...]:
        path = self._folder / "splits.json"
        return tuple(map(Split.model_validate, json.loads(path.read_text(encoding="utf-8")))) if path.is_file() else ()

    def _compared(self) -> tuple[Judged, ...]:
        path = self._folder / "compared.json"
        return tuple(map(Judged.model_validate, json.loads(path.read_text(encoding="utf-8")))) if path.is_file() else ()

    @property
    def _bundle(self) -> Path:
        return self._folder / "bundle"

    @property
    def _trained(self) -> bool:
        return (self._bundle / MANIFEST).is_file()

    @property
    def _active(self) -> Path:
        return self._folder / "active"

    # --- the three buttons

    def check(self) -> None:
        """Cut and split what was handed over, and see whether it is enough.

        A model that was made before goes; if it answered the page, the one that came with the page does so again.

        Raises:
            BadRequest: it is not enough, or something is being done.
        """
        wanting = _wanting(self.clips())
        if wanting:
            raise BadRequest(wanting[0], hint="Add clips, then check again.")
        self._let_go()
        self._forget("clips", "records", "run", "bundle", "manifest.json", "splits.json", "compared.json")
        self._write_athletes()
        commands = (
            Command(("data", "import", "annotations", "--videos", "videos", "--athletes", "athletes.csv",
                     "--out", "manifest.json"), "reading what the clips show"),
            Command(("data", "cut", "manifest.json", "--videos", "videos", "--out", "clips"), "cutting"),
            Command(("data", "split", "clips"), "splitting by athlete"),
            Command(("data", "stats", "clips", "--json"), "counting", self._folder / "stats.json"),
        )  # fmt: skip
        self._begin(TaskName.CHECK, commands, self._read_splits)

    def train(self) -> None:
        """Make a model of what was checked, in the place of an earlier one; an interrupted training goes on.

        Raises:
            BadRequest: nothing was checked, or something is being done.
        """
        if not self._splits():
            raise BadRequest("The clips have not been checked.", hint="Press Check first.")
        self._let_go()
        self._forget("bundle", "compared.json")
        commands = (
            Command(("data", "records", "clips", "--out", "records"), "writing what the model will see"),
            Command(("train", "--data", "records", "--out", "run", "--preset", "fine-tune", "--from", str(self._live),
                     "--steps", str(self._steps), "--resume"), "training"),
            Command(("bundle", "run", "--data", "records", "--test", "records", "--clips", "clips", "--name", "own",
                     "--out", "bundle"), "making a bundle"),
        )  # fmt: skip
        self._begin(TaskName.TRAIN, commands)

    def compare(self) -> None:
        """Judge the model that answers now and the new one on the same clips. Raises as `check` does."""
        if not self._trained:
            raise BadRequest("There is no model of these clips yet.", hint="Press Train first.")
        commands = tuple(
            Command(("evaluate", "--clips", "clips", "--bundle", str(bundle), "--split", "test", "--json"),
                    f"judging the {name}", self._folder / f"{name}.json")
            for name, bundle in (("old", self._live), ("new", self._bundle))
        )  # fmt: skip
        self._begin(TaskName.COMPARE, commands, self._read_comparison)

    def stop(self) -> None:
        """End what runs; a training can go on from there."""
        running = self._task
        if running is None or running.state is not TaskState.WORKING:
            return
        with running.lock:
            running.state = TaskState.STOPPED
            process = running.process
        if process is not None:
            process.send_signal(signal.SIGTERM)

    def activate(self) -> None:
        """Have the page answer with the new model, now and after a start; raises `BadRequest` if there is none."""
        if not self._trained:
            raise BadRequest("There is no model of these clips yet.", hint="Press Train first.")
        self._use(self._bundle)
        self._active.touch()

    def discard(self) -> None:
        """Have the page answer with the model that it came with, and delete the new one."""
        self._let_go()
        self._forget("bundle", "run", "records", "compared.json")

    def close(self) -> None:
        """End what runs, and wait for it."""
        self.stop()
        process = None if self._task is None else self._task.process
        if process is not None:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    # --- commands

    def _require_idle(self) -> None:
        if self._task is not None and self._task.state is TaskState.WORKING:
            raise BadRequest("Something is being done with the clips.", hint="Wait until it is over, or stop it.")

    def _begin(self, name: TaskName, commands: Sequence[Command], after: Callable[[], None] = lambda: None) -> None:
        with self._lock:
            self._require_idle()
            running = self._task = _Running(name, doing=commands[0].doing)
        Thread(target=self._work, args=(running, commands, after), name=f"own-{name}", daemon=True).start()

    def _work(self, running: _Running, commands: Sequence[Command], after: Callable[[], None]) -> None:
        try:
            for command in commands:
                with running.lock:
                    if running.is_stopped():
                        return
                    running.doing = command.doing
                    running.process = self._started(command)
                self._follow(running, command)
                if running.is_stopped():
                    return
                if running.process.returncode:
                    running.state = TaskState.FAILED
                    return
            after()
            running.state = TaskState.DONE
        except Exception:
            logger.exception("a task of the own model failed")
            running.said, running.state = (
                "Something went wrong that was not foreseen; the log says what.",
                TaskState.FAILED,
            )

    def _started(self, command: Command) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._program, *command.words],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if command.into is None else subprocess.DEVNULL,
            text=True,
        )

    @staticmethod
    def _follow(running: _Running, command: Command) -> None:
        """Read what a command writes, until it is over."""
        assert running.process is not None and running.process.stdout is not None
        if command.into is not None:
            command.into.write_text(running.process.stdout.read(), encoding="utf-8")
        else:
            for line in running.process.stdout:
                if line.strip() and not line.startswith(("INFO:", "WARNING:", "I0000", "W0000")):
                    running.said = line.strip()
        running.process.wait()

    def _read_splits(self) -> None:
        rows = json.loads((self._folder / "stats.json").read_text(encoding="utf-8"))["rows"]
        names = ("train", "validation", "test")
        splits = [
            Split(movement=row["movement"], **{name: row["sides"].get(name, 0) for name in names}).to_json()
            for row in rows
        ]
        (self._folder / "splits.json").write_text(json.dumps(splits), encoding="utf-8")

    def _read_comparison(self) -> None:
        judged = []
        for name in ("old", "new"):
            text = (self._folder / f"{name}.json").read_text(encoding="utf-8")
            found = EvaluationAnswer.model_validate_json(text)
            judged.append(Judged(model=name, clips=found.clips, top1=found.top1 or 0.0).to_json())
        (self._folder / "compared.json").write_text(json.dumps(judged), encoding="utf-8")

    def _write_athletes(self) -> None:
        with (self._folder / "athletes.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("video", "athlete", "event"))
            writer.writerows((f"{clip.id}.mp4", clip.athlete, "") for clip in self.clips())

    def _let_go(self) -> None:
        """Have the page answer with the model that it came with: the new one, which a worker may load again, goes."""
        self._require_idle()
        if self._active.is_file():
            self._active.unlink()
            self._use(self._live)

    def _forget(self, *names: str) -> None:
        self._require_idle()
        for name in names:
            path = self._folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _wanting(clips: Sequence[OwnClip]) -> tuple[str, ...]:
    """What is missing before a model can be made."""
    counts = Counter(clip.movement for clip in clips)
    said = []
    if len(counts) < LEAST_MOVEMENTS:
        said.append(f"At least {LEAST_MOVEMENTS} movements are needed; there are {len(counts)}.")
    said += [
        f"{movement} has {count} of the {LEAST_CLIPS} clips that are needed."
        for movement, count in sorted(counts.items())
        if count < LEAST_CLIPS
    ]
    return tuple(said)
