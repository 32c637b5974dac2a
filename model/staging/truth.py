"""What standards measure, as the renderer knows it: on joints in metres."""

from __future__ import annotations

import numpy as np

from model.workout.standards import Measure, angle

_SHOULDERS, _ELBOWS, _WRISTS = slice(0, 2), slice(2, 4), slice(4, 6)
_HIPS, _KNEES, _ANKLES = slice(6, 8), slice(8, 10), slice(10, 12)
_ANGLES = {
    Measure.ELBOW: (_SHOULDERS, _ELBOWS, _WRISTS),
    Measure.HIP: (_SHOULDERS, _HIPS, _KNEES),
    Measure.KNEE: (_HIPS, _KNEES, _ANKLES),
}
"""Joints of every angle: the one before, its own, the one after."""


def true_values(measure: Measure, metres: np.ndarray) -> np.ndarray | None:
    """What is measured, of joints [n, 12, 3] in metres, the mean of both sides [n]; None where they do not tell.

    Depth is between the centres of hips and knees: the crease of the hip lies about as far above the hip's as the top
    of the knee above the knee's.
    """
    result: np.ndarray
    if measure in _ANGLES:
        one, joint, other = (metres[:, columns] for columns in _ANGLES[measure])
        result = np.array(
            [
                np.mean([angle(*side) for side in zip(*sides, strict=True)])
                for sides in zip(one, joint, other, strict=True)
            ]
        )
        return result
    if measure is Measure.DEPTH:
        thighs = metres[:, _HIPS] - metres[:, _KNEES]
        result = (thighs[..., 2] / np.linalg.norm(thighs, axis=-1)).mean(axis=1)
        return result
    if measure is Measure.TRUNK:
        trunk = metres[:, _SHOULDERS].mean(axis=1) - metres[:, _HIPS].mean(axis=1)
        result = np.degrees(np.arcsin(trunk[:, 2] / np.linalg.norm(trunk, axis=-1)))
        return result
    return None
