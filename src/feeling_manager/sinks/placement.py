"""Where to put what is drawn beside faces: inside the frame, over no face, and where one sees whose it is."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Corners = npt.NDArray[np.int32]
"""`(n, 4)`: left, top, right, bottom."""
_DIRECTIONS = [(math.cos(turn), math.sin(turn)) for turn in (math.pi * (2 * k - 7) / 8 for k in range(16))]
_DISTANCES = (0.5, 1.5, 3.0, 5.0, 8.0)
"""Of a label that a line leads to, in its heights."""


class Rect(NamedTuple):
    """Left, top, width and height in whole pixels."""

    x: int
    y: int
    w: int
    h: int

    def overlap(self, other: "Rect") -> int:
        """Pixels shared with another."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return max(width, 0) * max(height, 0)

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.w / 2, self.y + self.h / 2

    def nearest(self, x: float, y: float) -> tuple[int, int]:
        """Its point that is nearest to another."""
        return round(min(max(x, self.x), self.x + self.w - 1)), round(min(max(y, self.y), self.y + self.h - 1))


class Space:
    """The free part of a frame: what is taken is never covered."""

    def __init__(self, width: int, height: int, faces: Sequence[Rect]) -> None:
        """Args:
        width: Of the frame, pixels.
        height: Of the frame, pixels.
        faces: Taken from the beginning, and by lines too.
        """
        self._width, self._height = width, height
        self._faces = _corners(faces)
        self._taken = self._faces

    def take(self, rect: Rect) -> None:
        """Nothing else goes there any more."""
        self._taken = np.concatenate([self._taken, _corners([rect])])

    def free(self, rects: Sequence[Rect]) -> npt.NDArray[np.bool_]:
        """Which of these lie within the frame and over nothing that is taken."""
        boxes = _corners(rects)
        inside = (boxes[:, 0] >= 0) & (boxes[:, 1] >= 0) & (boxes[:, 2] <= self._width) & (boxes[:, 3] <= self._height)
        return inside & ~_overlapping(boxes, self._taken)

    def crosses(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a line between two points goes over a face, its ends aside."""
        steps = np.linspace(0, 1, max(int(math.dist(start, end)) + 1, 2))[1:-1, None]
        points = np.asarray(start) + steps * (np.asarray(end) - np.asarray(start))
        boxes = np.concatenate([points, points + 1], axis=1).round().astype(np.int32)
        return bool(_overlapping(boxes, self._faces).any())

    def beside(self, face: Rect, w: int, h: int, gap: int, first: int | None = None) -> tuple[int, Rect] | None:
        """A free place that touches the face: its number among `touching`, and the place; None where there is none.

        first: the number of the place that is tried before the others, so that a label stays where it was.
        """
        rects = touching(face, w, h, gap)
        if first is not None and first < len(rects) and self.free(rects[first : first + 1])[0]:
            return first, rects[first]
        found = np.flatnonzero(self.free(rects))
        return (int(found[0]), rects[int(found[0])]) if len(found) else None

    def near(self, face: Rect, w: int, h: int, first: int | None = None) -> tuple[int, Rect] | None:
        """The same for a place at some distance, to which a line can lead that crosses no face."""
        rects = around(face, w, h)
        if first is not None and first < len(rects) and self._can_lead(face, rects[first]):
            return first, rects[first]
        for number in np.flatnonzero(self.free(rects)).tolist():
            if not self.crosses(*line(face, rects[number])):
                return number, rects[number]
        return None

    def _can_lead(self, face: Rect, rect: Rect) -> bool:
        return bool(self.free([rect])[0]) and not self.crosses(*line(face, rect))


def line(face: Rect, label: Rect) -> tuple[tuple[int, int], tuple[int, int]]:
    """The ends of the line that leads from a face to its label."""
    start = face.nearest(*label.centre)
    return start, label.nearest(*start)


def touching(face: Rect, w: int, h: int, gap: int) -> list[Rect]:
    """Places that touch a face: above, below, to the right, to the left, each at both ends."""
    above, below = face.y - h - gap, face.y + face.h + gap
    right, left = face.x + face.w + gap, face.x - w - gap
    far, low = face.x + face.w - w, face.y + face.h - h
    places = [(face.x, above), (far, above), (face.x, below), (far, below)]
    places += [(right, face.y), (left, face.y), (right, low), (left, low)]
    return [Rect(x, y, w, h) for x, y in places]


def around(face: Rect, w: int, h: int) -> list[Rect]:
    """Places around a face, nearer ones first."""
    x, y = face.centre
    return [
        Rect(
            round(x + across * (face.w / 2 + w / 2 + distance * h) - w / 2),
            round(y + down * (face.h / 2 + h / 2 + distance * h) - h / 2),
            w,
            h,
        )
        for distance in _DISTANCES
        for across, down in _DIRECTIONS
    ]


def _corners(rects: Iterable[Rect]) -> Corners:
    rows = [(rect.x, rect.y, rect.x + rect.w, rect.y + rect.h) for rect in rects]
    return np.array(rows, np.int32).reshape(-1, 4)


def _overlapping(boxes: Corners, taken: Corners) -> npt.NDArray[np.bool_]:
    """Which boxes share a pixel with any that is taken."""
    one, other = boxes[:, None], taken[None]
    apart = (
        (one[..., 0] >= other[..., 2])
        | (one[..., 2] <= other[..., 0])
        | (one[..., 1] >= other[..., 3])
        | (one[..., 3] <= other[..., 1])
    )
    return np.asarray((~apart).any(axis=1))
