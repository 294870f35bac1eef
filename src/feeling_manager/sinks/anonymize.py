"""Makes faces unrecognisable in what shows them. Needs no ids: every face that was found is covered."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from feeling_manager.types import Box, Image

ENLARGE = 1.3
BLOCKS = 7
"""Mean colours left across a face: at 7 x 7 even people who are known cannot be told apart by eye."""
HOLD = 0.5
"""Seconds that a place stays covered after its face was last found there: a detector misses single frames."""


def blur_faces(image: Image, boxes: Iterable[Box]) -> Image:
    """A copy in which an ellipse around each box, `ENLARGE` times as large, holds only a few mean colours."""
    result = image.copy()
    height, width = image.shape[:2]
    for box in boxes:
        (x, y), w, h = box.centre, box.w * ENLARGE, box.h * ENLARGE
        left, top = max(int(x - w / 2), 0), max(int(y - h / 2), 0)
        right, bottom = min(int(np.ceil(x + w / 2)), width), min(int(np.ceil(y + h / 2)), height)
        if left >= right or top >= bottom:
            continue
        under = image[top:bottom, left:right]
        size = (right - left, bottom - top)
        blocks = [max(min(BLOCKS, length // 3), 1) for length in size]
        few = cv2.resize(under, (blocks[0], blocks[1]), interpolation=cv2.INTER_AREA)
        flat = cv2.resize(few, size, interpolation=cv2.INTER_LINEAR)
        mask = np.zeros(under.shape[:2], np.uint8)
        centre = (round(x - left), round(y - top))
        cv2.ellipse(mask, centre, (max(round(w / 2), 1), max(round(h / 2), 1)), 0, 0, 360, 255, cv2.FILLED)
        cv2.copyTo(flat, mask, result[top:bottom, left:right])
    return result


class Anonymizer:
    """Blurs the faces of frame after frame; a face that is missed for a moment stays covered where it was."""

    def __init__(self) -> None:
        self._kept: list[tuple[Box, float]] = []

    def apply(self, image: Image, boxes: Sequence[Box], time: float) -> Image:
        """A copy with the faces blurred. time: seconds."""
        self._kept = [
            (box, seen)
            for box, seen in self._kept
            if 0 <= time - seen <= HOLD and all(box.iou(found) < 0.3 for found in boxes)
        ]
        kept = [box for box, _ in self._kept]
        self._kept += [(box, time) for box in boxes]
        return blur_faces(image, [*boxes, *kept])
