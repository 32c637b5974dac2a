"""Varies rendered clips so that film looks like one more variation. TensorFlow operations, run by `tf.data`.

A clip passes the same chain as film does: it is framed and shaken, softened by a lens, covered by things and
graphics, coloured by a camera, made noisy, compressed, and processed once more when it was published. Everything is
drawn from one seed per clip, so a run can be repeated and resumed exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

_DRAWS = 96
"""Random numbers per clip; more than all steps together take."""

_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""The 4x4 ordered-dither matrix of B. E. Bayer (1973), as it stays visible in films shrunk to few colours."""

FOLDED = 0.03
"""What is added to the taps that smooth a frame before it is reduced; see `_framed`."""

CENTRE = 0.9
"""Side of the model's square in a rendered frame, relative to the frame: the middle of training's scales."""


@dataclass(frozen=True)
class Augmentation:
    """How often and how strongly clips are varied. Probabilities of 0 switch a step off.

    Attributes:
        min_scale, max_scale: side of the square cut out, relative to the rendered frame; in other frames the same in
            proportion to the model's square.
        angle: standard deviation of the roll, degrees.
        aspect: standard deviation of the logarithm of the stretch.
        mirror, shake, soft, occluders, logo, bars: probability of each step of framing and covering.
        grey, swap, noise, dither: probability of each step of colour and sensor.
        colour: strength of saturation, white balance, contrast, brightness and gamma; 1 is the studied strength.
        jpeg, blur, sharpen: probability of each step of publication.
    """

    min_scale: float = 0.72
    max_scale: float = 1.08
    angle: float = 2.5
    aspect: float = 0.05
    mirror: float = 0.5
    shake: float = 0.3
    soft: float = 0.35
    occluders: float = 0.2
    logo: float = 0.12
    bars: float = 0.25
    colour: float = 1.0
    grey: float = 0.12
    swap: float = 0.2
    noise: float = 0.4
    dither: float = 0.12
    jpeg: float = 0.45
    blur: float = 0.25
    sharpen: float = 0.25


def augment(
    frames: tf.Tensor, seed: tf.Tensor, size: int, settings: Augmentation, *, square: float = CENTRE
) -> tf.Tensor:
    """One variation of a clip.

    1. Framing: one affine map per clip (scale, place, roll, stretch, mirror), plus a shake per frame.
    2. Softness: shrunk and enlarged again.
    3. Covering: rectangles, a logo in a corner, black bars, all still while the athlete moves.
    4. Colour: saturation, white balance, channel order, contrast, brightness, gamma, or grey.
    5. Sensor: noise per pixel, an ordered dither.
    6. Publication: JPEG of quality 12 to 70, blur, sharpening halos.

    Args:
        frames: uint8 [n, side, side, 3], RGB, a square around the athlete.
        seed: int [2]; the same seed gives the same variation.
        size: side of the result, pixels.
        settings: which steps, how often.
        square: side of the square in the frames that the model sees, relative to them; less than 1 where they are
            wider.

    Returns:
        uint8 [n, size, size, 3].
    """
    draw = _Draw(seed)
    return _spoilt(_framed(frames, draw, size, settings, square / CENTRE), draw, size, settings)


def spoilt(frames: tf.Tensor, seed: tf.Tensor, settings: Augmentation) -> tf.Tensor:
    """One variation of frames uint8 [n, size, size, 3] that stay where they are: `augment` without its first step."""
    return _spoilt(frames, _Draw(seed), frames.shape[1], settings)


