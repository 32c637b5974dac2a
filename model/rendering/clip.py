"""From a seed to frames: a scene around one athlete's motion, drawn as a camera would film it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.rendering.athlete import Look, draw_athlete
from model.rendering.camera import Viewpoint
from model.rendering.colours import mostly_grey
from model.rendering.equipment import BarbellLook, draw_moving_props, draw_still_props
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Proportions, Skeleton
from model.rendering.pictures import pictures
from model.rendering.primitives import Primitives
from model.rendering.raycast import DEPTH, FAR, LIT, PLANES, raster, shade, shadow_map
from model.rendering.surroundings import Light, draw_bystanders, draw_surroundings

FPS = 30
SHADOW_PIXELS = 160
OVERSAMPLING = 1.5  # frames are drawn larger by this and reduced: anti-aliasing
MOVING = 0.07
"""A point that stays within this many metres does not count for the square around the athlete."""


@dataclass(frozen=True)
class RenderedClip:
    """Frames uint8 [n, H, W, 3] RGB, with what they show."""

    frames: np.ndarray
    label: str
    kind: str
    near: bool
    seconds: float


def render_clip(seed: int | tuple[int, ...], label: str, *, size: int = 128, frames: int = 10) -> RenderedClip:
    """The sampled frames of a clip, only the square around the athlete that the crop of film would keep.

    Args:
        seed: decides everything else; the same seed gives the same clip.
        label: of `motion.MOTIONS`.
        size: pixels a side; frames: how many, evenly over the clip, both ends included.
    """
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    times = np.linspace(0, 1, frames)
    low, high = stage.extent(times)
    jitter = rng.uniform(np.log(1.02), np.log(1.7)) if rng.random() < 0.8 else rng.uniform(np.log(0.88), np.log(2.3))
    side = float((high - low).max() * np.exp(jitter))
    centre = (low + high) / 2 + rng.normal(0, 0.06, 2) * side
    pixels = round(size * OVERSAMPLING)
    camera = stage.view.framed(pixels, pixels, pixels / side, centre)
    return stage.film(rng, camera, (size, size), times, np.zeros((frames, 2)))


def render_video(seed: int | tuple[int, ...], label: str, *, width: int, height: int) -> RenderedClip:
    """Every frame, at FPS, of the whole picture that a phone would film; even `width` and `height`, pixels."""
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    count = max(2, round(stage.motion.seconds * FPS))
    times = np.linspace(0, 1, count)
    low, high = stage.extent(times)
    # The athlete fills between two fifths and four fifths of the picture's height, not always in its middle.
    extent = max(float(high[1] - low[1]), float(high[0] - low[0]) * height / width)
    focal = rng.uniform(0.4, 0.8) * height * OVERSAMPLING / extent
    room = np.maximum(np.array([width, height]) * OVERSAMPLING / focal - (high - low), 0) / 2
    centre = (low + high) / 2 + rng.uniform(-0.6, 0.6, 2) * room
    camera = stage.view.framed(round(width * OVERSAMPLING), round(height * OVERSAMPLING), focal, centre)
    shake = (
        np.cumsum(rng.normal(0, 0.25, (count, 2)), 0) * (height / 480) if rng.random() < 0.5 else np.zeros((count, 2))
    )
    return stage.film(rng, camera, (width, height), times, (shake - shake.mean(0)) * OVERSAMPLING)


class _Stage:
    """An athlete with a motion, and the viewpoint."""

    def __init__(self, rng: np.random.Generator, label: str) -> None:
        self.body = Proportions.random(rng)
        self.motion = Motion.random(label, rng, self.body)
        self.barbell = BarbellLook.random(rng)
        skeleton, _ = self.motion.sample(np.linspace(0, 1, 10))
        self.centre = np.concatenate([skeleton.pelvis, skeleton.shoulders, skeleton.ankle.mean(1)]).mean(0)
        self.view = Viewpoint.random(rng, label, self.centre)

    def extent(self, times: Array) -> tuple[Array, Array]:
        """Corners [2] on the viewpoint's plane of what moves."""
        skeleton, props = self.motion.sample(times)
        points = _points(skeleton, props, max(half for half in (self.barbell.half, 0.85)))
        moving = np.ptp(points, axis=0).max(-1) > MOVING
        if moving.sum() < 3:
            moving[:] = True
        flat = self.view.project(points[:, moving].reshape(-1, 3))
        margin = 0.06 / float(np.linalg.norm(self.centre - self.view.place))
        return flat.min(0) - margin, flat.max(0) + margin

    def film(
        self, rng: np.random.Generator, camera: np.ndarray, size: tuple[int, int], times: Array, shake: Array
    ) -> RenderedClip:
        """Draw the clip; `size` is (width, height) of the frames, `shake` [n, 2] the camera's shift in drawn pixels."""
        motion = self.motion
        rope = motion.label == "double-unders" or motion.kind == "single unders"
        sub_frames = 5 if rope else 3 if motion.label == "chest-to-bar" else 2
        open_share = rng.uniform(0.3, 0.95) if rope else rng.uniform(0.15, 0.8)  # of the shutter
        shutter = open_share / FPS / motion.seconds
        instants = (times[:, None] + np.linspace(0, shutter, sub_frames)).ravel()
        skeleton, props = motion.sample(instants)
        outdoors = rng.random() < 0.3
        still = Primitives(1)
        draw_surroundings(still, rng, self.view, self.centre, outdoors=outdoors, wall=props.wall)
        own = Primitives(1)
        draw_still_props(own, rng, props, mostly_grey(rng, 0.02, 0.5))
        moving = Primitives(len(instants))
        draw_athlete(moving, skeleton, Look.random(rng), self.body.height)
        draw_moving_props(moving, rng, props, self.barbell)
        draw_bystanders(moving, rng, self.view, self.centre, instants * motion.seconds)
        light = Light.random(rng, outdoors, self.centre)
        pixels = _draw(still, own, moving, light, camera, size, sub_frames, shake)
        return RenderedClip(_exposed(pixels, rng), motion.label, motion.kind, motion.near, motion.seconds)


