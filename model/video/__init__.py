"""From a clip to the tensor that a model sees, and the only way there: in training, evaluation and serving.

`read_clip` does it all, in four steps:

1. `preflight` opens the `film` in a file: its one video track, read by our own reader of `boxes`, `track`, `entry`,
   `samples` and `fragments`, and held against the limits.
2. `sampling` chooses frames by their time.
3. `decode` takes what those need (`references`), checks the `headers` of the stream (`guard`), writes a small film of
   its own (`canonical`) and hands that to OpenCV. FFmpeg reads no structure but ours.
4. `crop` and `shake` find the athlete, `preprocess` makes the tensor, `colour` shows films of newer phones as others.

Nothing but numpy and OpenCV is used, and OpenCV nowhere else by a server.
"""

from model.video.clip import Clip, ClipReader, frame_pixels, model_view, read_clip
from model.video.colour import grey_to_ordinary, nearly_ordinary, to_ordinary
from model.video.crop import Athlete, Square, cut, find_athlete, small_grey
from model.video.decode import Decoded
from model.video.headers import Colour
from model.video.preflight import Probe, preflight
from model.video.preprocess import as_rgb, to_tensor
from model.video.sampling import sample_indices
from model.video.still import still_jpeg

__all__ = [
    "Athlete",
    "Clip",
    "ClipReader",
    "Colour",
    "Decoded",
    "Probe",
    "Square",
    "as_rgb",
    "cut",
    "find_athlete",
    "frame_pixels",
    "grey_to_ordinary",
    "model_view",
    "nearly_ordinary",
    "preflight",
    "read_clip",
    "sample_indices",
    "small_grey",
    "still_jpeg",
    "to_ordinary",
    "to_tensor",
]