def _spoilt(frames: tf.Tensor, draw: _Draw, size: int, settings: Augmentation) -> tf.Tensor:
    out = draw.sometimes(settings.soft, lambda x: _softened(x, draw, size), frames)
    out = tf.cast(out, tf.float32)
    out = draw.sometimes(settings.occluders, lambda x: _occluded(x, draw, size), out)
    out = draw.sometimes(settings.logo, lambda x: _with_logo(x, draw, size), out)
    out = draw.sometimes(settings.bars, lambda x: _with_bars(x, draw, size), out)
    out = _coloured(out, draw, settings)
    out = draw.sometimes(settings.noise, lambda x: _noisy(x, draw), out)
    out = draw.sometimes(settings.dither, lambda x: _dithered(x, draw, size), out)
    out = draw.sometimes(settings.jpeg, lambda x: _compressed(x, draw), out)
    out = draw.sometimes(settings.blur, lambda x: _blurred(x, draw.uniform(0.4, 1.2)), out)
    out = draw.sometimes(settings.sharpen, lambda x: 1.7 * x - 0.7 * _blurred(x, 1.2), out)
    return tf.ensure_shape(_to_bytes(out), (frames.shape[0], size, size, 3))


def centred(frames: tf.Tensor, size: int, *, square: float = CENTRE) -> tf.Tensor:
    """The clip as validation sees it: the middle square, area-interpolated as `model.video` does it.

    Frames that are that square, of that size, stay as they are.

    Args:
        frames: uint8 [n, side, side, 3].
        size: side of the result, pixels.
        square: as in `augment`.

    Returns:
        uint8 [n, size, size, 3].
    """
    margin = round(frames.shape[1] * (1 - square) / 2)
    if margin == 0 and frames.shape[1] == size:
        return frames
    inner = frames[:, margin : frames.shape[1] - margin, margin : frames.shape[2] - margin]
    return _to_bytes(tf.image.resize(inner, (size, size), tf.image.ResizeMethod.AREA))


class _Draw:
    """The random numbers of one clip, taken one after the other while the graph is traced."""

    def __init__(self, seed: tf.Tensor) -> None:
        self.seed = seed
        self._uniforms = tf.unstack(tf.random.stateless_uniform((_DRAWS,), seed))
        self._normals = tf.unstack(tf.random.stateless_normal((_DRAWS,), seed + 1))

    def uniform(self, low: float, high: float) -> tf.Tensor:
        return low + (high - low) * self._uniforms.pop()

    def normal(self, deviation: float, mean: float = 0.0) -> tf.Tensor:
        return mean + deviation * self._normals.pop()

    def chance(self, probability: float) -> tf.Tensor:
        return self._uniforms.pop() < probability

    def colour(self) -> tf.Tensor:
        return tf.stack([self.uniform(0, 255) for _ in range(3)])

    def sometimes(self, probability: float, step: Callable[[tf.Tensor], tf.Tensor], frames: tf.Tensor) -> tf.Tensor:
        """The step with this probability, else the frames as they are; nothing is traced for a step never taken."""
        if probability == 0:
            return frames
        return tf.cond(self.chance(probability), lambda: step(frames), lambda: frames)


