"""Hand-made faces for tests of what comes after recognition."""

import numpy as np

from feeling_manager.labels import BY_NAME, EMOTIONS, affect
from feeling_manager.types import Box, Face, Unclear


def make_face(
    box: tuple[float, float, float, float] = (10, 10, 40, 50),
    emotion: str = "neutral",
    confidence: float = 0.9,
    *,
    unclear: Unclear | None = None,
    score: float = 0.9,
) -> Face:
    """A face that shows `emotion` with `confidence`; the rest of the probability is spread evenly."""
    probabilities = np.full(len(EMOTIONS), (1 - confidence) / (len(EMOTIONS) - 1), np.float32)
    probabilities[BY_NAME[emotion].index] = confidence
    x, y, w, h = box
    landmarks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * (w, h) + (x, y)
    valence, arousal = affect(probabilities)
    return Face(
        box=Box(*box),
        score=score,
        landmarks=landmarks.astype(np.float32),
        probabilities=probabilities,
        emotion=None if unclear else BY_NAME[emotion],
        confidence=confidence,
        unclear=unclear,
        valence=valence,
        arousal=arousal,
    )
