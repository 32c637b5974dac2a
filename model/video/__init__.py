"""From a clip to the tensor that a model sees, and the only way there: in training, evaluation and serving.

`read_clip` does it all. The steps are one file each: preflight (with boxes, track, fragments, magic), sampling, decode,
crop (with shake), preprocess, still. Nothing but numpy and OpenCV is used, and OpenCV nowhere else by a server.
"""

from model.video.clip import Clip, model_view, read_clip
from model.video.crop import Athlete, Square, cut, find_athlete, small_grey
from model.video.preflight import Probe, preflight
from model.video.preprocess import to_tensor
from model.video.sampling import sample_indices
from model.video.still import still_jpeg

__all__ = [
    "Athlete",
    "Clip",
    "Probe",
    "Square",
    "cut",
    "find_athlete",
    "model_view",
    "preflight",
    "read_clip",
    "sample_indices",
    "small_grey",
    "still_jpeg",
    "to_tensor",
]