def _framed(frames: tf.Tensor, draw: _Draw, size: int, settings: Augmentation, width: float) -> tf.Tensor:
    """The square cut out by one affine map, its sharpness that of area interpolation.

    Sampling with bilinear interpolation averages over a variance of 1/6 px² of the source; area interpolation by a
    factor z over z²/12. Frames that are reduced are therefore averaged first with three taps (a, 1 - 2a, a) of the
    missing variance, 2a = z²/12 - 1/6 where that is positive, and a little for the detail that sampling folds back:
    without it the finest detail of rendered frames was 6 to 13 % stronger than after area interpolation.
    """
    count, side = frames.shape[0], frames.shape[1]
    scale = width * draw.uniform(settings.min_scale, settings.max_scale)
    zoom = scale * side / size
    angle = draw.normal(settings.angle * math.pi / 180)
    stretch = tf.exp(draw.normal(settings.aspect))
    mirror = tf.where(draw.chance(settings.mirror), -1.0, 1.0)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    xx, xy = zoom * stretch * cosine * mirror, -zoom * sine
    yx, yy = zoom * sine * mirror, zoom / stretch * cosine

    reach = tf.maximum(0.0, (1 - scale) / 2) + 0.04
    centre = (side - 1) / 2 + side * reach * tf.stack([draw.uniform(-1, 1), draw.uniform(-1, 1)])
    amplitude = tf.where(draw.chance(settings.shake), draw.uniform(0, 0.0048) * side, 0.0)
    steps = tf.random.stateless_normal((2, count, 2), draw.seed + 2)
    centres = centre + amplitude * 0.5 * (tf.cumsum(steps[0]) + steps[1])  # [count, 2]: x, y

    middle = (size - 1) / 2
    x0 = centres[:, 0] - middle * (xx + xy)
    y0 = centres[:, 1] - middle * (yx + yy)
    ones = tf.ones((count,))
    maps = tf.stack([xx * ones, xy * ones, x0, yx * ones, yy * ones, y0, 0 * ones, 0 * ones], axis=1)

    taps = tf.maximum(0.0, zoom**2 / 12 - 1 / 6) / 2 + FOLDED
    values = tf.cast(frames, tf.float32)
    values = tf.cond(zoom > 1.1, lambda: _smoothed(values, taps), lambda: values)

    def warped(fill_mode: str) -> tf.Tensor:
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=values,
            transforms=maps,
            output_shape=(size, size),
            interpolation="BILINEAR",
            fill_mode=fill_mode,
            fill_value=0.0,
        )

    return _to_bytes(tf.cond(draw.chance(0.7), lambda: warped("REFLECT"), lambda: warped("CONSTANT")))


def _softened(frames: tf.Tensor, draw: _Draw, size: int) -> tf.Tensor:
    reduced = tf.cast(draw.uniform(0.35, 0.9) * size, tf.int32)
    small = tf.image.resize(frames, tf.stack([reduced, reduced]), tf.image.ResizeMethod.AREA)
    return _to_bytes(tf.image.resize(small, (size, size)))


def _occluded(frames: tf.Tensor, draw: _Draw, size: int) -> tf.Tensor:
    """One to three still rectangles of one colour each."""
    rows, columns = _grid(size)
    for present in (1.0, 2 / 3, 1 / 3):
        top, left = draw.uniform(0, size), draw.uniform(0, size)
        height, width = draw.uniform(3, size / 3), draw.uniform(3, size / 3)
        inside = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
        frames = tf.where((inside & draw.chance(present))[..., None], draw.colour(), frames)
    return frames


def _with_logo(frames: tf.Tensor, draw: _Draw, size: int) -> tf.Tensor:
    """A triangle in one of the corners, as competitions print it over their films."""
    rows, columns = _grid(size)
    rows = tf.where(draw.chance(0.5), rows, size - 1 - rows)
    columns = tf.where(draw.chance(0.5), columns, size - 1 - columns)
    inside = rows + columns < draw.uniform(0.1, 0.4) * size
    return tf.where(inside[..., None], draw.colour(), frames)


def _with_bars(frames: tf.Tensor, draw: _Draw, size: int) -> tf.Tensor:
    """The black edges of a letterboxed or pillarboxed film: at one side of the crop, or at both.

    Both at once is what the square gets of an upright phone's picture that the athlete fills: at 9:16 each takes .22.
    """
    rows, columns = _grid(size)
    upright = draw.chance(0.7)
    along = tf.where(upright, columns, rows)
    along = tf.where(draw.chance(0.5), along, size - 1 - along)
    reach = tf.where(upright, 1.0, 0.5) * size
    both = draw.chance(0.6)
    width = reach * tf.where(both, draw.uniform(0.03, 0.25), draw.uniform(0.05, 0.35))
    inside = (along < width) | (both & (along > size - 1 - width))
    return tf.where(inside[..., None], 0.0, frames)


