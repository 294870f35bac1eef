"""From readings to spells: the stretches of one emotion that are stored and counted, in seconds.

Ten readings a second are not a journal. A spell ends when the emotion has changed for at least `MIN_LENGTH`, when it
reaches `MAX_LENGTH`, or when nobody was there for `MAX_GAP`; a shorter change stays within its spell, whose emotion is
the one that lasted longest in it. The web client does the same; golden cases hold both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid4

import numpy as np

from feeling_manager.labels import EMOTIONS, Emotion
from feeling_manager.types import Floats

MIN_LENGTH = 10.0
MAX_LENGTH = 300.0
MAX_GAP = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Spell:
    """start, end: seconds, by the clock of the readings (epoch seconds in the service).

    probabilities: float32 `(8,)`, mean of the readings that were not unclear. readings: how many there were in all.
    unclear_share: 0 to 1 of them.
    """

    id: UUID
    start: float
    end: float
    emotion: Emotion
    probabilities: Floats
    readings: int
    unclear_share: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class Moment(NamedTuple):
    """What a spell needs of a reading. label: the steady emotion, or None; unclear: whether this one was."""

    time: float
    label: Emotion | None
    probabilities: Floats
    unclear: bool


class _Stretch:
    """Sums of consecutive readings."""

    def __init__(self, start: float) -> None:
        self.start = self.last = start
        self.label: Emotion | None = None
        self.lasted = np.zeros(len(EMOTIONS))
        self.sum = np.zeros(len(EMOTIONS))
        self.readings = self.unclear = 0

    @property
    def seconds(self) -> float:
        return self.last - self.start

    @property
    def emotion(self) -> Emotion | None:
        """The one that lasted longest; before any time has passed, the one it began with."""
        return EMOTIONS[int(self.lasted.argmax())] if self.lasted.any() else self.label

    def last_until(self, time: float) -> None:
        if self.label is not None:
            self.lasted[self.label.index] += time - self.last
        self.last = time

    def count(self, moment: Moment) -> None:
        self.label = moment.label or self.label
        self.readings += 1
        if moment.unclear:
            self.unclear += 1
        else:
            self.sum += moment.probabilities

    def join(self, later: "_Stretch") -> None:
        self.last, self.label = later.last, later.label
        self.lasted += later.lasted
        self.sum += later.sum
        self.readings += later.readings
        self.unclear += later.unclear


class SpellMaker:
    """Sums the readings of one person, given in the order of time. Lengths and the gap are in seconds."""

    def __init__(
        self,
        *,
        min_length: float = MIN_LENGTH,
        max_length: float = MAX_LENGTH,
        max_gap: float = MAX_GAP,
        make_id: Callable[[], UUID] = uuid4,
    ) -> None:
        self.min_length, self.max_length, self.max_gap = min_length, max_length, max_gap
        self._make_id = make_id
        self._current: _Stretch | None = None
        self._change: _Stretch | None = None
        """Since when another emotion shows, not yet long enough for a spell of its own."""

    def add(self, moment: Moment) -> Spell | None:
        """Takes one reading; gives the spell that it ended, if any.

        A reading earlier than the one before it is left out: the clock was set back.
        """
        ended = None
        if self._current:
            latest = self._change or self._current
            if moment.time < latest.last:
                return None
            if moment.time - latest.last > self.max_gap:
                ended = self.end()
            else:
                latest.last_until(moment.time)
                ended = self._turn(moment)
        if self._current is None:
            if moment.label is None:
                return ended
            self._current = _Stretch(moment.time)
        (self._change or self._current).count(moment)
        return ended

    def end(self) -> Spell | None:
        """Ends the current spell at its last reading; None where it was shorter than the least length."""
        current, self._current = self._current, None
        if current and self._change:
            current.join(self._change)
        self._change = None
        return self._spell(current) if current else None

    def _turn(self, moment: Moment) -> Spell | None:
        """What a reading changes before it is counted."""
        current = self._current
        assert current is not None  # noqa: S101
        if moment.time - current.start >= self.max_length:
            return self.end()
        if self._change and self._change.seconds >= self.min_length:
            changed, self._change = self._change, None
            if current.seconds >= self.min_length:
                self._current = changed
                return self._spell(current)
            current.join(changed)
        if moment.label is not None:
            if moment.label is not current.emotion and not self._change:
                self._change = _Stretch(moment.time)
            elif moment.label is current.emotion and self._change:
                current.join(self._change)
                self._change = None
        return None

    def _spell(self, stretch: _Stretch) -> Spell | None:
        emotion = stretch.emotion
        if stretch.seconds < self.min_length or emotion is None:
            return None
        return Spell(
            id=self._make_id(),
            start=stretch.start,
            end=stretch.last,
            emotion=emotion,
            probabilities=(stretch.sum / max(stretch.readings - stretch.unclear, 1)).astype(np.float32),
            readings=stretch.readings,
            unclear_share=stretch.unclear / stretch.readings,
        )
