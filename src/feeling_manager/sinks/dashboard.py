"""Film, bars and cumulative chart side by side, in step: the article's last picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks.annotator import Annotator
from feeling_manager.sinks.panels import BarPanel, CumulativePanel, clock
from feeling_manager.types import Frame, Image, Reading

LOWEST, HIGHEST = 360, 720
"""Pixels that the picture's height is brought to."""
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
        canvas = np.empty((self._height, self._width + 2 * self._bars.width, 3), np.uint8)
        method = cv2.INTER_AREA if image.shape[0] > self._height else cv2.INTER_LINEAR
        cv2.resize(image, (self._width, self._height), canvas[:, : self._width], interpolation=method)
        read = [reading.smoothed for reading in readings if reading.label is not None]
        time = max(frame.time - self._begin, 0.0)
        faces = f"{self._bars.words.face_count(len(readings))}   " if readings else ""
        bars = self._bars.draw(np.mean(read, axis=0) if read else None, f"{faces}{clock(time)}")
        canvas[:, self._width : self._width + self._bars.width] = bars
        canvas[:, self._width + self._bars.width :] = self._cumulative.draw(time, self._sums)
        return canvas

    def _lay_out(self, height: int, width: int) -> None:
        self._height = min(max(height, LOWEST), HIGHEST) // 2 * 2
        self._width = max(round(width * self._height / height / 2) * 2, 2)
        panel = round(self._height * 1.1 / 2) * 2
        self._bars = BarPanel(panel, self._height, self._lang)
        self._cumulative = CumulativePanel(panel, self._height, self._lang, self._duration)

    def _count(self, time: float, readings: Sequence[Reading]) -> None:
        if self._last is not None:
            self._sums += self._rates * min(max(time - self._last, 0.0), MAX_GAP)
        self._last = time
        clear = [reading.probabilities for reading in readings if reading.unclear is None]
        self._rates = np.sum(clear, axis=0) if clear else np.zeros(len(EMOTIONS))
