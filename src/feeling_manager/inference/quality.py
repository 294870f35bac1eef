"""When a face is not read: too small, turned away, too blurred, or the model unsure. Golden cases hold the web to it.

No emotion is forced from such a face; its probabilities are kept, its emotion is None.
"""

import numpy as np
import numpy.typing as npt

from feeling_manager.inference.contract import SIDE
from feeling_manager.inference.preprocess import as_grey, resize
from feeling_manager.types import Box, Image, Unclear

MIN_SIDE = 20.0
"""Pixels of the box's shorter side."""
MAX_TURN = 0.42
"""How far the nose may lie from between the eyes, in distances of the eyes: about 40 degrees."""
MIN_SHARPNESS = 0.006
"""Share of the crop's contrast that lies in its finest details."""


def unclear(box: Box, landmarks: npt.ArrayLike, crop: Image, confidence: float, threshold: float) -> Unclear | None:
    """The first reason, in the order of `Unclear`, why this face is not read, or None."""
    if min(box.w, box.h) < MIN_SIDE:
        return Unclear.SMALL
    if sharpness(crop) < MIN_SHARPNESS:
        return Unclear.BLURRED
    if turn(landmarks) > MAX_TURN:
        return Unclear.TURNED
    if confidence < threshold:
        return Unclear.UNSURE
    return None


def turn(landmarks: npt.ArrayLike) -> float:
    """How far the nose lies from the middle between the eyes, along their line, in distances of the eyes.

    0 for a face seen from the front, 0.5 with the nose under one eye. Does not depend on size nor on a tilted head.
    """
    left, right, nose = np.asarray(landmarks, np.float64)[:3]
    line = right - left
    squared = float(line @ line)
    if squared < 1e-6:
        return float("inf")
    return abs(float((nose - left) @ line) / squared - 0.5)


def sharpness(crop: Image) -> float:
    """Mean squared four-neighbour Laplacian over 16 times the variance of a crop; 0 where it is flat.

    Of its grey values at 48 pixels, whatever the size that a model wants, so that one threshold serves all.
    The variance makes it independent of light and contrast (the variance-of-Laplacian measure of focus, Pech-Pacheco
    et al. 2000, normalised).
    """
    grey = as_grey(crop)
    if len(grey) > SIDE:
        grey = resize(grey, SIDE, SIDE)
    grey = grey.astype(np.float32)
    variance = float(grey.var())
    if variance < 1.0:
        return 0.0
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    return float((laplacian * laplacian).mean()) / (16 * variance)
