"""What a camera, an editor and a codec make of light: exposure, noise, overlays, a smaller picture, compression."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from model.rendering.colours import any_colour
from model.rendering.primitives import GAMMA

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def exposed(light: Iterable[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Frames uint8 [n, H, W, 3] from frames of linear light float32 [H, W, 3].

    1. white balance and saturation; 2. exposure, measured on the first frame; 3. often a film-like tone curve: darker
    shadows, soft highlights (Narkowicz's fit of ACES); 4. the screen's gamma; 5. often sensor noise.
    """
    balance = np.exp(rng.normal(0, 0.04, 3)).astype(np.float32)
    saturation = np.float32(rng.uniform(0.5, 1.05))
    brightness = np.exp(rng.uniform(np.log(0.13), np.log(0.42)))
    film_like = rng.random() < 0.7
    noise = np.float32(rng.uniform(0.5, 5) if rng.random() < 0.6 else 0.0)
    gain: np.float32 | None = None
    frames: list[np.ndarray] = []
    for frame in light:
        balanced: np.ndarray = frame * balance
        grey = np.einsum("hwc,c->hw", balanced, LUMA)[..., None]
        if gain is None:
            gain = np.float32(min(brightness / (float(np.minimum(grey, 1.5).mean()) + 1e-3), 6.0))
        values: np.ndarray = np.maximum(grey + (balanced - grey) * saturation, 0) * gain
        if film_like:
            values = values * np.float32(0.8)
            values = values * (2.51 * values + 0.03) / (values * (2.43 * values + 0.59) + 0.14)
        coded = np.clip(values, 0, 1) ** np.float32(1 / GAMMA) * 255
        if noise > 0:
            coded = coded + rng.standard_normal(coded.shape, np.float32) * noise
        frames.append(np.clip(coded, 0, 255).astype(np.uint8))
    return np.stack(frames)


def shifted(frames: np.ndarray, shift: np.ndarray, margin: int) -> np.ndarray:
    """The frames without a margin on all sides, each moved by its `shift` [n, 2] of at most as many pixels."""
    height, width = frames.shape[1] - 2 * margin, frames.shape[2] - 2 * margin
    moved = np.empty((len(frames), height, width, 3), np.uint8)
    for frame, (x, y), out in zip(frames, shift, moved, strict=True):
        matrix = np.array([[1, 0, x - margin], [0, 1, y - margin]])
        cv2.warpAffine(frame, matrix, (width, height), out, flags=cv2.INTER_LINEAR)
    return moved


def overlaid(frames: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a logo's corner, a running clock or a caption over the frames, in place."""
    height, width = frames.shape[1:3]
    ink = tuple(int(v) for v in any_colour(rng, 0.95, 0.2, 1.0) * 255)
    paper = tuple(int(v) for v in any_colour(rng, 0.8, 0.0, 0.6) * 255)
    scale = height / 480 * rng.uniform(0.7, 1.4)
    kind, start = rng.integers(3), rng.uniform(1, 900)
    corner = int(rng.uniform(0.15, 0.4) * height)
    x, y = (
        int(rng.uniform(0.02, 0.6) * width),
        int(rng.choice([rng.uniform(0.06, 0.15), rng.uniform(0.85, 0.97)]) * height),
    )
    word = "".join(chr(rng.integers(65, 91)) for _ in range(rng.integers(3, 9)))
    for i, frame in enumerate(frames):
        if kind == 0:
            triangle = np.array([[width, height - corner], [width, height], [width - corner, height]])
            cv2.fillPoly(frame, [triangle], paper)
            place = width - int(corner * 0.48), height - int(corner * 0.12)
            cv2.putText(frame, word[:4], place, cv2.FONT_HERSHEY_DUPLEX, corner / 150, ink, 1, cv2.LINE_AA)
            continue
        seconds = start + i / 30
        text = f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}" if kind == 1 else word
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
        cv2.rectangle(frame, (x - 5, y - high - 5), (x + wide + 5, y + 6), paper, -1)
        cv2.putText(frame, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, scale, ink, max(1, round(2 * scale)), cv2.LINE_AA)


def recorded(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The frames as a crop of film looks: often of fewer pixels in the film than here, and compressed.

    Returns:
        uint8, of the shape of `frames` [n, size, size, 3].
    """
    size = frames.shape[1]
    side = round(np.exp(rng.uniform(np.log(90), np.log(420))))
    quality = int(rng.uniform(25, 92))
    sharpening = rng.uniform(0.2, 0.8) if rng.random() < 0.3 else 0.0
    blur = rng.uniform(0.35, 0.9) if rng.random() < 0.4 else 0.0
    recorded_frames = np.empty_like(frames)
    for i, frame in enumerate(frames):
        picture = cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA) if side < size else frame
        if blur:
            picture = cv2.GaussianBlur(picture, (0, 0), blur)
        if sharpening:  # phones do, with halos
            picture = cv2.addWeighted(picture, 1 + sharpening, cv2.GaussianBlur(picture, (0, 0), 1.2), -sharpening, 0)
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        recorded_frames[i] = (
            picture if side >= size else cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
        )
    return recorded_frames
