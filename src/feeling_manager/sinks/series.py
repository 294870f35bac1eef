"""Sums of probabilities over time in bins, in bounded memory: what the charts are drawn from."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS

Doubles = npt.NDArray[np.float64]

_SECONDS = len(EMOTIONS)
"""Place of the seconds in a bin, after the eight probabilities that were weighted with them."""


class Points(NamedTuple):
    """One series to draw. times: `(n,)` seconds, the bins' middles. probabilities: `(n, 8)` mean in each bin, NaN
    where nobody was read. seconds: `(n,)` that went into each. width: seconds from one bin to the next."""

    times: Doubles
    probabilities: Doubles
    seconds: Doubles
    width: float

    def at(self, starts: Doubles, ends: Doubles) -> Doubles:
        """Mean probabilities `(m, 8)` over the bins whose middles lie in each of m stretches, NaN where none do."""
        weights = np.nan_to_num(self.seconds)
        sums = np.nan_to_num(self.probabilities) * weights[:, None]
        before = np.concatenate([np.zeros((1, sums.shape[1] + 1)), np.column_stack([sums, weights]).cumsum(axis=0)])
        within = before[np.searchsorted(self.times, ends)] - before[np.searchsorted(self.times, starts)]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(within[:, -1:] > 1e-9, within[:, :-1] / within[:, -1:], np.nan)

    def smooth(self, seconds: float) -> "Points":
        """The same, averaged with a Gaussian of that standard deviation; not across longer gaps."""
        if len(self.times) < 2:
            return self
        reach = int(np.ceil(3 * seconds / self.width))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * self.width / seconds) ** 2)
        weighted = np.nan_to_num(self.probabilities) * self.seconds[:, None]
        sums = np.column_stack([_convolve(column, kernel) for column in weighted.T])
        weights = _convolve(self.seconds, kernel)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where((self._near(seconds) & (weights > 0))[:, None], sums / weights[:, None], np.nan)
        return self._replace(probabilities=means)

    def _near(self, seconds: float) -> npt.NDArray[np.bool_]:
        """Bins with a reading at most so far away."""
        reach = int(seconds / self.width)
        return _convolve((self.seconds > 0).astype(np.float64), np.ones(2 * reach + 1)) > 0.5


def _convolve(values: Doubles, kernel: Doubles) -> Doubles:
    reach = len(kernel) // 2
    return np.convolve(values, kernel)[reach : reach + len(values)]


class Clock:
    """The bins that several series share: `width` seconds each from `origin` on. The width doubles as time goes on."""

    MOST = 2_000
    """Bins at most."""

    def __init__(self, origin: float, width: float = 0.1) -> None:
        self.origin, self.width = origin, width

    def index(self, time: float) -> int:
        return max(math.floor((time - self.origin) / self.width), 0)

    def too_fine(self, time: float) -> bool:
        """Whether the width must double before this time can be binned."""
        return self.index(time) >= self.MOST


class Series:
    """Seconds and probabilities x seconds in the bins of a clock, from the first bin that was used."""

    def __init__(self) -> None:
        self._first = 0
        self._bins: Doubles = np.zeros((0, _SECONDS + 1))
        self._used = 0

    def add(self, clock: Clock, start: float, end: float, probabilities: npt.ArrayLike) -> None:
        """Counts probabilities `(8,)` that held from `start` to `end`."""
        sums = np.append(np.asarray(probabilities, dtype=np.float64), 1.0)
        for index in range(clock.index(start), clock.index(end) + 1):
            left = clock.origin + index * clock.width
            seconds = min(end, left + clock.width) - max(start, left)
            if seconds > 0:
                place = self._room(index)
                self._bins[place] += sums * seconds

    def _room(self, index: int) -> int:
        if not self._used:
            self._first = index
        place = index - self._first
        if place < 0:
            self._bins = np.concatenate([np.zeros((-place, _SECONDS + 1)), self._bins[: self._used]])
            self._first, self._used, place = index, self._used - place, 0
        if place >= len(self._bins):
            more = max(place + 1 - len(self._bins), len(self._bins), 16)
            self._bins = np.concatenate([self._bins, np.zeros((more, _SECONDS + 1))])
        self._used = max(self._used, place + 1)
        return place

    def halve(self) -> None:
        """Joins the bins in pairs: call it when the clock's width doubles."""
        lead = self._first % 2
        bins = np.concatenate([np.zeros((lead, _SECONDS + 1)), self._bins[: self._used]])
        if len(bins) % 2:
            bins = np.concatenate([bins, np.zeros((1, _SECONDS + 1))])
        self._bins = bins[0::2] + bins[1::2]
        self._first, self._used = self._first // 2, len(self._bins)

    def points(self, clock: Clock) -> Points:
        """The series as it is now, from its first to its last bin."""
        bins = self._bins[: self._used]
        seconds = bins[:, _SECONDS]
        with np.errstate(invalid="ignore", divide="ignore"):
            means: Doubles = bins[:, :_SECONDS] / seconds[:, None]
        places = np.arange(self._first, self._first + self._used, dtype=np.float64)
        times: Doubles = clock.origin + (places + 0.5) * clock.width
        return Points(times, means, seconds.copy(), clock.width)
