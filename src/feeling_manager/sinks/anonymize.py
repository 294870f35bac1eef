"""Makes faces unrecognisable in what shows them, also shortly before they were found and after they were lost."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Generic, Self, TypeVar

import cv2
import numpy as np

from feeling_manager.types import Box, Frame, Image, Reading, Sink

T = TypeVar("T")

ENLARGE = 1.3
BLOCKS = 7
"""Mean colours left across a face: at 7 x 7 even people who are known cannot be told apart by eye."""
HOLD = 0.5
"""Seconds that a place is covered before its face was found there and after: a detector misses single frames."""


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


class LookAhead(Generic[T]):
    """Holds things back for `HOLD` seconds and no longer, so that a face can be covered before it was found."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[T, float, list[Box]]] = deque()
        self._before: frozenset[int] = frozenset()

    def push(self, item: T, time: float, faces: Mapping[int, Box]) -> Iterator[tuple[T, list[Box]]]:
        """Takes the next thing; gives those whose time has come, with everything that is to be covered there.

        Args:
            item: What is held back.
            time: Seconds.
            faces: Boxes by track.
        """
        # who comes, or comes back, was there before
        found = [box for track, box in faces.items() if track not in self._before]
        self._before = frozenset(faces)
        for _, _, boxes in self._waiting:
            boxes += found
        self._waiting.append((item, time, list(faces.values())))
        while self._waiting and not 0 <= time - self._waiting[0][1] < HOLD:
            waited, _, boxes = self._waiting.popleft()
            yield waited, boxes

    def rest(self) -> Iterator[tuple[T, list[Box]]]:
        """What is still held back, at the end."""
        while self._waiting:
            waited, _, boxes = self._waiting.popleft()
            yield waited, boxes


class AnonymizedSink:
    """A sink whose frames show no face, half a second late."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._ahead: LookAhead[tuple[Frame, list[Reading]]] = LookAhead()
        self._anonymizer = Anonymizer()

    def __enter__(self) -> Self:
        self._sink.__enter__()
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        """See `types.Sink`."""
        faces = {reading.track_id: reading.box for reading in readings}
        for item, boxes in self._ahead.push((frame, readings), frame.time, faces):
            self._release(*item, boxes)

    def _release(self, frame: Frame, readings: list[Reading], boxes: list[Box]) -> None:
        image = self._anonymizer.apply(frame.image, boxes, frame.time)
        self._sink.write(replace(frame, image=image), readings)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._flush()
            else:
                # what failed is said already
                with suppress(Exception):
                    self._flush()
        except BaseException as raised:
            self._sink.__exit__(type(raised), raised, raised.__traceback__)
            raise
        self._sink.__exit__(kind, error, trace)

    def _flush(self) -> None:
        for item, boxes in self._ahead.rest():
            self._release(*item, boxes)
