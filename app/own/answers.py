"""What the page is told of a person's own clips and of the model that is made of them."""

from __future__ import annotations

from enum import StrEnum

from model.answers.base import Answer, Count, Share


class TaskName(StrEnum):
    """What the three buttons do."""

    CHECK = "check"
    TRAIN = "train"
    COMPARE = "compare"


class TaskState(StrEnum):
    """What has become of it."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class OwnClip(Answer):
    """A clip that was handed over.

    Attributes:
        id: its name on this machine.
        file: its name where it came from.
        movement: what it shows.
        athlete: who does it; clips of one athlete stay in one split.
        frames: how many it has.
    """

    id: str
    file: str
    movement: str
    athlete: str
    frames: Count


class Point(Answer):
    """A row of the training's log: the step, and loss and share that is right, of training and of held-out clips."""

    step: Count
    loss: float
    top1: Share
    held_out_loss: float | None = None
    held_out_top1: float | None = None


class Task(Answer):
    """What is being done, or was done last.

    Attributes:
        name: which button.
        state: what has become of it.
        doing: the command that runs, or ran last, in a few words.
        share: how much of it is done, where that is known.
        said: the last line that it wrote; why it failed.
        curve: of a training, its course.
    """

    name: TaskName
    state: TaskState
    doing: str
    share: Share | None = None
    said: str = ""
    curve: tuple[Point, ...] = ()


class Split(Answer):
    """How many clips of a movement are in each split."""

    movement: str
    train: Count
    validation: Count
    test: Count


class Judged(Answer):
    """How a model does on the test split: clips, and the share of them whose most probable movement is right."""

    model: str
    clips: Count
    top1: Share


class OwnAnswer(Answer):
    """Everything.

    Attributes:
        clips: what was handed over.
        wanting: what is missing before a model can be made, in sentences.
        splits: after *check*.
        task: what is being done, or was done last.
        trained: whether there is a model of these clips.
        compared: the model that answers now and the new one, on the same clips.
        active: whether the new one answers the page.
    """

    clips: tuple[OwnClip, ...]
    wanting: tuple[str, ...]
    splits: tuple[Split, ...]
    task: Task | None
    trained: bool
    compared: tuple[Judged, ...]
    active: bool
