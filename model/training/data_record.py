"""The clips of a training and of a test, for the record and in words."""

from __future__ import annotations

from collections.abc import Sequence

from model.contract import NONE
from model.data.manifest import Split
from model.record import Data, LabelCount
from model.training.dataset import Clips


def data_record(clips: Clips, labels: Sequence[str], split: str) -> Data:
    """What a model was trained on; `split` says in words how recorded clips were split."""
    recorded = clips.take(clips.splits != "")
    counts = {}
    for index, label in enumerate((*labels, NONE)):
        chosen = recorded.labels == index
        if chosen.any():
            counts[label] = LabelCount(clips=int(chosen.sum()), athletes=len(set(recorded.athletes[chosen])))
    return Data(
        clips=len(clips),
        recorded=len(recorded),
        pieces=int(clips.pieces.sum()),
        validating=int((recorded.splits == Split.VALIDATION).sum()),
        athletes=len(set(recorded.athletes)),
        labels=counts,
        split=split,
    )


def judged_in_words(judged: Clips, *, unseen: bool) -> str:
    """What was judged; `unseen` says that neither training nor calibration has used it."""
    athletes = len(set(judged.athletes[judged.splits != ""]))
    if athletes:
        test_set = "the test set" if unseen else "the validation set, which calibrated the model"
        return f"{len(judged)} clips of {athletes} athlete{'s' * (athletes > 1)} of {test_set}"
    clips = f"{int((~judged.near).sum())} rendered clips"
    return f"{clips} of a seed never trained on" if unseen else f"{clips} held out of training"
