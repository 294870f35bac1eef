"""Charts that move: drawn in a fraction of a millisecond, for the merged film, the GIF and the live window."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks.lettering import Colour, Lettering, paste
from feeling_manager.sinks.words import Words
from feeling_manager.types import Image, Reading

GROUND: Colour = (32, 26, 22)
TRACK: Colour = (58, 50, 44)
INK: Colour = (240, 236, 232)
FAINT: Colour = (168, 158, 150)

Values = npt.NDArray[np.floating]
"""`(8,)` in the order of `EMOTIONS`."""


def clock(seconds: float) -> str:
    """Seconds as 0:07 or 1:02:03."""
    whole = max(int(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def nice_limit(value: float) -> float:
    """The least of 1, 2, 5, 10, 20 ... (and their tenths) that is not below the value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


class _Panel:
    """What the panels share: size, type, a title on the left and a note on the right."""

    def __init__(self, width: int, height: int, lang: str) -> None:
        """width, height: pixels. Raises MissingDependencyError where no font can write the language."""
        self.width, self.height = width, height
        self.words = Words(lang)
        self._lettering = Lettering(lang)
        self.size = max(round(min(width / 22, height / 16)), 8)
        self.margin = self.size

    def _write(self, picture: Image, text: str, x: float, y: float, colour: Colour, *, align: float = 0.0) -> None:
        """On the plain ground. align: 0 for a text that begins at x, 1 for one that ends there. y: its middle."""
        bitmap = self._lettering.bitmap(text, self.size, colour, GROUND)
        paste(picture, bitmap, round(x - align * bitmap.shape[1]), round(y - bitmap.shape[0] / 2))

    def _text_width(self, text: str) -> int:
        return int(self._lettering.mask(text, self.size).shape[1])

    def _blank(self, title: str) -> Image:
        picture: Image = np.empty((self.height, self.width, 3), np.uint8)
        picture[:] = GROUND
        self._write(picture, title, self.margin, 1.5 * self.margin, INK)
        return picture

    def _note(self, picture: Image, text: str) -> None:
        self._write(picture, text, self.width - self.margin, 1.5 * self.margin, FAINT, align=1.0)


class BarPanel(_Panel):
    """The eight probabilities of the moment."""

    def __init__(self, width: int, height: int, lang: str = "en") -> None:
        super().__init__(width, height, lang)
        self._left = 2 * self.margin + max(self._text_width(self.words.emotion(emotion)) for emotion in EMOTIONS)
        self._right = width - 2 * self.margin - self._text_width("100%")
        self._top = 3 * self.margin
        self._row = (height - self._top - self.margin) / len(EMOTIONS)
        self._template = self._blank(self.words.now)
        for emotion in EMOTIONS:
            y = self._top + (emotion.index + 0.5) * self._row
            self._write(self._template, self.words.emotion(emotion), self._left - self.margin, y, INK, align=1.0)
            self._bar(self._template, emotion.index, 1.0, TRACK)

    def _bar(self, picture: Image, index: int, share: float, colour: Colour) -> None:
        length = round((self._right - self._left) * min(max(share, 0.0), 1.0))
        if length > 0:
            top = round(self._top + (index + 0.18) * self._row)
            bottom = round(self._top + (index + 0.82) * self._row)
            cv2.rectangle(picture, (self._left, top), (self._left + length - 1, bottom), colour, cv2.FILLED)

    def draw(self, probabilities: Values | None, note: str = "") -> Image:
        """The panel `(height, width, 3)`; None where there is no face. note: stands in the right upper corner."""
        picture = self._template.copy()
        if probabilities is None:
            self._note(picture, f"{self.words.no_face}   {note}" if note else self.words.no_face)
            return picture
        for emotion, share in zip(EMOTIONS, probabilities.tolist(), strict=True):
            self._bar(picture, emotion.index, share, emotion.bgr)
            y = self._top + (emotion.index + 0.5) * self._row
            self._write(picture, f"{round(100 * share)}%", self.width - self.margin, y, FAINT, align=1.0)
        self._note(picture, note)
        return picture


