"""Who is who over time, and what they showed, smoothed. All times are seconds, so that the frame rate is no matter.

A small tracker of our own (overlap alone loses small fast faces; the browser needs the same one): each face goes to
the track whose predicted place is nearest in units of the face's size, the nearest pair first. The web client does
the same; golden cases hold both.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from feeling_manager.errors import UsageError
from feeling_manager.labels import EMOTIONS, Emotion
from feeling_manager.ranges import check
from feeling_manager.types import Box, Face, Floats, Reading, Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSettings:
    """memory: seconds that a lost face keeps its id. reach: how far a face may be from where it is expected, in face
    sizes; reach_growth: added to it for each second out of sight. smoothing: time constant of the probabilities, 0
    for none. margin: by how much another emotion must be more probable to become the label. bar: probability from
    which there is a label at all. hold: seconds that a label outlives the last clear reading. most: tracks
    remembered at most.
    """

    memory: float = 1.0
    reach: float = 1.8
    reach_growth: float = 1.0
    smoothing: float = 0.4
    margin: float = 0.1
    bar: float = 0.35
    hold: float = 1.0
    most: int = 256

    def __post_init__(self) -> None:
        """Raises UsageError for what `ranges.RANGES` does not allow."""
        for each in fields(self):
            check(each.name, getattr(self, each.name))


@dataclass(slots=True)
class _Track:
    id: int
    box: Box
    time: float
    velocity: tuple[float, float] = (0.0, 0.0)
    smoothed: Floats | None = None
    label: Emotion | None = None
    clear_time: float = field(default=-math.inf)

    def expected(self, time: float) -> tuple[float, float]:
        """Its centre, by constant velocity, at that time."""
        x, y = self.box.centre
        elapsed = time - self.time
        return x + self.velocity[0] * elapsed, y + self.velocity[1] * elapsed

    def move(self, box: Box, time: float) -> None:
        elapsed = time - self.time
        if elapsed > 0:
            (x0, y0), (x1, y1) = self.box.centre, box.centre
            share = 1 - math.exp(-elapsed / _VELOCITY_SECONDS)
            measured = ((x1 - x0) / elapsed, (y1 - y0) / elapsed)
            self.velocity = (
                self.velocity[0] + share * (measured[0] - self.velocity[0]),
                self.velocity[1] + share * (measured[1] - self.velocity[1]),
            )
        self.box, self.time = box, time


_VELOCITY_SECONDS = 0.1


class Tracker:
    """Gives faces ids and smooths what they show."""

    def __init__(self, settings: TrackingSettings | None = None) -> None:
        self.settings = settings or TrackingSettings()
        self._tracks: list[_Track] = []
        self._next = 1

    def update(self, faces: Sequence[Face], time: float, frame: int = 0) -> list[Reading]:
        """Readings of the faces of one frame, in the order given, each with an id from the first frame on.

        Frames come in the order of time; one from an earlier time (a source that starts again) forgets all tracks.
        """
        if any(track.time > time for track in self._tracks):
            self._tracks = []
        self._tracks = [track for track in self._tracks if time - track.time <= self.settings.memory]
        matches = self._match(faces, time)
        readings = []
        for index, face in enumerate(faces):
            track = matches.get(index)
            if track is None:
                track = _Track(self._next, face.box, time)
                self._next += 1
                self._tracks.append(track)
            self._smooth(track, face, time)
            track.move(face.box, time)
            readings.append(_reading(face, track, time, frame))
        if len(self._tracks) > self.settings.most:
            self._tracks = sorted(self._tracks, key=lambda track: track.time)[-self.settings.most :]
        return readings

    def _match(self, faces: Sequence[Face], time: float) -> dict[int, _Track]:
        pairs = []
        for index, face in enumerate(faces):
            for order, track in enumerate(self._tracks):
                cost = _cost(face.box, track, time)
                if cost <= self.settings.reach + self.settings.reach_growth * (time - track.time):
                    pairs.append((cost, index, order))
        matches: dict[int, _Track] = {}
        taken: set[int] = set()
        for _, index, order in sorted(pairs):
            if index not in matches and order not in taken:
                matches[index] = self._tracks[order]
                taken.add(order)
        return matches

    def _smooth(self, track: _Track, face: Face, time: float) -> None:
        """Exponential smoothing; faces that show nothing (small, blurred, turned) leave it as it was."""
        settings = self.settings
        readable = face.unclear in (None, Unclear.UNSURE)
        if track.smoothed is None:
            track.smoothed = face.probabilities
        elif readable:
            elapsed = max(time - track.time, 0.0)
            share = 1 - math.exp(-elapsed / settings.smoothing) if settings.smoothing > 0 else 1.0
            track.smoothed = (track.smoothed + np.float32(share) * (face.probabilities - track.smoothed)).astype(
                np.float32
            )
        if face.unclear is None:
            track.clear_time = time
        if time - track.clear_time > settings.hold:
            track.label = None
        elif readable:
            track.label = _steady(track.label, track.smoothed, settings)


def _steady(label: Emotion | None, smoothed: Floats, settings: TrackingSettings) -> Emotion | None:
    best = EMOTIONS[int(smoothed.argmax())]
    highest = float(smoothed[best.index])
    if label is None:
        return best if highest >= settings.bar else None
    return best if highest - float(smoothed[label.index]) > settings.margin else label


def _cost(box: Box, track: _Track, time: float) -> float:
    """Distance of the box from the track's expected place, in sizes of the face, plus the change of size (log2)."""
    x, y = box.centre
    expected_x, expected_y = track.expected(time)
    size, before = math.sqrt(max(box.area, 1.0)), math.sqrt(max(track.box.area, 1.0))
    distance = math.hypot(x - expected_x, y - expected_y) / ((size + before) / 2)
    return distance + abs(math.log2(size / before))


def _reading(face: Face, track: _Track, time: float, frame: int) -> Reading:
    values = {item.name: getattr(face, item.name) for item in fields(Face)}
    smoothed = face.probabilities if track.smoothed is None else track.smoothed
    return Reading(**values, time=time, frame=frame, track_id=track.id, smoothed=smoothed, label=track.label)


_DOMINANT: dict[str, Callable[[Reading], float]] = {
    "largest": lambda reading: reading.box.area,
    "surest": lambda reading: reading.score,
    "first": lambda reading: -reading.track_id,
}


def dominant(readings: Sequence[Reading], by: str = "largest") -> Reading | None:
    """The one face that counts: the largest, the surest found, or the first seen; None where there is none."""
    if by not in _DOMINANT:
        raise UsageError(f"The dominant face can be chosen by {', '.join(_DOMINANT)}, not by {by!r}.")
    return max(readings, key=_DOMINANT[by], default=None)
