"""Everything that is told at the end of a run, summed reading by reading in bounded memory.

Fed with rows, not readings, so that a CSV of readings gives the same results as the run that wrote it.

A reading lasts until the same person's next one, if that comes within `MAX_GAP`; otherwise as long as the shortest
time between two frames so far (a second where there was only one frame, as with a single picture).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

import numpy as np

from feeling_manager.labels import EMOTIONS, affect
from feeling_manager.sinks.rows import Row, to_moment
from feeling_manager.sinks.series import Clock, Doubles, Points, Series
from feeling_manager.spells import Moment, Spell, SpellMaker

MAX_GAP = 2.0
MIN_SPELL = 0.5
"""Shorter changes are taken for flicker: a spell is what a viewer sees as a change, not what a journal keeps."""
MOST_PERSONS = 50
MOST_SPELLS = 20_000

_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One track. first, last: seconds of its first and last reading. seconds: how long it was in view.
    emotion_seconds: `(8,)` by steady label. unclear_seconds: the rest. probabilities: `(8,)` mean over the clear
    readings, None where there was none. spells: in order of time."""

    id: int
    first: float
    last: float
    seconds: float
    readings: int
    emotion_seconds: Doubles
    unclear_seconds: float
    probabilities: Doubles | None
    spells: tuple[Spell, ...]
    points: Points

    @property
    def affect(self) -> tuple[float, float] | None:
        """Mean valence and arousal, -1 to 1."""
        return None if self.probabilities is None else affect(self.probabilities)

    @property
    def shares(self) -> Doubles:
        """`(8,)` shares of the time in view, 0 to 1."""
        return self.emotion_seconds / self.seconds if self.seconds else self.emotion_seconds

    @property
    def unclear_share(self) -> float:
        return self.unclear_seconds / self.seconds if self.seconds else 0.0

    @property
    def changes(self) -> int:
        """How often the emotion changed from one spell to the next."""
        return sum(before.emotion is not after.emotion for before, after in pairwise(self.spells))


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a run came to. first, last: seconds of the first and last reading, None without any. persons: those seen
    longest first, at most `MOST_PERSONS`. others: how many more there were; others_seconds: how long in all.
    emotion_seconds, unclear_seconds: of everybody. points: everybody's mean over time, seconds summed over people.
    min_spell: seconds under which spells were left out."""

    first: float | None
    last: float | None
    frames_with_faces: int
    readings: int
    most_at_once: int
    persons: tuple[Person, ...]
    others: int
    others_seconds: float
    seconds: float
    emotion_seconds: Doubles
    unclear_seconds: float
    points: Points
    min_spell: float

    def cumulative(self) -> Doubles:
        """`(8,)` probability x seconds of the clear readings, summed over people."""
        sums = np.nan_to_num(self.points.probabilities) * self.points.seconds[:, None]
        return np.asarray(sums.sum(axis=0), dtype=np.float64)


class _Track:
    """A person while being summed."""

    def __init__(self, number: int, moment: Moment) -> None:
        self.id, self.first, self.pending = number, moment.time, moment
        self.seconds = self.unclear_seconds = 0.0
        self.readings = 0
        self.emotion_seconds: Doubles = np.zeros(len(EMOTIONS))
        self.series = Series()
        self.spells: list[Spell] = []
        self._maker = SpellMaker(min_length=MIN_SPELL, max_length=float("inf"), max_gap=MAX_GAP, make_id=lambda: _NO_ID)

    def take(self, moment: Moment) -> None:
        """The next reading, which is pending until it is known how long it lasted."""
        self.pending = moment
        self.readings += 1
        if moment.label is not None:
            self._keep(self._maker.add(moment))

    def lasted(self, seconds: float) -> None:
        """The pending reading lasted so long."""
        self.seconds += seconds
        if self.pending.label is None:
            self.unclear_seconds += seconds
        else:
            self.emotion_seconds[self.pending.label.index] += seconds

    def end_spells(self) -> None:
        self._keep(self._maker.end())

    def _keep(self, spell: Spell | None) -> None:
        if spell is None:
            return
        if self.spells and self.spells[-1].emotion is spell.emotion and spell.start - self.spells[-1].end <= MAX_GAP:
            spell = _join(self.spells.pop(), spell)
        self.spells.append(spell)

    def person(self, clock: Clock) -> Person:
        points = self.series.points(clock)
        clear = float(points.seconds.sum())
        sums = np.nansum(points.probabilities * points.seconds[:, None], axis=0)
        return Person(
            id=self.id,
            first=self.first,
            last=self.pending.time,
            seconds=self.seconds,
            readings=self.readings,
            emotion_seconds=self.emotion_seconds,
            unclear_seconds=self.unclear_seconds,
            probabilities=sums / clear if clear else None,
            spells=tuple(self.spells),
            points=points,
        )


def _join(before: Spell, after: Spell) -> Spell:
    """Two spells of one emotion, the second right after the first."""
    readings = before.readings + after.readings
    unclear = before.unclear_share * before.readings + after.unclear_share * after.readings
    clear = [spell.readings * (1 - spell.unclear_share) for spell in (before, after)]
    sums = before.probabilities * clear[0] + after.probabilities * clear[1]
    return replace(
        before,
        end=after.end,
        probabilities=(sums / max(sum(clear), 1.0)).astype(np.float32),
        readings=readings,
        unclear_share=unclear / readings,
    )


class Accumulator:
    """Takes the rows of one frame after another; gives `Results` at the end."""

    def __init__(self) -> None:
        self._clock: Clock | None = None
        self._everyone = Series()
        self._active: dict[int, _Track] = {}
        self._ended: list[_Track] = []
        self._others = 0
        self._others_seconds = 0.0
        self._emotion_seconds: Doubles = np.zeros(len(EMOTIONS))
        self._unclear_seconds = 0.0
        self._last: float | None = None
        self._interval: float | None = None
        self._frames = self._readings = self._most = 0
        self._min_spell = MIN_SPELL

    def add(self, rows: Sequence[Row]) -> None:
        """Counts the faces of one frame. A frame earlier than the one before it is left out: the clock was set back."""
        if not rows or (self._last is not None and rows[0]["time"] < self._last):
            return
        time: float = rows[0]["time"]
        if self._clock is None:
            self._clock = Clock(time)
        if self._last is not None and 0 < time - self._last <= MAX_GAP:
            self._interval = min(self._interval or MAX_GAP, time - self._last)
        self._last = time
        self._frames += 1
        self._readings += len(rows)
        self._most = max(self._most, len(rows))
        for row in rows:
            self._add(self._clock, row["track_id"], to_moment(row))
        self._retire(self._clock, time)

    def _add(self, clock: Clock, number: int, moment: Moment) -> None:
        if track := self._active.get(number):
            if moment.time - track.pending.time <= MAX_GAP:
                self._count(clock, track, moment.time - track.pending.time)
            else:
                self._end(clock, self._active.pop(number))
        if number not in self._active:
            # a tracker with a long memory gives the same id again
            track = next((ended for ended in self._ended if ended.id == number), None)
            if track:
                self._ended.remove(track)
            self._active[number] = track or _Track(number, moment)
        self._active[number].take(moment)

    def _count(self, clock: Clock, track: _Track, seconds: float) -> None:
        start, label = track.pending.time, track.pending.label
        while clock.too_fine(start + seconds):
            clock.width *= 2
            for series in self._all_series():
                series.halve()
        if not track.pending.unclear:
            for series in (track.series, self._everyone):
                series.add(clock, start, start + seconds, track.pending.probabilities)
        if label is None:
            self._unclear_seconds += seconds
        else:
            self._emotion_seconds[label.index] += seconds
        track.lasted(seconds)

    def _all_series(self) -> list[Series]:
        return [self._everyone, *(track.series for track in [*self._active.values(), *self._ended])]

    def _retire(self, clock: Clock, time: float) -> None:
        """Ends the tracks that are gone, and keeps the longest of them."""
        for number, track in list(self._active.items()):
            if time - track.pending.time > MAX_GAP:
                self._end(clock, self._active.pop(number))

    def _end(self, clock: Clock, track: _Track) -> None:
        self._count(clock, track, 1.0 if self._interval is None else self._interval)
        track.end_spells()
        self._ended.append(track)
        if len(self._ended) > MOST_PERSONS:
            shortest = min(self._ended, key=lambda ended: ended.seconds)
            self._ended.remove(shortest)
            self._others += 1
            self._others_seconds += shortest.seconds
        self._thin_spells()

    def _thin_spells(self) -> None:
        tracks = [*self._active.values(), *self._ended]
        while sum(len(track.spells) for track in tracks) > MOST_SPELLS:
            self._min_spell *= 2
            for track in tracks:
                track.spells = [spell for spell in track.spells if spell.seconds >= self._min_spell]

    def finish(self) -> Results:
        """Ends all tracks: nothing may be added after it."""
        clock = self._clock or Clock(0.0)
        first = None if self._clock is None else self._clock.origin
        for number in list(self._active):
            self._end(clock, self._active.pop(number))
        tracks = sorted(self._ended, key=lambda track: (-track.seconds, track.id))
        return Results(
            first=first,
            last=self._last,
            frames_with_faces=self._frames,
            readings=self._readings,
            most_at_once=self._most,
            persons=tuple(track.person(clock) for track in tracks),
            others=self._others,
            others_seconds=self._others_seconds,
            seconds=float(self._emotion_seconds.sum()) + self._unclear_seconds,
            emotion_seconds=self._emotion_seconds,
            unclear_seconds=self._unclear_seconds,
            points=self._everyone.points(clock),
            min_spell=self._min_spell,
        )