def _points(skeleton: Skeleton, props: Props, bar_half: float) -> Array:
    """Points [T, k, 3] of body and equipment that a viewer sees move."""
    single = [skeleton.head, skeleton.shoulders, skeleton.pelvis]
    pairs = [skeleton.elbow, skeleton.wrist, skeleton.knee, skeleton.ankle, skeleton.toe]
    points = [np.stack(single, 1), *pairs]
    if props.barbell is not None:
        along, up = props.barbell.direction[:, None] * min(bar_half, 0.85), np.array([0, 0, 0.2])
        centre = np.broadcast_to(props.barbell.centre[:, None], along.shape)
        points += [centre + along + up, centre - along + up, centre + along - up, centre - along - up]
    if props.rope is not None:
        middle = props.rope.shape[1] // 2
        points.append(props.rope[:, middle - 1 : middle + 2])
    if props.ball is not None:
        points.append(props.ball.centre[:, None])
    if props.kettlebell is not None:
        points.append(props.kettlebell.grips)
    return np.concatenate([np.broadcast_to(array, (len(skeleton), *array.shape[1:])) for array in points], 1)


def _draw(
    still: Primitives, own: Primitives, moving: Primitives, light: Light, camera: np.ndarray, size: tuple[int, int],
    sub_frames: int, shake: Array,
) -> np.ndarray:  # fmt: skip
    """Linear light float32 [n, H, W, 3]; still things are drawn once unless the camera moves."""
    width, height = round(size[0] * OVERSAMPLING), round(size[1] * OVERSAMPLING)
    count, atlas = len(shake), pictures()
    background = np.empty((height, width, PLANES), np.float32)
    still_rows = np.concatenate([still.rows[0], own.rows[0]])
    own_rows, moving_rows = own.rows[0], moving.rows
    heights = np.empty((SHADOW_PIXELS, SHADOW_PIXELS), np.float32)
    buffer = np.empty_like(background)
    frames = np.empty((count, size[1], size[0], 3), np.float32)
    for i in range(count):
        if i == 0 or shake.any():
            lens = camera.copy()
            lens[13:15] += shake[i].astype(np.float32)
            _clear(background, light.sky)
            raster(still_rows, lens, light.vector, background, atlas)
        picture = np.zeros((height, width, 3), np.float32)
        for k in range(sub_frames):
            rows = moving_rows[i * sub_frames + k]
            buffer[:] = background
            raster(rows, lens, light.vector, buffer, atlas)
            if light.shadow > 0:
                shadow_map(np.concatenate([rows, own_rows]), light.vector, heights)
            shade(buffer, light.vector, heights, light.shadow, 1 / sub_frames, picture)
        frames[i] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return frames


def _clear(buffer: np.ndarray, sky: Array) -> None:
    """An empty buffer: far away, the sky, a little darker towards the ground."""
    buffer[:] = 0
    buffer[..., DEPTH] = FAR
    fade = 1 - np.linspace(0, 0.25, buffer.shape[0], dtype=np.float32)[:, None, None]
    buffer[..., LIT : LIT + 6] = np.concatenate([sky, sky]).astype(np.float32) * fade


def _exposed(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The camera's exposure and tone curve: uint8 from linear light."""
    gain = np.clip(rng.uniform(0.22, 0.62) / (light.mean() + 1e-3), 0.5, 4)
    values: np.ndarray = np.clip(light * gain, 0, 1) ** (1 / 1.1)
    return (values * 255).astype(np.uint8)
