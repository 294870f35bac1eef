"""Draws what was read onto a copy of a frame: box, id, emotion with confidence, and the eight bars beside the face."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS
from feeling_manager.landmarks import LINES, LOOPS
from feeling_manager.sinks.anonymize import Anonymizer
from feeling_manager.sinks.lettering import WHITE, Colour, Lettering, ink_on, paste, stain
from feeling_manager.sinks.placement import Rect, label_places, panel_places, place
from feeling_manager.sinks.words import Words
from feeling_manager.types import Floats, Frame, Image, Reading

UNCLEAR: Colour = (92, 86, 80)
OUTLINE: Colour = (24, 20, 16)
TRACK: Colour = (96, 90, 84)
PANELS = 3
"""The largest faces have their bars in any case, the others where these cover no face and no other words."""


def to_bgr(image: Image) -> Image:
    """A copy in colour."""
    return image.copy() if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """The unchanging part of the bars. names: mask of the eight names `(h, w)`. All lengths in pixels."""

    names: npt.NDArray[np.uint8]
    width: int
    height: int
    row: int
    bar: int
    bar_x: int
    margin: int


class Annotator:
    """Its frame of the moment is remembered, so that several sinks can show the same one for the price of one."""

    def __init__(self, lang: str = "en", *, anonymize: bool = False, landmarks: bool = False) -> None:
        """landmarks: draw the 68 points, but not on faces that are blurred: the lines would show what was hidden.

        Raises UsageError for an unknown language, MissingDependencyError where no font can write it.
        """
        self._words = Words(lang)
        self._lettering = Lettering(lang)
        self._anonymizer = Anonymizer() if anonymize else None
        self._landmarks = landmarks and not anonymize
        self._panel = lru_cache(4)(self._make_panel)
        self._last: tuple[Frame, Image] | None = None

    def annotate(self, frame: Frame, readings: Sequence[Reading]) -> Image:
        """The frame in BGR `(h, w, 3)` with everything drawn. Frame and readings stay as they are."""
        if self._last is None or self._last[0] is not frame:
            image = self.show(frame, readings)
            self._draw(image, readings)
            self._last = (frame, image)
        return self._last[1]

    def show(self, frame: Frame, readings: Sequence[Reading]) -> Image:
        """The bare frame as it may be shown: a copy in colour, with the faces blurred if they are to be.

        Call either this or `annotate` for a frame, once: blurring keeps faces that were missed covered for a while.
        """
        image = to_bgr(frame.image)
        if self._anonymizer:
            image = self._anonymizer.apply(image, [reading.box for reading in readings], frame.time)
        return image

    def _draw(self, image: Image, readings: Sequence[Reading]) -> None:
        height, width = image.shape[:2]
        size = max(round(0.026 * math.sqrt(width * height)), 8)
        ordered = sorted(readings, key=lambda reading: reading.box.area, reverse=True)
        faces = [_rect(reading, width, height) for reading in ordered]
        for reading, face in zip(reversed(ordered), reversed(faces), strict=True):
            _draw_box(image, face, _colour(reading), max(size // 8, 1))
            if self._landmarks and reading.landmarks68 is not None:
                draw_landmarks(image, reading.landmarks68, _colour(reading))
        labels = [self._label(reading, size) for reading in ordered]
        taken: list[Rect] = []
        for label, face in zip(labels, faces, strict=True):
            taken.append(place((width, height), label_places(face, label.shape[1], label.shape[0]), taken)[0])
        places = list(taken)
        for index, (reading, face) in enumerate(zip(ordered, faces, strict=True)):
            panel = self._panel(max(round(size * 0.8), 8))
            candidates = panel_places(face, panel.width, panel.height, panel.margin)
            rect, covered = place((width, height), candidates, [*taken, *faces])
            if index < PANELS or not covered:
                _draw_panel(image, panel, rect, reading)
                taken.append(rect)
        for label, rect in zip(labels, places, strict=True):
            paste(image, label, rect.x, rect.y)

    def _label(self, reading: Reading, size: int) -> Image:
        colour = _colour(reading)
        parts = [
            self._lettering.bitmap(part, size, ink_on(colour), colour, max(size // 6, 1))
            for part in self._text(reading)
        ]
        return np.concatenate(parts, axis=1)

    def _text(self, reading: Reading) -> list[str]:
        """The label in parts that come again, so that they are rendered only once."""
        if reading.label is not None:
            confidence = round(100 * float(reading.smoothed[reading.label.index]))
            return [f"#{reading.track_id} {self._words.emotion(reading.label)}", f"{confidence}%"]
        parts = [f"#{reading.track_id} {self._words.unclear}"]
        return parts if reading.unclear is None else [f"{parts[0]}: {self._words.reason(reading.unclear)}"]

    def _make_panel(self, size: int) -> _Panel:
        masks = [self._lettering.mask(self._words.emotion(emotion), size) for emotion in EMOTIONS]
        row, widest = masks[0].shape[0], max(mask.shape[1] for mask in masks)
        names = np.concatenate([np.pad(mask, ((0, 0), (widest - mask.shape[1], 0))) for mask in masks])
        margin, bar = max(size // 3, 2), size * 5
        return _Panel(
            names=names,
            width=widest + bar + 3 * margin,
            height=len(EMOTIONS) * row + 2 * margin,
            row=row,
            bar=bar,
            bar_x=widest + 2 * margin,
            margin=margin,
        )


def _rect(reading: Reading, width: int, height: int) -> Rect:
    box = reading.box.clip(width, height)
    return Rect(round(box.x), round(box.y), round(box.w), round(box.h))


def _colour(reading: Reading) -> Colour:
    return reading.label.bgr if reading.label else UNCLEAR


def _draw_box(image: Image, face: Rect, colour: Colour, thickness: int) -> None:
    corner, opposite = (face.x, face.y), (face.x + face.w - 1, face.y + face.h - 1)
    cv2.rectangle(image, corner, opposite, OUTLINE, thickness + 2)
    cv2.rectangle(image, corner, opposite, colour, thickness)


def draw_landmarks(image: Image, landmarks68: Floats, colour: Colour) -> None:
    """The 68 points `(68, 2)`, joined as brows, nose, eyes, lips and jaw, onto a BGR picture."""
    # fractions of a pixel, for small faces
    points = np.round(landmarks68 * 16).astype(np.int32)
    for lines, closed in ((LINES, False), (LOOPS, True)):
        cv2.polylines(image, [points[list(line)] for line in lines], closed, colour, 1, cv2.LINE_AA, shift=4)


def _draw_panel(image: Image, panel: _Panel, rect: Rect, reading: Reading) -> None:
    under = image[rect.y : rect.y + rect.h, rect.x : rect.x + rect.w]
    np.right_shift(under, 2, out=under)
    stain(image, panel.names, WHITE, rect.x + panel.margin, rect.y + panel.margin)
    left, inset = rect.x + panel.bar_x, max(panel.row // 5, 1)
    for emotion, probability in zip(EMOTIONS, reading.smoothed.tolist(), strict=True):
        top = rect.y + panel.margin + emotion.index * panel.row + inset
        bottom = top + panel.row - 2 * inset - 1
        cv2.rectangle(image, (left, top), (left + panel.bar - 1, bottom), TRACK, cv2.FILLED)
        length = round(panel.bar * min(max(probability, 0.0), 1.0))
        # no bar for a face that is not read: its last ones would look like a reading
        if length and reading.label is not None:
            cv2.rectangle(image, (left, top), (left + length - 1, bottom), emotion.bgr, cv2.FILLED)
