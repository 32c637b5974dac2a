"""What may be chosen about a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.contract import MOVEMENTS, Movement
from model.training.calibrate import RECALL
from model.training.finished_run import Kept


@dataclass(frozen=True)
class BundleOptions:
    """What may be chosen about a bundle.

    Attributes:
        name, version: of the bundle; without a name, one made of variant, kind and data.
        movements: names for people of the labels; a label that is not among them is shown as it is.
        recall: share of the movements' clips that the rule for *none of these* must let through.
        test: files of clips that were not trained on: of another seed, or of the test split. Without any, the clips
            that the run held out are judged.
        clips: folder of cut clips with their manifest, the source of the records; golden clips of a model that was
            trained on records are copied from it.
        film: folders of clips named `<movement>_<i>.mp4`, judged for the card and for nothing else.
        film_notes: Markdown for the card: what was decided by looking at film.
        ablations: folders of comparisons of recipes, see `model.training.ablation`; their tables go into the card.
        kept: what is kept of the weights that the run began with; None for nothing.
    """

    name: str | None = None
    version: str = "1"
    movements: Sequence[Movement] = MOVEMENTS
    recall: float = RECALL
    test: Sequence[Path] = ()
    clips: Path | None = None
    film: Sequence[Path] = ()
    film_notes: str = ""
    ablations: Sequence[Path] = ()
    kept: Kept | None = None
