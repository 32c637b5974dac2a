"""From a seed to frames: a scene around one athlete's motion, drawn as a camera would film it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from model.rendering.athlete import athlete_mesh
from model.rendering.camera import Viewpoint
from model.rendering.colours import mostly_grey
from model.rendering.equipment import BarbellLook, draw_mat, draw_moving_props, draw_still_props
from model.rendering.film import exposed, overlaid, recorded, shifted
from model.rendering.light import Light
from model.rendering.look import Look
from model.rendering.mesh import Mesh
from model.rendering.motion.curves import Tempo
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.rendering.motion.plan import Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Proportions, Skeleton
from model.rendering.people import bystanders
from model.rendering.pictures import pictures
from model.rendering.primitives import Primitives
from model.rendering.raycast import DEPTH, FAR, LIT, NO_SHADOW, PLANES, contact_map, raster, shade, shadow_map
from model.rendering.surroundings import draw_surroundings
from model.rendering.triangles import normals, raster_mesh, shadow_mesh

FPS = 30
SHADOW_PIXELS = 160
CONTACT_CELLS = 96
OVERSAMPLING = 1.5  # frames are drawn larger by this and reduced: anti-aliasing
PLATES = 0.85  # m from the middle of a barbell to the outer plates, which are what is seen to move
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""Pairs of joints whose places are known, as `Skeleton` names them."""

_LEAP = 0.5
"""Phases from one instant to the next that are no motion, but a cycle that begins anew."""

MOVING = 0.07
"""A point that stays within this many metres does not count for the square around the athlete."""


@dataclass(frozen=True)
class RenderedClip:
    """Frames uint8 [n, H, W, 3] RGB, with what they show.

    Attributes:
        joints: of a whole picture, where the athlete's joints are: float32 [n, 12, 2], (x, y) in pixels, in the order
            of `JOINTS`, left before right, whether they are seen or not.
        metres: of a course, where they are in the room: float32 [n, 12, 3].
    """

    frames: np.ndarray
    label: str
    kind: str
    near: bool
    seconds: float
    joints: np.ndarray | None = None
    metres: np.ndarray | None = None


def render_clip(
    seed: int | tuple[int, ...],
    label: str,
    *,
    size: int = 128,
    frames: int = 10,
    course: Callable[[Motion], Array] | None = None,
    rate: float = FPS,
) -> RenderedClip:
    """The sampled frames of a clip, only the square around the athlete that the crop of film would keep.

    Args:
        seed: decides everything else; the same seed gives the same clip.
        label: of `motion.MOTIONS`.
        size: pixels a side; frames: how many, evenly over the clip, both ends included.
        course, rate: as `render_course` takes them, for a clip that shows something else than the motion's own window.
    """
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    if course is not None:
        stage.go(course(stage.motion), rate)
    times = np.linspace(0, 1, frames)
    low, high = stage.extent(times)
    jitter = rng.uniform(np.log(1.02), np.log(1.7)) if rng.random() < 0.8 else rng.uniform(np.log(0.88), np.log(2.3))
    side = float((high - low).max() * np.exp(jitter))
    centre = (low + high) / 2 + rng.normal(0, 0.06, 2) * side
    pixels = round(size * OVERSAMPLING)
    camera = stage.view.framed(pixels, pixels, pixels / side, centre)
    pictures_of = stage.film(rng, camera, (size, size), times)
    if rng.random() < 0.12:
        overlaid(pictures_of, rng)
    return stage.clip(recorded(pictures_of, rng))


