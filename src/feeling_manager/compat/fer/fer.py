"""`FER`: emotions in pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.compat.fer.utils import load_image
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.inference.detector import Detection
from feeling_manager.inference.preprocess import as_bgr, as_grey, resize
from feeling_manager.labels import SEVEN, narrow
from feeling_manager.types import Floats, Image

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""In the order in which `fer` lists them."""

_REACH = 0.3
"""How far beyond a given rectangle its face is looked for, in sides of it."""


class FER:
    """Finds faces and their emotions.

    min_face_size: pixels; smaller faces are left out, as there (not with mtcnn). offsets, cascade_file, mtcnn,
    tfserving, use_tflite, scale_factor, min_neighbors: checked as there, otherwise without effect. Raises ValueError
    for values out of range.
    """

    def __init__(
        self,
        cascade_file: str | None = None,
        mtcnn: bool = False,
        tfserving: bool = False,
        use_tflite: bool = True,
        scale_factor: float = 1.1,
        min_face_size: int = 50,
        min_neighbors: int = 5,
        offsets: Sequence[int] = (10, 10),
    ) -> None:
        if scale_factor <= 1.0:
            raise ValueError("scale_factor must be greater than 1.0")
        if min_face_size < 1:
            raise ValueError("min_face_size must be at least 1")
        if min_neighbors < 0:
            raise ValueError("min_neighbors must be non-negative")
        if not isinstance(offsets, tuple | list) or len(offsets) != 2:
            raise ValueError("offsets must be a tuple or list of length 2")
        self._smallest = 1 if mtcnn else min_face_size
        self._recognizer = EmotionRecognizer()

    def find_faces(self, img: Image, bgr: bool = True, gray_img: Image | None = None) -> list[list[int]]:
        """Boxes [x, y, w, h] of the faces in a picture. bgr, gray_img: accepted, without effect."""
        return [_whole(detection) for detection in self._detect(as_bgr(img))]

    def detect_emotions(
        self, img: Any, face_rectangles: Sequence[Sequence[int]] | npt.NDArray[np.int_] | None = None
    ) -> list[dict[str, Any]]:
        """One {"box": [x, y, w, h], "emotions": {label: score}} a face.

        img: array (BGR or grey), path, address or data URI. face_rectangles: where the faces are, if known. Raises
        InvalidImage for what is no picture.
        """
        return self._read([load_image(img)], [face_rectangles])[0]

    def batch_detect_emotions(self, imgs: Sequence[Any]) -> list[list[dict[str, Any]]]:
        """`detect_emotions` for several pictures, their faces classified together."""
        return self._read([load_image(img) for img in imgs], [None] * len(imgs))

    def top_emotion(self, img: Any) -> tuple[str | None, float | None]:
        """The strongest emotion of the first face and its score, or (None, None)."""
        faces = self.detect_emotions(img)
        if not faces:
            return None, None
        emotions: dict[str, float] = faces[0]["emotions"]
        best = max(emotions, key=emotions.__getitem__)
        return best, emotions[best]

    @staticmethod
    def _get_labels() -> dict[int, str]:
        return dict(enumerate(LABELS))

    def _detect(self, image: Image) -> list[Detection]:
        found = self._recognizer.detector.detect(image)
        return [face for face in found if min(face.box.w, face.box.h) >= self._smallest]

    def _read(self, images: list[Image], rectangles: Sequence[Any]) -> list[list[dict[str, Any]]]:
        boxes: list[list[list[int]]] = []
        crops: list[Image] = []
        for image, given in zip(images, rectangles, strict=True):
            if given is None:
                found = self._detect(image)
                boxes.append([_whole(face) for face in found])
                crops += [self._recognizer.classifier.crop(image, face.landmarks) for face in found]
            else:
                boxes.append([[int(value) for value in rectangle] for rectangle in given])
                crops += [self._crop_of(image, rectangle) for rectangle in boxes[-1]]
        if not crops:
            return [[] for _ in images]
        scores = iter(self._recognizer.classify_crops(np.stack(crops)))
        return [[{"box": box, "emotions": _seven(next(scores))} for box in of_image] for of_image in boxes]

    def _crop_of(self, image: Image, rectangle: list[int]) -> Image:
        """The face at a given rectangle: aligned where a face is found there, else the rectangle, made square."""
        x, y, w, h = rectangle
        height, width = image.shape[:2]
        side = max(w, h, 1)
        left, top = x + w // 2 - side // 2, y + h // 2 - side // 2

        def part(margin: float) -> tuple[Image, int, int]:
            more = round(side * margin)
            x0, y0 = min(max(left - more, 0), width - 1), min(max(top - more, 0), height - 1)
            x1, y1 = max(min(left + side + more, width), x0 + 1), max(min(top + side + more, height), y0 + 1)
            return image[y0:y1, x0:x1], x0, y0

        surroundings, x0, y0 = part(_REACH)
        found = self._recognizer.detector.detect(np.ascontiguousarray(surroundings))
        if found:
            return self._recognizer.classifier.crop(image, found[0].landmarks + np.array([x0, y0], np.float32))
        size = self._recognizer.classifier.size
        return resize(as_grey(np.ascontiguousarray(part(0)[0])), size, size)


def _whole(detection: Detection) -> list[int]:
    return [int(value) for value in detection.box]


def _seven(probabilities: Floats) -> dict[str, float]:
    view = {emotion.fer: value for emotion, value in narrow(probabilities, SEVEN).items()}
    return {label: round(view[label], 2) for label in LABELS}
