"""The 68 points of a face (order of Multi-PIE and iBUG 300-W): where they lie, and what can be measured on them."""

import math

import numpy as np
import numpy.typing as npt

from feeling_manager.types import Floats

POINTS = 68
JAW = tuple(range(17))
BROWS = tuple(range(17, 27))
NOSE = tuple(range(27, 36))
LEFT_EYE = tuple(range(36, 42))
"""The eye on the picture's left: outer corner, two above, inner corner, two below."""
RIGHT_EYE = tuple(range(42, 48))
OUTER_LIPS = tuple(range(48, 60))
INNER_LIPS = tuple(range(60, 68))
LINES = (JAW, BROWS[:5], BROWS[5:], NOSE[:4], NOSE[4:])
LOOPS = (LEFT_EYE, RIGHT_EYE, OUTER_LIPS, INNER_LIPS)
"""How the points are joined when drawn: open lines and closed loops."""
EXPRESSIVE = BROWS + LEFT_EYE + RIGHT_EYE + OUTER_LIPS
"""The 34 points that expressions move most: brows, eyes and the outside of the lips."""
MIRROR = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
)
"""Point i of a mirrored face is point `MIRROR[i]` of the face."""


def eye_openness(landmarks68: npt.ArrayLike) -> float:
    """Height of the eyes over their width, mean of both: about 0.3 open, under 0.15 closed.

    The eye aspect ratio of Soukupová & Čech 2016. landmarks68: `(68, 2)`.
    """
    points = _pairs(landmarks68)
    return (_aspect(points, LEFT_EYE) + _aspect(points, RIGHT_EYE)) / 2


def mouth_openness(landmarks68: npt.ArrayLike) -> float:
    """Gap between the lips over the width of the mouth inside: 0 closed. landmarks68: `(68, 2)`."""
    points = _pairs(landmarks68)
    gap = sum(math.dist(points[above], points[below]) for above, below in ((61, 67), (62, 66), (63, 65))) / 3
    return gap / max(math.dist(points[60], points[64]), 1e-6)


def shape_features(landmarks68: npt.ArrayLike) -> Floats:
    """What the original classifier was given beside the picture: float32 `(n, 136)` of landmarks `(n, 68, 2)`.

    For each of the 34 `EXPRESSIVE` points x, y, the distance to their centroid and its angle (of the point seen from
    the centroid, -1 to 1 for half a turn either way); lengths in distances of the outer eye corners, measured from
    the centroid, so that place and size of the face do not matter.
    """
    every = np.asarray(landmarks68, np.float32)
    points = every[:, EXPRESSIVE]
    offset = (points - points.mean(1, keepdims=True)) / np.maximum(eye_distance(every), 1e-6)[:, None, None]
    distance = np.linalg.norm(offset, axis=2, keepdims=True)
    angle = np.arctan2(offset[..., 1:], offset[..., :1]) / np.pi
    return np.concatenate([offset, distance, angle], 2).reshape(len(every), -1).astype(np.float32)


def eye_distance(landmarks68: npt.ArrayLike) -> Floats:
    """Pixels between the outer eye corners, float32 `(n,)`, of landmarks `(n, 68, 2)`."""
    every = np.asarray(landmarks68, np.float32)
    distance: Floats = np.hypot(*(every[:, 36] - every[:, 45]).T)
    return distance


def mean_error(landmarks68: npt.ArrayLike, truth: npt.ArrayLike) -> Floats:
    """Mean distance of the 68 points from the true ones as a share of the true distance of the outer eye corners.

    float32 `(n,)`, of two `(n, 68, 2)`: the normalised mean error of iBUG 300-W.
    """
    theirs = np.asarray(truth, np.float32)
    away = np.hypot(*np.moveaxis(np.asarray(landmarks68, np.float32) - theirs, 2, 0)).mean(1)
    error: Floats = away / np.maximum(eye_distance(theirs), np.float32(1e-6))
    return error


def _pairs(landmarks68: npt.ArrayLike) -> list[tuple[float, float]]:
    # in plain numbers: for a few points NumPy's calls would take ten times as long
    return [(x, y) for x, y in np.asarray(landmarks68, float).tolist()]


def _aspect(points: list[tuple[float, float]], eye: tuple[int, ...]) -> float:
    outer, above, over, inner, under, below = (points[index] for index in eye)
    return (math.dist(above, below) + math.dist(over, under)) / max(2 * math.dist(outer, inner), 1e-6)