class PeoplePanel(_Panel):
    """Who shows what at the moment, also where a frame has no room for more than a number."""

    def __init__(self, width: int, height: int, lang: str = "en") -> None:
        super().__init__(width, height, lang)
        self.size = max(round(min(width / 40, height / 11)), 8)
        self.margin = self.size
        self._row = round(1.45 * self.size)
        self._rows = max((height - 2 * self.margin) // self._row, 1)
        longest = max(self._text_width(self._line(100, self.words.emotion(emotion))) for emotion in EMOTIONS)
        self._column = longest + 3 * self.margin
        self._columns = max((width - self.margin) // self._column, 1)
        self._ground: Image = np.empty((height, width, 3), np.uint8)
        self._ground[:] = GROUND

    def _line(self, number: int, text: str) -> str:
        return f"#{number} {text}"

    def draw(self, readings: Sequence[Reading]) -> Image:
        """The panel `(height, width, 3)`, the largest faces first, then how many more there are."""
        picture = self._ground.copy()
        ordered = sorted(readings, key=lambda reading: -reading.box.area)
        room = self._rows * self._columns
        shown = ordered if len(ordered) <= room else ordered[: room - 1]
        # in an order that stays from frame to frame
        for index, reading in enumerate(sorted(shown, key=lambda reading: reading.track_id)):
            x, y = self._place(index)
            colour = reading.label.bgr if reading.label else TRACK
            top = round(y - self.size / 2)
            cv2.rectangle(picture, (x, top), (x + self.size, top + self.size), colour, cv2.FILLED)
            text = self._line(reading.track_id, self.words.emotion(reading.label))
            self._write(picture, text, x + 1.6 * self.size, y, INK)
        if more := len(ordered) - len(shown):
            x, y = self._place(len(shown))
            self._write(picture, self.words.and_more.format(n=more), x, y, FAINT)
        return picture

    def _place(self, index: int) -> tuple[int, float]:
        column, row = divmod(index, self._rows)
        return self.margin + column * self._column, self.margin + (row + 0.5) * self._row


class CumulativePanel(_Panel):
    """The article's cumulative chart, growing: seconds x probability, summed."""

    def __init__(self, width: int, height: int, lang: str = "en", duration: float | None = None) -> None:
        """duration: seconds that the width stands for; where it is not known it doubles as time goes on."""
        super().__init__(width, height, lang)
        names = max(self._text_width(self.words.emotion(emotion)) for emotion in EMOTIONS)
        self._left = 2 * self.margin + self._text_width("0000")
        self._right = max(width - 2 * self.margin - names, self._left + 8)
        self._top, self._bottom = 3.0 * self.margin, height - 2.8 * self.margin
        self._span = duration or 30.0
        self._limit = 1.0
        self._points: list[tuple[float, Values]] = []
        self._canvas = self._grid()

    def draw(self, time: float, sums: Values) -> Image:
        """The panel at `time` seconds from the beginning, when the sums `(8,)` were reached."""
        fits = True
        while time > self._span:
            self._span, self._points, fits = self._span * 2, self._points[::2], False
        if float(sums.max()) > self._limit:
            self._limit, fits = nice_limit(float(sums.max()) * 1.5), False
        if not self._points or self._x(time) > self._x(self._points[-1][0]):
            self._points.append((time, sums.copy()))
            self._draw_lines(self._points[-2:])
        if not fits:
            self._canvas = self._grid()
            self._draw_lines(self._points)
        picture = self._canvas.copy()
        self._write_names(picture, self._x(self._points[-1][0]), self._points[-1][1])
        return picture

    def _x(self, time: float) -> int:
        return self._left + int((self._right - self._left) * time / self._span)

    def _y(self, values: Values) -> Values:
        return self._bottom - (self._bottom - self._top) * values / self._limit

    def _grid(self) -> Image:
        picture = self._blank(self.words.cumulative)
        parts = 4 if f"{self._limit:g}".strip("0.") == "2" else 5
        for step in range(parts + 1):
            value = self._limit * step / parts
            y = round(float(self._y(np.array(value))))
            cv2.line(picture, (self._left, y), (self._right, y), TRACK, 1)
            self._write(picture, f"{value:g}", self._left - self.margin / 2, y, FAINT, align=1.0)
        for time in (0.0, self._span):
            self._write(picture, clock(time), self._x(time), self._bottom + 1.4 * self.margin, FAINT, align=0.5)
        return picture

    def _draw_lines(self, points: list[tuple[float, Values]]) -> None:
        xs = np.array([self._x(time) for time, _ in points])
        ys = self._y(np.array([sums for _, sums in points]))
        for index in np.argsort(ys[-1])[::-1]:
            line = np.stack([xs, ys[:, index]], axis=1).round().astype(np.int32)
            cv2.polylines(self._canvas, [line], False, EMOTIONS[index].bgr, max(self.size // 7, 2), cv2.LINE_AA)

    def _write_names(self, picture: Image, x: float, sums: Values) -> None:
        """Beside the lines' heads, from the highest down; those with no room of their own are left out."""
        free = self._top - self.size
        for index in np.argsort(sums, kind="stable")[::-1]:
            y = float(self._y(sums[index]))
            if y - free >= 1.2 * self.size and y < self._bottom - 0.6 * self.size:
                name = self.words.emotion(EMOTIONS[index])
                self._write(picture, name, x + self.margin / 2, y, EMOTIONS[index].bgr)
                free = y
