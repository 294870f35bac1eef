"""Where to put what is drawn beside a face: inside the frame, and over as little else as possible."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


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


def into(frame: tuple[int, int], rect: Rect) -> Rect:
    """The rectangle moved into a frame of that width and height; one too large keeps its left top corner visible."""
    return rect._replace(
        x=max(min(rect.x, frame[0] - rect.w), 0),
        y=max(min(rect.y, frame[1] - rect.h), 0),
    )


def label_places(face: Rect, w: int, h: int) -> list[Rect]:
    """For a label: above the face, below it, on its upper edge, on its lower edge."""
    bottom = face.y + face.h
    return [Rect(face.x, y, w, h) for y in (face.y - h, bottom, face.y, bottom - h)]


def panel_places(face: Rect, w: int, h: int, gap: int) -> list[Rect]:
    """For a panel: to the right of the face, to its left, below, above, each at both ends; at last on it."""
    right, left = face.x + face.w + gap, face.x - w - gap
    below, above = face.y + face.h + gap, face.y - h - gap
    far, low = face.x + face.w - w, face.y + face.h - h
    beside = [(right, face.y), (left, face.y), (right, low), (left, low)]
    over = [(face.x, below), (far, below), (face.x, above), (far, above)]
    return [Rect(x, y, w, h) for x, y in (*beside, *over, (far, low))]


def place(frame: tuple[int, int], candidates: Sequence[Rect], taken: Iterable[Rect]) -> tuple[Rect, int]:
    """The candidate that, moved into the frame, covers least of what is taken, and how many pixels it covers.

    The first of equals wins.
    """
    taken = list(taken)
    best, least = into(frame, candidates[0]), -1
    for candidate in candidates:
        rect = into(frame, candidate)
        covered = sum(rect.overlap(other) for other in taken)
        if least < 0 or covered < least:
            best, least = rect, covered
        if not covered:
            break
    return best, least
