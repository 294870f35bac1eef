"""From a million songs to at most 200 candidates, by index: the cost does not grow with the catalogue."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from feeling_manager.music.recommender.goals import paths, target
from feeling_manager.music.recommender.rules import MOST_CANDIDATES
from feeling_manager.music.recommender.types import Candidate, Context

CELL = 0.25
"""Side of a cell of valence and arousal."""


def cell(valence: float | None, arousal: float | None) -> int | None:
    """The number of the cell, 0 to 80, in which a song lies; None where its place is unknown."""
    if valence is None or arousal is None:
        return None
    column, row = (round((min(max(x, -1.0), 1.0) + 1.0) / CELL) for x in (valence, arousal))
    return 9 * column + row


class SongIndex(Protocol):
    """Ordered indices of the catalogue. Every song has a fixed random number `draw`, 0 to 1.

    A scan returns the `count` songs that follow `start` in the order of (draw, song), going on from 0 at the end, all
    of them where there are fewer. Songs that cannot be played are left out.
    """

    def scan(self, start: float, count: int) -> Sequence[str]:
        """Of all songs: index on (draw)."""
        ...

    def scan_genre(self, genre: int, start: float, count: int) -> Sequence[str]:
        """Of one genre: index on (genre, draw)."""
        ...

    def scan_cell(self, number: int, start: float, count: int) -> Sequence[str]:
        """Of one cell of valence and arousal: index on (cell, draw)."""
        ...

    def liked(self, count: int) -> Sequence[str]:
        """Those with the most likes: index on (likes)."""
        ...


def retrieve(
    context: Context, index: SongIndex, rng: np.random.Generator, most: int = MOST_CANDIDATES
) -> tuple[str, ...]:
    """At most `most` songs, without banned ones, in an order that the seed decides.

    Two fifths from the ticked genres, one third from around the targets of the goal's paths, a sixth of the most
    liked, the rest of all songs. Where one falls short, songs of the whole catalogue fill up.
    """
    found: dict[str, None] = {}

    def take(songs: Sequence[str], upto: int) -> None:
        for song in songs:
            if len(found) >= upto:
                return
            if song not in context.banned:
                found[song] = None

    # so many more are read that the banned ones leave enough; the service bounds how many those can be
    spare = min(len(context.banned), most)
    genres = sorted(context.preferences)
    for i, genre in enumerate(genres, start=1):
        take(index.scan_genre(genre, rng.random(), most * 2 // 5 + spare), most * 2 * i // (5 * len(genres)))
    cells = [cell(*target(context, path)) for path in paths(context.goal)]
    begun = len(found)
    for i, number in enumerate(cells, start=1):
        if number is not None:
            upto = begun + most * i // (3 * len(cells))
            take(index.scan_cell(number, rng.random(), most // 3 + spare), upto)
    take(index.liked(most // 6 + spare), len(found) + most // 6)
    take(index.scan(rng.random(), most + 2 * spare), most)
    return tuple(found)


class MemoryIndex:
    """A `SongIndex` in memory, for benchmarks and the simulator."""

    def __init__(self, songs: Sequence[Candidate], rng: np.random.Generator) -> None:
        draws = rng.random(len(songs))
        order = np.argsort(draws, kind="stable")
        self._all = _Ring([songs[i].song for i in order], draws[order].tolist())
        self._genres: dict[int, _Ring] = {}
        self._cells: dict[int, _Ring] = {}
        for i in order:
            song, draw = songs[i], float(draws[i])
            self._genres.setdefault(song.genre, _Ring([], [])).append(song.song, draw)
            number = cell(song.valence, song.arousal)
            if number is not None:
                self._cells.setdefault(number, _Ring([], [])).append(song.song, draw)
        likes = np.argsort([-song.likes for song in songs], kind="stable")[: 2 * MOST_CANDIDATES]
        self._liked = [songs[i].song for i in likes]

    def scan(self, start: float, count: int) -> Sequence[str]:
        return self._all.scan(start, count)

    def scan_genre(self, genre: int, start: float, count: int) -> Sequence[str]:
        return self._genres[genre].scan(start, count) if genre in self._genres else ()

    def scan_cell(self, number: int, start: float, count: int) -> Sequence[str]:
        return self._cells[number].scan(start, count) if number in self._cells else ()

    def liked(self, count: int) -> Sequence[str]:
        return self._liked[:count]


class _Ring:
    def __init__(self, songs: list[str], draws: list[float]) -> None:
        self._songs, self._draws = songs, draws

    def append(self, song: str, draw: float) -> None:
        self._songs.append(song)
        self._draws.append(draw)

    def scan(self, start: float, count: int) -> list[str]:
        place = bisect_left(self._draws, start)
        after = self._songs[place : place + count]
        return after + self._songs[: min(place, count - len(after))]