def _coloured(frames: tf.Tensor, draw: _Draw, settings: Augmentation) -> tf.Tensor:
    """Camera colour. All of it is one 3x3 matrix for the channels and one curve for the values."""
    strength = settings.colour
    saturation = 1 + strength * draw.uniform(-0.7, 0.5)
    saturation = tf.where(draw.chance(settings.grey), 0.0, saturation)
    balance = tf.exp(strength * tf.stack([draw.normal(0.1) for _ in range(3)]))
    balance = tf.where(saturation == 0.0, tf.ones_like(balance), balance)
    identity = tf.eye(3)
    order = tf.where(
        draw.chance(settings.swap),
        tf.gather(identity, tf.argsort(tf.stack([draw.uniform(0, 1) for _ in range(3)]))),
        identity,
    )
    mix = tf.matmul((saturation * identity + (1 - saturation) / 3) * balance, order)
    shape = tf.shape(frames)
    frames = tf.reshape(tf.matmul(tf.reshape(frames, (-1, 3)), mix), shape)

    contrast = tf.exp(strength * draw.normal(0.28, mean=0.05))
    brightness = strength * draw.normal(22)
    gamma = tf.where(draw.chance(0.3), tf.exp(strength * draw.normal(0.35)), 1.0)
    values = tf.range(256, dtype=tf.float32)
    curve = 255 * (tf.clip_by_value((values - 128) * contrast + 128 + brightness, 0, 255) / 255) ** gamma
    return tf.gather(curve, tf.cast(_to_bytes(frames), tf.int32))


def _noisy(frames: tf.Tensor, draw: _Draw) -> tf.Tensor:
    return frames + draw.uniform(1, 9) * tf.random.stateless_normal(tf.shape(frames), draw.seed + 3)


def _dithered(frames: tf.Tensor, draw: _Draw, size: int) -> tf.Tensor:
    tiles = math.ceil(size / 4)
    pattern = tf.tile(tf.constant(_BAYER, tf.float32) / 16 - 0.5, (tiles, tiles))[:size, :size, None]
    return frames + draw.uniform(8, 50) * pattern


def _compressed(frames: tf.Tensor, draw: _Draw) -> tf.Tensor:
    """All frames through one JPEG, one under the other: blocks do not cross frames whose side is a multiple of 16."""
    shape = tf.shape(frames)
    column = tf.reshape(_to_bytes(frames), (-1, shape[2], 3))
    quality = tf.cast(draw.uniform(12, 70), tf.int32)
    encoded = tf.raw_ops.EncodeJpegVariableQuality(images=column, quality=quality)
    return tf.cast(tf.reshape(tf.io.decode_jpeg(encoded, channels=3), shape), tf.float32)


def _blurred(frames: tf.Tensor, sigma: tf.Tensor | float) -> tf.Tensor:
    """Gaussian blur with seven taps, edges mirrored; sigma in pixels, at most 1.2."""
    offsets = tf.range(-3, 4, dtype=tf.float32)
    taps = tf.exp(-0.5 * (offsets / sigma) ** 2)
    column = tf.tile(tf.reshape(taps / tf.reduce_sum(taps), (-1, 1, 1, 1)), (1, 1, 3, 1))
    padded = tf.pad(frames, ((0, 0), (3, 3), (3, 3), (0, 0)), "SYMMETRIC")
    down = tf.nn.depthwise_conv2d(padded, column, (1, 1, 1, 1), "VALID")
    return tf.nn.depthwise_conv2d(down, tf.transpose(column, (1, 0, 2, 3)), (1, 1, 1, 1), "VALID")


def _smoothed(frames: tf.Tensor, side_tap: tf.Tensor) -> tf.Tensor:
    """Averaged with the next pixels: three taps along rows and columns, in one 3x3 kernel, which is quicker."""
    taps = tf.stack([side_tap, 1 - 2 * side_tap, side_tap])
    kernel = tf.tile((taps[:, None] * taps[None, :])[:, :, None, None], (1, 1, 3, 1))
    return tf.nn.depthwise_conv2d(frames, kernel, (1, 1, 1, 1), "SAME")


def _grid(size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Row and column of every pixel, float32 [size, 1] and [1, size]; together they broadcast to the frame."""
    along = tf.range(size, dtype=tf.float32)
    return along[:, None], along[None, :]


def _to_bytes(frames: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.clip_by_value(tf.round(frames), 0, 255), tf.uint8)
