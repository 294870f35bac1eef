"""Rebuilds everything that was learned from the log: the model, people, groups and the songs' factors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.factors import FactorSettings, Ratings, learn_factors
from feeling_manager.music.recommender.features import SIZE, prior
from feeling_manager.music.recommender.gaussian import Gaussian, passed_up
from feeling_manager.music.recommender.model import Model
from feeling_manager.music.recommender.types import Key, Scope, SongFactors, Statistics, Store, Vector

ENOUGH_PEOPLE = 100
ENOUGH_REWARDS = 15
"""People of a log and rewards of a song below which there are no factors: with fewer they did harm in the simulator.
CM100k has some 40 ratings of each track by 421 people in every fold."""


class Lesson(NamedTuple):
    """A reward of the log. features: of the `Recommendation`; of them only the first `SIZE` are used, for the
    factors among them are learned anew."""

    person: str
    group: str
    song: str
    features: Vector
    reward: float


class State(NamedTuple):
    """What `Store.replace` wants."""

    model: Model
    statistics: Mapping[Key, Statistics]
    factors: Mapping[str, SongFactors]

    def save(self, store: Store) -> None:
        store.replace(self.model.to_bytes(), self.statistics, self.factors)


class Shared(NamedTuple):
    """What is learned of songs and of all people together."""

    model: Model
    factors: Mapping[str, SongFactors]


def train(lessons: Iterable[Lesson], seed: int = 0, settings: FactorSettings | None = None) -> State:
    """A new state from the whole log, oldest first. The same log and seed give the same state.

    Raises `RecommenderError` where a lesson has too few features or a reward outside 0 to 1.
    """
    log = list(lessons)
    return add_up(log, learn_shared(log, seed, settings))


def learn_shared(log: Sequence[Lesson], seed: int = 0, settings: FactorSettings | None = None) -> Shared:
    """The slow part of `train`. Factors are learned from what the described features leave unexplained."""
    described, rewards = _described(log), np.array([lesson.reward for lesson in log])
    rest = rewards - described @ _common(described, rewards).mean
    noise = float(np.clip(rest.var(), 0.01, 0.25)) if len(log) >= 200 else Model().noise
    factors = _factors(log, rest, seed, settings or FactorSettings())
    size = len(next(iter(factors.values())).factors) if factors else 0
    return Shared(Model(factors=size, noise=noise, trained=len(log)), factors)


def add_up(log: Sequence[Lesson], shared: Shared) -> State:
    """The quick part of `train`: everybody's sums, which may be of lessons that came after `learn_shared`."""
    return State(shared.model, _statistics(log, _described(log), shared.model, shared.factors), shared.factors)


def _described(log: Sequence[Lesson]) -> Vector:
    for lesson in log:
        if len(lesson.features) < SIZE or not 0.0 <= lesson.reward <= 1.0:
            raise RecommenderError(
                "The log has a choice without its features, or a reward outside 0 to 1; leave it out."
            )
    return np.array([lesson.features[:SIZE] for lesson in log]).reshape(len(log), SIZE)


def _common(described: Vector, rewards: Vector) -> Gaussian:
    """The global weights if all people were alike."""
    noise = Model().noise
    seen = Statistics(described.T @ described / noise, described.T @ rewards / noise, len(rewards))
    return Gaussian(prior("mean"), np.diag(prior("overall") ** 2)).given(seen)


def _factors(log: Sequence[Lesson], rest: Vector, seed: int, settings: FactorSettings) -> dict[str, SongFactors]:
    names, song = np.unique([lesson.song for lesson in log], return_inverse=True)
    often = np.bincount(song, minlength=len(names))[song] >= ENOUGH_REWARDS if len(log) else np.zeros(0, dtype=bool)
    songs, song = np.unique(song[often], return_inverse=True)
    people, person = np.unique(np.array([lesson.person for lesson in log])[often], return_inverse=True)
    if len(people) < ENOUGH_PEOPLE or len(songs) < 2 or np.ptp(rest[often]) <= 0.0:
        return {}
    learned = learn_factors(Ratings(person, song, rest[often]), len(songs), np.random.default_rng(seed), settings)
    return {
        str(names[i]): SongFactors(float(mean), row, learned.noise)
        for i, mean, row in zip(songs, learned.mean, learned.loadings, strict=True)
    }


def _statistics(
    log: Sequence[Lesson], described: Vector, model: Model, factors: Mapping[str, SongFactors]
) -> dict[Key, Statistics]:
    unknown = SongFactors(0.0, np.zeros(model.factors), model.noise)
    songs = [factors.get(lesson.song, unknown) for lesson in log]
    noise = np.array([song.noise for song in songs])
    value = np.array([lesson.reward - song.mean for lesson, song in zip(log, songs, strict=True)]) - model.overall
    tastes = np.array([song.factors for song in songs]).reshape(len(log), model.factors)
    features = np.concatenate([described, tastes], axis=1)
    places: dict[str, list[int]] = {}
    for place, lesson in enumerate(log):
        places.setdefault(lesson.person, []).append(place)
    people: dict[str, Statistics] = {}
    for person, rows in places.items():
        weighted = features[rows] / noise[rows, None]
        # the group where they were last
        people[person] = Statistics(
            weighted.T @ features[rows], weighted.T @ value[rows], len(rows), log[rows[-1]].group
        )
    statistics: dict[Key, Statistics] = {}
    variance = model.level("person") ** 2
    for person, own in people.items():
        statistics[Key(Scope.PERSON, person)] = own
        group = Key(Scope.GROUP, own.group)
        part = passed_up(own, variance)
        statistics[group] = statistics[group] + part if group in statistics else part
    return statistics