def render_video(seed: int | tuple[int, ...], label: str, *, width: int, height: int) -> RenderedClip:
    """Every frame, at FPS, of the whole picture that a phone would film; even `width` and `height`, pixels."""
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    count = max(2, round(stage.motion.seconds * FPS))
    times = np.linspace(0, 1, count)
    focal, centre = stage.framing(rng, times, width, height)
    shake = np.cumsum(rng.normal(0, 0.25, (count, 2)), 0) * (height / 480) * (rng.random() < 0.5)
    shake -= shake.mean(0)
    margin = int(np.ceil(np.abs(shake).max()))  # a hand turns a phone a little: the picture shifts
    drawn = width + 2 * margin, height + 2 * margin
    camera = stage.view.framed(round(drawn[0] * OVERSAMPLING), round(drawn[1] * OVERSAMPLING), focal, centre)
    pictures_of = shifted(stage.film(rng, camera, drawn, times), shake, margin)
    if rng.random() < 0.3:
        overlaid(pictures_of, rng)
    joints = stage.joints(camera, times) / OVERSAMPLING - margin + shake[:, None]
    return replace(stage.clip(pictures_of), joints=joints.astype(np.float32))


def render_course(
    seed: int | tuple[int, ...],
    label: str,
    course: Callable[[Motion], Array],
    *,
    rate: float,
    width: int,
    height: int,
    shown: float | None = None,
) -> RenderedClip:
    """A whole picture at every instant of a course, as a phone on a stand would film it, with the athlete's joints.

    Args:
        seed: decides everything else.
        label: of `motion.MOTIONS`.
        course: from the motion that was drawn to the phases [n] of its plan, `rate` of them a second.
        rate: phases a second.
        width, height: of the picture, even numbers of pixels.
        shown: pictures a second, if they are not as many as phases.
    """
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    phases = course(stage.motion)
    stage.go(phases, rate)
    times = np.linspace(0, 1, len(phases))
    if shown is not None:
        times = np.arange(1 + int((len(phases) - 1) / rate * shown)) * rate / shown / max(1, len(phases) - 1)
    focal, centre = stage.framing(rng, times, width, height)
    camera = stage.view.framed(round(width * OVERSAMPLING), round(height * OVERSAMPLING), focal, centre)
    frames = stage.film(rng, camera, (width, height), times)
    joints = stage.joints(camera, times) / OVERSAMPLING
    metres = _pairs(stage.motion.sample(times)[0])
    return replace(stage.clip(frames), joints=joints.astype(np.float32), metres=metres.astype(np.float32))


def render_stills(
    seed: int | tuple[int, ...],
    label: str,
    course: Callable[[Motion], Array],
    *,
    rate: float,
    shown: float,
    size: int,
) -> RenderedClip:
    """Square pictures of the athlete alone, with room around, at instants of a course, with the athlete's joints.

    They cost a third of whole pictures. The equipment is in them as far as it is near.

    Args:
        seed, label, course, rate, shown: as for `render_course`.
        size: pixels a side, an even number.
    """
    rng = np.random.default_rng(seed)
    stage = _Stage(rng, label)
    phases = course(stage.motion)
    stage.go(phases, rate)
    times = np.arange(1 + int((len(phases) - 1) / rate * shown)) * rate / shown / max(1, len(phases) - 1)
    skeleton, _ = stage.motion.sample(times)
    body = stage.view.project(np.concatenate([_pairs(skeleton), skeleton.head[:, None]], axis=1).reshape(-1, 3))
    low, high = body.min(axis=0), body.max(axis=0)
    side = float((high - low).max()) * rng.uniform(1.25, 2.0)
    centre = (low + high) / 2 + rng.uniform(-0.08, 0.08, 2) * side
    pixels = round(size * OVERSAMPLING)
    camera = stage.view.framed(pixels, pixels, pixels / side, centre)
    frames = stage.film(rng, camera, (size, size), times)
    joints = stage.joints(camera, times) / OVERSAMPLING
    metres = _pairs(skeleton)
    return replace(stage.clip(frames), joints=joints.astype(np.float32), metres=metres.astype(np.float32))


@dataclass(frozen=True)
class _Course(Window):
    """Phases [n] that are given one by one, at even instants of the clip."""

    phases: Array = field(default_factory=lambda: np.zeros(1))

    def phase(self, t: Array) -> Array:
        """Phases [T] at clip times [T]."""
        phases = self.phases
        last = len(phases) - 1
        place = np.clip(np.asarray(t, dtype=np.float64) * last, 0, last)
        before = np.minimum(place.astype(int), max(last - 1, 0))
        after = np.minimum(before + 1, last)
        found: Array = phases[before] + (place - before) * (phases[after] - phases[before])
        # Where the cycle begins anew, phases leap: nothing is between the end and the begin.
        leap = np.abs(phases[after] - phases[before]) > _LEAP
        return np.where(leap, np.where(place - before < 0.5, phases[before], phases[after]), found)


