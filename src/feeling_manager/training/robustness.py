"""What a camera and the world do to a face, one thing at a time, and how well the model still reads it.

Everything is done to FER+-like crops `(n, 48, 48)`, at fixed strengths and with a fixed seed, so that two models meet
the same pictures. Shapes in front of a face are placed by where FER+'s frames have eyes, nose and mouth.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from feeling_manager.inference.contract import TEMPLATE
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.preprocess import resize
from feeling_manager.training.metrics import Labels, measure
from feeling_manager.types import Floats, Image

Disturb = Callable[[Image, np.random.Generator], Image]
"""A face uint8 `(48, 48)` → another of that size."""
_LEFT_EYE, _RIGHT_EYE, _NOSE, _LEFT_MOUTH, _RIGHT_MOUTH = np.array(TEMPLATE)


def _blurred(sigma: float) -> Disturb:
    return lambda face, _: _grey(cv2.GaussianBlur(face, (0, 0), sigma))


def _lit(factor: float) -> Disturb:
    return lambda face, _: _grey(face * factor)


def _noisy(sigma: float) -> Disturb:
    return lambda face, rng: _grey(face + rng.normal(0, sigma, face.shape))


def _turned(degrees: float) -> Disturb:
    def turn(face: Image, rng: np.random.Generator) -> Image:
        centre = ((face.shape[1] - 1) / 2, (face.shape[0] - 1) / 2)
        matrix = cv2.getRotationMatrix2D(centre, degrees * rng.choice([-1, 1]), 1)
        return _grey(cv2.warpAffine(face, matrix, face.shape[::-1], borderMode=cv2.BORDER_REPLICATE))

    return turn


def _small(side: int) -> Disturb:
    return lambda face, _: resize(resize(face, side, side), face.shape[1], face.shape[0])


def _jpeg(quality: int) -> Disturb:
    def squeeze(face: Image, _: object) -> Image:
        content = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return _grey(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE))

    return squeeze


def _mask(face: Image, _: np.random.Generator) -> Image:
    """A medical mask: from the bridge of the nose over cheeks and mouth to the chin, light, with two folds."""
    result = face.copy()
    top, bottom = _NOSE[1] - 5, 47
    shape = [(5, top + 2), (_NOSE[0], top), (43, top + 2), (40, 42), (_NOSE[0], bottom), (8, 42)]
    cv2.fillPoly(result, [np.array(shape, np.int32)], 205)
    for y in (31, 37):
        cv2.line(result, (9, y), (39, y), 185, 1)
    return result


def _hand(face: Image, rng: np.random.Generator) -> Image:
    """Four fingers over the mouth and one cheek, from below, as bright as the face."""
    result = face.copy()
    tone = float(np.median(face))
    side = int(rng.choice([-1, 1]))
    for finger in range(4):
        tip = (round(_NOSE[0] + side * (finger * 5 - 6)), round(_LEFT_MOUTH[1] - 4 + abs(finger - 1) * 2))
        root = (tip[0] + side * 5, 52)
        cv2.line(result, tip, root, tone * 0.7, 6)
        cv2.line(result, tip, root, tone * 1.05, 4)
    return result


def _glasses(face: Image, _: np.random.Generator) -> Image:
    """Dark glasses."""
    result = face.copy()
    for eye in (_LEFT_EYE, _RIGHT_EYE):
        cv2.ellipse(result, (round(eye[0]), round(eye[1]) + 1), (7, 5), 0, 0, 360, 25, -1)
    cv2.line(
        result, (round(_LEFT_EYE[0]), round(_LEFT_EYE[1]) - 1), (round(_RIGHT_EYE[0]), round(_RIGHT_EYE[1]) - 1), 25, 1
    )
    return result


def _grey(values: Any) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


CONDITIONS: dict[str, Disturb] = {
    "blurred, sigma 1 pixel": _blurred(1),
    "blurred, sigma 2 pixels": _blurred(2),
    "dark, 40 % of the light": _lit(0.4),
    "dark, 15 % of the light": _lit(0.15),
    "overexposed, 160 % of the light": _lit(1.6),
    "noise, sigma 10 of 255": _noisy(10),
    "noise, sigma 25 of 255": _noisy(25),
    "turned by 15 degrees": _turned(15),
    "turned by 30 degrees": _turned(30),
    "32 pixels large": _small(32),
    "24 pixels large": _small(24),
    "16 pixels large": _small(16),
    "JPEG, quality 30": _jpeg(30),
    "JPEG, quality 10": _jpeg(10),
    "dark glasses": _glasses,
    "a hand before mouth and cheek": _hand,
    "a mask over nose and mouth": _mask,
}
"""By what is done to the face."""


def disturbed(images: Image, condition: str) -> Image:
    """All faces `(n, 48, 48)` under a condition, always the same way."""
    rng = np.random.default_rng(0)
    disturb = CONDITIONS[condition]
    return np.stack([disturb(image, rng) for image in images])


def robustness(classifier: EmotionClassifier, images: Image, labels: Labels, threshold: float) -> list[dict[str, Any]]:
    """One row a condition, the faces as they are first: accuracy, macro-F1, and the share above the threshold."""
    return [
        _row(name, classifier.classify_crops(faces), labels, threshold)
        for name, faces in (("as they are", images), *((name, disturbed(images, name)) for name in CONDITIONS))
    ]


def _row(name: str, probabilities: Floats, labels: Labels, threshold: float) -> dict[str, Any]:
    figures = measure(probabilities, labels)
    above = probabilities.max(1) >= threshold
    right = probabilities.argmax(1) == labels
    return {
        "condition": name,
        "accuracy": round(figures["accuracy"], 4),
        "macro_f1": round(figures["macro_f1"], 4),
        "coverage": round(float(above.mean()), 4),
        "accuracy_above": round(float(right[above].mean()), 4) if above.any() else None,
    }


def examples(image: Image) -> Image:
    """One face under every condition, as it is first, in one row a third of the conditions: `(3 * 48, w)`."""
    faces = [image, *(disturb(image, np.random.default_rng(0)) for disturb in CONDITIONS.values())]
    columns = -(-len(faces) // 3)
    faces += [np.full_like(image, 255)] * (3 * columns - len(faces))
    return np.vstack([np.hstack(faces[row * columns : (row + 1) * columns]) for row in range(3)])
