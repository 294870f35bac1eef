"""What the policy knows of a song in a context, as numbers, and what it believes of their weights before any log."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.music.genres import Genre
from feeling_manager.music.recommender.goals import closeness, target
from feeling_manager.music.recommender.types import MOODS, Candidate, Context, Goal, Motive, Path, Vector
from feeling_manager.music.song import Mood

GENRES = 10
_DAY = 86400.0


class Block(NamedTuple):
    """Features that share a prior, in rewards from 0 to 1.

    mean: of each weight before any log, which is what makes the first song a good one. overall, group, person:
    standard deviations of the global weight, of a group's around it and of a person's around the group's. motive:
    what is said when these features spoke most for a song.
    """

    name: str
    size: int
    mean: float
    overall: float
    group: float
    person: float
    motive: Motive


BLOCKS: tuple[Block, ...] = (
    Block("base", 1, 0.35, 0.1, 0.03, 0.08, Motive.ANY),
    Block("ticked genre", 1, 0.2, 0.08, 0.03, 0.08, Motive.GENRE),
    # one weight for each goal
    Block("closeness", 3, 0.2, 0.08, 0.03, 0.08, Motive.MOOD),
    # lift, calm
    Block("by steps", 2, 0.0, 0.05, 0.03, 0.1, Motive.MOOD),
    Block("popularity", 1, 0.4, 0.15, 0.05, 0.1, Motive.POPULAR),
    Block("not heard lately", 1, 0.05, 0.05, 0.02, 0.05, Motive.NEW),
    Block("new in the catalogue", 1, 0.02, 0.03, 0.01, 0.03, Motive.NEW),
    # sine and cosine of the hour times arousal
    Block("hour", 2, 0.0, 0.05, 0.02, 0.05, Motive.MOOD),
    Block("genre", GENRES, 0.0, 0.05, 0.03, 0.08, Motive.TASTE),
    Block("mood", MOODS, 0.0, 0.05, 0.03, 0.08, Motive.MOOD),
    # each emotion's probability times the song's valence and arousal
    Block("emotion", 2 * len(EMOTIONS), 0.0, 0.05, 0.02, 0.05, Motive.MOOD),
)
SIZE = sum(block.size for block in BLOCKS)
MOTIVES: tuple[Motive, ...] = tuple(block.motive for block in BLOCKS for _ in range(block.size))
NAMES: tuple[str, ...] = tuple(
    block.name if block.size == 1 else f"{block.name}: {detail}"
    for block in BLOCKS
    for detail in {
        "closeness": tuple(Goal),
        "by steps": (Goal.LIFT, Goal.CALM),
        "hour": ("sine × arousal", "cosine × arousal"),
        "genre": tuple(genre.text() for genre in Genre),
        "mood": tuple(Mood),
        "emotion": tuple(f"{e.name} × {x}" for e in EMOTIONS for x in ("valence", "arousal")),
    }.get(block.name, ("",))
)
"""What each feature is called."""
_GOALS = tuple(Goal)
_AT = {block.name: sum(other.size for other in BLOCKS[:i]) for i, block in enumerate(BLOCKS)}
"""Where each block begins."""


def prior(level: str) -> Vector:
    """float `(SIZE,)`: the means ("mean") or standard deviations ("overall", "group", "person") of the weights."""
    return np.array([getattr(block, level) for block in BLOCKS for _ in range(block.size)], dtype=np.float64)


def describe(context: Context, candidates: Sequence[Candidate], path: Path) -> Vector:
    """float `(n, SIZE)`, the features of songs in one context on the way to a goal. What is unknown is 0."""
    number = len(candidates)
    place = np.array([(c.valence or 0.0, c.arousal or 0.0) for c in candidates]).reshape(number, 2)
    counts = np.array([(c.plays, c.likes, c.age) for c in candidates], dtype=np.float64).reshape(number, 3)
    since = np.array([context.recent.get(c.song, np.inf) for c in candidates])
    genre = np.array([c.genre for c in candidates], dtype=np.int64)
    known = genre[(genre >= 1) & (genre <= GENRES)]
    found = np.zeros((number, SIZE))
    found[:, _AT["base"]] = 1.0
    found[:, _AT["ticked genre"]] = np.isin(genre, list(context.preferences))
    wanted = target(context, path)
    found[:, _AT["closeness"] + _GOALS.index(context.goal)] = [
        closeness(c.valence, c.arousal, wanted) for c in candidates
    ]
    if path is Path.STEPS and context.goal is not Goal.MATCH:
        found[:, _AT["by steps"] + (Goal.LIFT, Goal.CALM).index(context.goal)] = 1.0
    # the share of likes, pulled towards a quarter
    found[:, _AT["popularity"]] = (counts[:, 1] + 1.0) / (counts[:, 0] + 4.0) - 0.25
    found[:, _AT["not heard lately"]] = 1.0 - np.exp(-since / (7 * _DAY))
    found[:, _AT["new in the catalogue"]] = np.exp(-np.maximum(counts[:, 2], 0.0) / 30.0)
    angle = 2 * np.pi * context.hour / 24.0
    found[:, _AT["hour"] : _AT["hour"] + 2] = np.outer(place[:, 1], [np.sin(angle), np.cos(angle)])
    found[np.flatnonzero((genre >= 1) & (genre <= GENRES)), _AT["genre"] + known - 1] = 1.0
    for row, candidate in enumerate(candidates):
        if candidate.mood is not None:
            found[row, _AT["mood"] : _AT["mood"] + MOODS] = candidate.mood
    emotion = np.asarray(context.emotion)
    found[:, _AT["emotion"] :] = (emotion[None, :, None] * place[:, None, :]).reshape(number, 2 * len(EMOTIONS))
    return found