class _Stage:
    """An athlete with a motion, and the viewpoint."""

    def __init__(self, rng: np.random.Generator, label: str) -> None:
        self.body = Proportions.random(rng)
        self.motion = Motion.random(label, rng, self.body)
        self.barbell = BarbellLook.random(rng)
        skeleton, _ = self.motion.sample(np.linspace(0, 1, 10))
        self.centre = np.concatenate([skeleton.pelvis, skeleton.shoulders, skeleton.ankle.mean(1)]).mean(0)
        self.view = Viewpoint.random(rng, label, self.centre)

    def go(self, phases: Array, rate: float) -> None:
        """Show these phases [n] of the motion's plan, `rate` of them a second, in place of its own window."""
        plan = self.motion.plan
        length = len(phases) / rate / plan.seconds
        window = _Course(0.0, length, Tempo(np.random.default_rng(0), 0.0), phases=phases)
        self.motion = replace(self.motion, plan=replace(plan, window=window))

    def extent(self, times: Array) -> tuple[Array, Array]:
        """Corners [2] on the viewpoint's plane of what moves."""
        skeleton, props = self.motion.sample(times)
        points = _points(skeleton, props)
        moving = np.ptp(points, axis=0).max(-1) > MOVING
        if moving.sum() < 3:
            moving[:] = True
        flat = self.view.project(points[:, moving].reshape(-1, 3))
        margin = 0.06 / float(np.linalg.norm(self.centre - self.view.place))
        return flat.min(0) - margin, flat.max(0) + margin

    def framing(self, rng: np.random.Generator, times: Array, width: int, height: int) -> tuple[float, Array]:
        """Focal length and centre [2], as `Viewpoint.framed` takes them, of a picture of `width` x `height` pixels.

        The athlete fills between two fifths and four fifths of the picture's height, not always in its middle.
        """
        low, high = self.extent(times)
        extent = max(float(high[1] - low[1]), float(high[0] - low[0]) * height / width)
        focal = rng.uniform(0.4, 0.8) * height * OVERSAMPLING / extent
        room = np.maximum(np.array([width, height]) * OVERSAMPLING / focal - (high - low), 0) / 2
        return focal, (low + high) / 2 + rng.uniform(-0.6, 0.6, 2) * room

    def film(self, rng: np.random.Generator, camera: np.ndarray, size: tuple[int, int], times: Array) -> np.ndarray:
        """Draw the clip, uint8 [n, H, W, 3]; `size` is (width, height) of the frames."""
        motion = self.motion
        rope = motion.label == "double-unders" or motion.kind == "single unders"
        sub_frames = 9 if rope else 3 if motion.label == "chest-to-bar" else 2
        open_share = rng.uniform(0.3, 0.95) if rope else rng.uniform(0.15, 0.8)  # of the shutter
        shutter = open_share / FPS / motion.seconds
        instants = (times[:, None] + np.linspace(0, shutter, sub_frames)).ravel()
        skeleton, props = motion.sample(instants)
        outdoors = rng.random() < 0.3
        still = Primitives(1)
        draw_surroundings(still, rng, self.view, self.centre, outdoors=outdoors, wall=props.wall)
        own = Primitives(1)
        draw_still_props(own, rng, props, mostly_grey(rng, 0.02, 0.5))
        draw_mat(own, rng, props.mat, skeleton.head.mean(0))
        moving = Primitives(len(instants))
        people = [athlete_mesh(skeleton, Look.random(rng, self.body), self.body.height)]
        draw_moving_props(moving, rng, props, self.barbell)
        people += bystanders(rng, self.view, self.centre, instants * motion.seconds)
        light = Light.random(rng, outdoors, self.centre)
        mesh = Mesh.joined(people, len(instants))
        still.extend(own)
        return exposed(_drawn(still, moving, mesh, light, camera, size, sub_frames), rng)

    def joints(self, camera: np.ndarray, times: Array) -> Array:
        """Where the athlete's joints are drawn: [n, 12, 2] in pixels of the camera's picture."""
        skeleton, _ = self.motion.sample(times)
        focal, *principal = camera[-3:]
        return self.view.project(_pairs(skeleton)) * focal + np.array(principal)

    def clip(self, frames: np.ndarray) -> RenderedClip:
        """The frames with what they show."""
        return RenderedClip(frames, self.motion.label, self.motion.kind, self.motion.near, self.motion.seconds)


