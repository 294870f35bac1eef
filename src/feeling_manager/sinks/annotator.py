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
from feeling_manager.phrases import phrase
from feeling_manager.sinks.anonymize import Anonymizer
from feeling_manager.sinks.lettering import WHITE, Colour, Lettering, ink_on, paste, stain
from feeling_manager.sinks.placement import Rect, Space, line, touching
from feeling_manager.sinks.words import Words
from feeling_manager.types import Floats, Frame, Image, Reading, Unclear

UNCLEAR: Colour = (92, 86, 80)
OUTLINE: Colour = (24, 20, 16)
TRACK: Colour = (96, 90, 84)
LEGEND_GROUND: Colour = (32, 26, 22)
LEGEND_INK: Colour = (240, 236, 232)
PANELS = 3
"""Faces that may have their bars beside them, the largest ones, where these cover nothing."""
FEW = 3
"""Faces up to which a label may be much wider than its face."""
WIDEST = 1.6
"""How much wider than its face a label may be in a crowd."""
VARIANTS = 4
"""Of a label, each shorter than the one before; see `Annotator._text`."""
FORGOTTEN = 2.0
"""Seconds after which it is forgotten where a label was."""
CALM = 1.0
"""Seconds for which a longer label must have had room before it comes back: labels must not flicker."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Label:
    """A label in its place. led: by a line, for it does not touch its face."""

    picture: Image
    rect: Rect
    led: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a label was at `time`: it stays there while it can. held_until: no longer label is tried before."""

    variant: int
    slot: int
    led: bool
    held_until: float
    time: float


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
        self._legend = lru_cache(2)(self._make_legend)
        self._places: dict[int, _Place] = {}
        self._panels: dict[int, int] = {}
        self._last: tuple[Frame, Image] | None = None

    def annotate(self, frame: Frame, readings: Sequence[Reading]) -> Image:
        """The frame in BGR `(h, w, 3)` with everything drawn. Frame and readings stay as they are."""
        if self._last is None or self._last[0] is not frame:
            image = self.show(frame, readings)
            self._draw(image, readings, frame.time)
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

    def with_legend(self, frame: Frame, readings: Sequence[Reading]) -> Image:
        """`annotate` on a canvas that is higher by a strip with the legend, which so covers nothing."""
        image = self.annotate(frame, readings)
        return np.concatenate([image, self._legend(image.shape[1], _base_size(*image.shape[:2]))])

    def _draw(self, image: Image, readings: Sequence[Reading], time: float) -> None:
        height, width = image.shape[:2]
        ordered = sorted(readings, key=lambda reading: reading.box.area, reverse=True)
        faces = [_rect(reading, width, height) for reading in ordered]
        for reading, face in zip(reversed(ordered), reversed(faces), strict=True):
            _draw_box(image, face, _colour(reading))
            if self._landmarks and reading.landmarks68 is not None:
                draw_landmarks(image, reading.landmarks68, _colour(reading))
        # a face that lies outside of the frame has no pixel to be named
        shown = [pair for pair in zip(ordered, faces, strict=True) if pair[1].w > 0 and pair[1].h > 0]
        space = Space(width, height, [face for _, face in shown])
        base = _base_size(height, width)
        labels = [self._place_label(space, reading, face, base, len(shown), time) for reading, face in shown]
        for reading, face in shown[:PANELS]:
            self._place_panel(image, space, reading, face, base)
        for (reading, face), label in zip(shown, labels, strict=True):
            if label is not None:
                if label.led:
                    _draw_line(image, *line(face, label.rect), _colour(reading))
                paste(image, label.picture, label.rect.x, label.rect.y)
        self._places = {key: place for key, place in self._places.items() if 0 <= time - place.time <= FORGOTTEN}

    def _place_label(
        self, space: Space, reading: Reading, face: Rect, base: int, crowd: int, time: float
    ) -> "_Label | None":
        """The longest label that has room beside its face, else the shortest with a line that leads to it."""
        before = self._places.get(reading.track_id)
        begin = max(before.variant if before and time < before.held_until else 0, int(crowd > FEW))
        size = min(max(round(0.2 * face.w), round(0.42 * base), 8), base)
        gap = _thickness(face) + 1
        held_until = before.held_until if before and time < before.held_until else 0.0
        for variant in range(begin, VARIANTS):
            picture = self._label(reading, size, variant)
            height, width = picture.shape[:2]
            last = variant == VARIANTS - 1
            if not last and crowd > FEW and width > WIDEST * face.w:
                continue
            slot = before.slot if before and before.variant == variant and not before.led else None
            if found := space.beside(face, width, height, gap, slot):
                return self._keep(space, reading, picture, variant, found, held_until, time, led=False)
            held_until = time + CALM
        picture = self._label(reading, size, VARIANTS - 1)
        height, width = picture.shape[:2]
        slot = before.slot if before and before.led else None
        if found := space.near(face, width, height, slot):
            return self._keep(space, reading, picture, VARIANTS - 1, found, held_until, time, led=True)
        return None

    def _keep(
        self,
        space: Space,
        reading: Reading,
        picture: Image,
        variant: int,
        found: tuple[int, Rect],
        held_until: float,
        time: float,
        *,
        led: bool,
    ) -> "_Label":
        slot, rect = found
        space.take(rect)
        self._places[reading.track_id] = _Place(variant, slot, led, held_until, time)
        return _Label(picture, rect, led)

    def _place_panel(self, image: Image, space: Space, reading: Reading, face: Rect, base: int) -> None:
        """The bars beside a face that is large enough to matter, where they cover nothing."""
        panel = self._panel(max(round(base * 0.8), 8))
        # bars of a face that is not read would look like a reading
        if 2 * face.h < panel.height or reading.label is None:
            return
        before = self._panels.get(reading.track_id)
        rects = touching(face, panel.width, panel.height, panel.margin)
        # beside the face rather than above or below, where labels are
        order = [4, 5, 6, 7, 0, 1, 2, 3]
        free = space.free(rects)
        chosen = next((slot for slot in ([before] if before is not None else []) + order if free[slot]), None)
        if chosen is None:
            self._panels.pop(reading.track_id, None)
            return
        self._panels[reading.track_id] = chosen
        space.take(rects[chosen])
        _draw_panel(image, panel, rects[chosen], reading)

    def _label(self, reading: Reading, size: int, variant: int) -> Image:
        colour = _colour(reading)
        margin = max(size // 6, 1)
        parts = [
            self._lettering.bitmap(part, size, ink_on(colour), colour, margin) for part in self._text(reading, variant)
        ]
        return np.concatenate(parts, axis=1)

    def _text(self, reading: Reading, variant: int = 0) -> list[str]:
        """The label in parts that come again, so that they are rendered only once.

        variant: 0 how clearly it shows what, 1 the word of its emotion, 2 its letters, 3 the number alone.
        """
        number = f"#{reading.track_id}"
        if variant == VARIANTS - 1:
            return [number]
        if variant == VARIANTS - 2:
            return [f"{number} {self._words.letters(reading.label)}"]
        if reading.label is not None:
            if variant == 0:
                return [f"{number} {phrase(reading.smoothed).short(self._words.lang)}"]
            return [f"{number} {self._words.emotion(reading.label)}"]
        parts = [f"{number} {self._words.unclear}"]
        if reading.unclear is None or variant:
            return parts
        if reading.unclear is Unclear.UNSURE:
            return [f"{number} {phrase(reading.smoothed, unsure=True).short(self._words.lang)}"]
        return [f"{parts[0]}: {self._words.reason(reading.unclear)}"]

    def _make_legend(self, width: int, base: int) -> Image:
        """A strip `(h, width, 3)` with each colour, its letters and its word, in as many rows as they need."""
        size = max(round(0.6 * base), 9)
        gap = size
        items = [
            np.concatenate(
                [
                    self._lettering.bitmap(f" {self._words.letters(emotion)} ", size, ink_on(colour), colour, 2),
                    self._lettering.bitmap(f" {self._words.emotion(emotion)}", size, LEGEND_INK, LEGEND_GROUND, 2),
                ],
                axis=1,
            )
            for emotion, colour in [*((emotion, emotion.bgr) for emotion in EMOTIONS), (None, UNCLEAR)]
        ]
        rows: list[list[Image]] = [[]]
        for item in items:
            used = sum(each.shape[1] + gap for each in rows[-1])
            if rows[-1] and used + item.shape[1] + gap > width:
                rows.append([])
            rows[-1].append(item)
        row = items[0].shape[0] + gap // 2
        # films want even heights
        strip = np.full(((len(rows) * row + gap // 2 + 1) // 2 * 2, width, 3), LEGEND_GROUND, np.uint8)
        for number, line_of_items in enumerate(rows):
            left = gap // 2
            for item in line_of_items:
                paste(strip, item, left, gap // 2 + number * row)
                left += item.shape[1] + gap
        return strip

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


def _base_size(height: int, width: int) -> int:
    """Letters' height in pixels for a face that fills a good part of a frame."""
    return max(round(0.026 * math.sqrt(width * height)), 8)


def _thickness(face: Rect) -> int:
    """Of the line around a face: large faces have stronger ones."""
    return max(round(0.012 * (face.w + face.h)), 1)


def _draw_box(image: Image, face: Rect, colour: Colour) -> None:
    """The line lies outside of the face, a dark one around it."""
    thickness = _thickness(face)
    for each in range(thickness, -1, -1):
        corner, opposite = (face.x - each, face.y - each), (face.x + face.w - 1 + each, face.y + face.h - 1 + each)
        cv2.rectangle(image, corner, opposite, OUTLINE if each == thickness else colour, 1)


def _draw_line(image: Image, start: tuple[int, int], end: tuple[int, int], colour: Colour) -> None:
    cv2.line(image, start, end, OUTLINE, 3, cv2.LINE_AA)
    cv2.line(image, start, end, colour, 1, cv2.LINE_AA)


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
        if length:
            cv2.rectangle(image, (left, top), (left + length - 1, bottom), emotion.bgr, cv2.FILLED)
