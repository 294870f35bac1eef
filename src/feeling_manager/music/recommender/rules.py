"""What every policy keeps to: which candidates may be given, and how one is drawn from chances."""

from collections.abc import Sequence

import numpy as np

from feeling_manager.music.recommender.errors import NoSongError, RecommenderError
from feeling_manager.music.recommender.types import Alternative, Candidate, Context, Motive, Vector

MOST_CANDIDATES = 200
REPEAT_AFTER = 3 * 3600.0
"""Seconds within which no song is given again, unless set otherwise."""
MANY = 3
"""People who like a song that is "liked by many others", at least."""


def allowed(context: Context, candidates: Sequence[Candidate], repeat_after: float) -> Vector:
    """float `(n,)`, 1 for each candidate that is neither banned nor was played in the last `repeat_after` seconds.

    Raises `RecommenderError` for more than 200 candidates or one that is there twice, `NoSongError` where none is left.
    """
    if len(candidates) > MOST_CANDIDATES:
        raise RecommenderError(f"{len(candidates)} candidates; retrieve {MOST_CANDIDATES} at most.")
    if len({c.song for c in candidates}) < len(candidates):
        raise RecommenderError("A song is among the candidates twice.")
    free = [
        c.song not in context.banned and context.recent.get(c.song, float("inf")) >= repeat_after for c in candidates
    ]
    if not any(free):
        raise NoSongError("No song may be played now: add songs, or shorten the time in which none is repeated.")
    return np.array(free, dtype=np.float64)


def is_true(motive: Motive, context: Context, song: Candidate, *, known: bool) -> bool:
    """Whether what the motive's words say of the person and the song is so; `known`: their taste is."""
    match motive:
        case Motive.GENRE:
            return song.genre in context.preferences
        case Motive.POPULAR:
            return song.likes >= MANY
        case Motive.TASTE:
            return known
        case Motive.NEW:
            return song.song not in context.recent
        case _:
            return True


def draw(chances: Vector, rng: np.random.Generator) -> int:
    """A place in `chances`, drawn with them; never one with chance 0."""
    cumulative = np.cumsum(chances)
    # rounding may leave the sum a hair under one, and a draw above it would land on a forbidden last place
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))


def alternatives(
    chances: Vector, candidates: Sequence[Candidate], chosen: int, most: int = 5
) -> tuple[Alternative, ...]:
    """The likeliest other candidates, likeliest first."""
    order = np.argsort(-chances, kind="stable")
    return tuple(Alternative(candidates[i].song, float(chances[i])) for i in order if i != chosen and chances[i] > 0.0)[
        :most
    ]