def _pairs(skeleton: Skeleton) -> Array:
    """The joints [T, 12, 3] in metres, in the order of `JOINTS`."""
    return np.concatenate([getattr(skeleton, name) for name in JOINTS], axis=1)


def _points(skeleton: Skeleton, props: Props) -> Array:
    """Points [T, k, 3] of body and equipment that a viewer sees move."""
    single = [skeleton.head, skeleton.shoulders, skeleton.pelvis]
    pairs = [skeleton.elbow, skeleton.wrist, skeleton.knee, skeleton.ankle, skeleton.toe]
    points = [np.stack(single, 1), *pairs]
    if props.barbell is not None:
        along, up = props.barbell.direction[:, None] * PLATES, np.array([0, 0, 0.2])
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


def _drawn(
    still: Primitives,
    moving: Primitives,
    mesh: Mesh,
    light: Light,
    camera: np.ndarray,
    size: tuple[int, int],
    sub_frames: int,
) -> Iterator[np.ndarray]:
    """Frames of linear light, float32 [H, W, 3]; what stands still is drawn once."""
    width, height = round(size[0] * OVERSAMPLING), round(size[1] * OVERSAMPLING)
    atlas, lamp = pictures(), light.vector
    still_rows, moving_rows = still.rows[0], moving.rows
    background = np.empty((height, width, PLANES), np.float32)
    _clear(background, light.sky)
    raster(still_rows, camera, lamp, background, atlas)
    still_heights = np.full((SHADOW_PIXELS, SHADOW_PIXELS), NO_SHADOW, np.float32)
    shadow_map(still_rows, lamp, still_heights)
    heights = np.empty_like(still_heights)
    contact, contact_room = np.zeros((2, CONTACT_CELLS, CONTACT_CELLS), np.float32)
    buffer = np.empty_like(background)
    visible = np.empty((height, width), np.int32)
    normal, room = np.empty_like(mesh.vertices[0]), np.empty_like(mesh.vertices[0])
    skin = mesh.rest, mesh.faces, mesh.face_materials, mesh.materials
    for first in range(0, moving.count, sub_frames):
        picture = np.zeros((height, width, 3), np.float32)
        for instant in range(first, first + sub_frames):
            rows, vertices = moving_rows[instant], mesh.vertices[instant]
            buffer[:] = background
            raster(rows, camera, lamp, buffer, atlas)
            normals(vertices, mesh.faces, normal)
            raster_mesh(vertices, normal, *skin, camera, lamp, buffer, visible, room)
            if light.shadow > 0:
                heights[:] = still_heights
                shadow_map(rows, lamp, heights)
                shadow_mesh(vertices, mesh.faces, lamp, heights, room)
            contact_map(vertices, lamp, contact, contact_room)
            shade(buffer, lamp, heights, contact, light.shadow, light.soft, 1 / sub_frames, picture)
        yield cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _clear(buffer: np.ndarray, sky: Array) -> None:
    """An empty buffer: far away, the sky, a little darker towards the ground."""
    buffer[:] = 0
    buffer[..., DEPTH] = FAR
    fade = 1 - np.linspace(0, 0.25, buffer.shape[0], dtype=np.float32)[:, None, None]
    buffer[..., LIT : LIT + 6] = np.concatenate([sky, sky]).astype(np.float32) * fade
