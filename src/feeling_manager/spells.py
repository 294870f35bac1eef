"""From readings to spells: the stretches of one emotion that are stored and counted, in seconds.

Ten readings a second are not a journal. A spell ends when the emotion changes after it has lasted `MIN_LENGTH`, when
it reaches `MAX_LENGTH`, or when nobody was there for `MAX_GAP`; a shorter change stays within its spell, whose
emotion is the one that lasted longest in it. The web client does the same; golden cases hold both.
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


class SpellMaker:
    """Sums the readings of one person, given in the order of time."""

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
        self._clear()

    def _clear(self) -> None:
        self._start = self._last = 0.0
        self._label: Emotion | None = None
        self._seconds = np.zeros(len(EMOTIONS))
        self._sum = np.zeros(len(EMOTIONS))
        self._readings = self._unclear = 0

    def add(self, moment: Moment) -> Spell | None:
        """Takes one reading; gives the spell that it ended, if any.

        A reading earlier than the one before it is left out: the clock was set back.
        """
        ended = None
        if self._readings:
            if moment.time < self._last:
                return None
            away = moment.time - self._last > self.max_gap
            if not away:
                self._lasts_until(moment.time)
            lasted = self._last - self._start
            changed = moment.label is not None and moment.label is not self._label
            if away or lasted >= self.max_length or (changed and lasted >= self.min_length):
                ended = self.end()
        if not self._readings:
            if moment.label is None:
                return ended
            self._start = self._last = moment.time
        self._count(moment)
        return ended

    def end(self) -> Spell | None:
        """Ends the current spell at its last reading; None where it was shorter than the least length."""
        spell = None
        if self._readings and self._last - self._start >= self.min_length:
            clear = self._readings - self._unclear
            spell = Spell(
                id=self._make_id(),
                start=self._start,
                end=self._last,
                emotion=EMOTIONS[int(self._seconds.argmax())],
                probabilities=(self._sum / max(clear, 1)).astype(np.float32),
                readings=self._readings,
                unclear_share=self._unclear / self._readings,
            )
        self._clear()
        return spell

    def _lasts_until(self, time: float) -> None:
        if self._label is not None:
            self._seconds[self._label.index] += time - self._last
        self._last = time

    def _count(self, moment: Moment) -> None:
        if moment.label is not None:
            self._label = moment.label
        self._readings += 1
        if moment.unclear:
            self._unclear += 1
        else:
            self._sum += moment.probabilities
