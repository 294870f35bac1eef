"""Film, bars, people and cumulative chart in one picture, in step: the article's last picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks.annotator import Annotator
from feeling_manager.sinks.lettering import paste
from feeling_manager.sinks.panels import BarPanel, CumulativePanel, PeoplePanel, clock
from feeling_manager.types import Frame, Image, Reading

LOWEST, HIGHEST = 360, 720
"""Pixels that the height of a picture that is wider than high is brought to."""
NARROWEST, TALLEST = 360, 960
"""Pixels of the width and height of one that is higher than wide."""
MAX_GAP = 2.0
"""Seconds that a reading counts at most."""


class Dashboard:
    """Made for frames of one source, in the order of time. Also what the live window shows."""

    def __init__(
        self,
        annotator: Annotator,
        lang: str = "en",
        *,
        duration: float | None = None,
        begin: float | None = None,
    ) -> None:
        """duration: seconds from beginning to end if known. begin:
        time that the charts count from, in seconds; None for the first frame's."""
        self._annotator, self._lang = annotator, lang
        self._duration, self._begin = duration, begin
        self._sums = np.zeros(len(EMOTIONS))
        self._rates = np.zeros(len(EMOTIONS))
        self._last: float | None = None
        self._width = 0

    def show(self, frame: Frame, readings: Sequence[Reading]) -> Image:
        """The picture `(h, w, 3)` of a frame. Its size stays that of the first one."""
        image = self._annotator.annotate(frame, readings)
        if not self._width:
            self._lay_out(*image.shape[:2])
        if self._begin is None:
            self._begin = frame.time
        self._count(frame.time, readings)
        canvas = np.empty((*self._size, 3), np.uint8)
        method = cv2.INTER_AREA if image.shape[0] > self._height else cv2.INTER_LINEAR
        cv2.resize(image, (self._width, self._height), canvas[: self._height, : self._width], interpolation=method)
        read = [reading.smoothed for reading in readings if reading.label is not None]
        time = max(frame.time - self._begin, 0.0)
        faces = f"{self._bars.words.face_count(len(readings))}   " if readings else ""
        bars = self._bars.draw(np.mean(read, axis=0) if read else None, f"{faces}{clock(time)}")
        pictures = bars, self._people.draw(readings), self._cumulative.draw(time, self._sums)
        for picture, (x, y) in zip(pictures, self._places, strict=True):
            paste(canvas, picture, x, y)
        return canvas

    def _lay_out(self, height: int, width: int) -> None:
        """Panels beside a picture that is wider than high, else below it: a sliver beside two panels shows nothing."""
        if height > width:
            self._width = min(max(width, NARROWEST), HIGHEST) // 2 * 2
            self._height = max(round(height * self._width / width / 2) * 2, 2)
            if self._height > TALLEST:
                self._width = max(round(self._width * TALLEST / self._height / 2) * 2, NARROWEST)
                self._height = TALLEST
            sizes = [(self._width, round(self._width * share / 2) * 2) for share in (0.62, 0.3, 0.62)]
            tops = [self._height, self._height + sizes[0][1], self._height + sizes[0][1] + sizes[1][1]]
            self._places = [(0, top) for top in tops]
            self._size = tops[2] + sizes[2][1], self._width
        else:
            self._height = min(max(height, LOWEST), HIGHEST) // 2 * 2
            self._width = max(round(width * self._height / height / 2) * 2, 2)
            panel = round(self._height * 1.1 / 2) * 2
            upper = round(0.68 * self._height / 2) * 2
            sizes = [(panel, upper), (panel, self._height - upper), (panel, self._height)]
            self._places = [(self._width, 0), (self._width, upper), (self._width + panel, 0)]
            self._size = self._height, self._width + 2 * panel
        self._bars = BarPanel(*sizes[0], self._lang)
        self._people = PeoplePanel(*sizes[1], self._lang)
        self._cumulative = CumulativePanel(*sizes[2], self._lang, self._duration)

    def _count(self, time: float, readings: Sequence[Reading]) -> None:
        if self._last is not None:
            self._sums += self._rates * min(max(time - self._last, 0.0), MAX_GAP)
        self._last = time
        clear = [reading.probabilities for reading in readings if reading.unclear is None]
        self._rates = np.sum(clear, axis=0) if clear else np.zeros(len(EMOTIONS))
