"""Rebuilds everything that was learned from the log: the model, people, groups and the songs' factors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.factors import FactorSettings, Ratings, learn_factors
from feeling_manager.music.recommender.features import SIZE, prior
from feeling_manager.music.recommender.gaussian import Gaussian, observed, passed_up
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


def train(lessons: Iterable[Lesson], seed: int = 0, settings: FactorSettings | None = None) -> State:
    """A new state from the whole log, oldest first. The same log and seed give the same state.

    Factors are learned from what the described features leave unexplained. Raises `RecommenderError` where a lesson
    has too few features or a reward outside 0 to 1.
    """
    log = list(lessons)
    for lesson in log:
        if len(lesson.features) < SIZE or not 0.0 <= lesson.reward <= 1.0:
            raise RecommenderError(
                "The log has a choice without its features, or a reward outside 0 to 1; leave it out."
            )
    described = np.array([lesson.features[:SIZE] for lesson in log]).reshape(len(log), SIZE)
    rewards = np.array([lesson.reward for lesson in log])
    rest = rewards - described @ _common(described, rewards).mean
    noise = float(np.clip(rest.var(), 0.01, 0.25)) if len(log) >= 200 else Model().noise
    factors = _factors(log, rest, seed, settings or FactorSettings())
    size = len(next(iter(factors.values())).factors) if factors else 0
    model = Model(factors=size, noise=noise, trained=len(log))
    return State(model, _statistics(log, described, model, factors), factors)


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
    people: dict[str, Statistics] = {}
    unknown = SongFactors(0.0, np.zeros(model.factors), model.noise)
    for lesson, row in zip(log, described, strict=True):
        song = factors.get(lesson.song, unknown)
        features = np.concatenate([row, song.factors])
        seen = observed(features, lesson.reward - model.overall - song.mean, song.noise, lesson.group)
        # the left one's group is kept by a sum, and a person belongs where they were last
        people[lesson.person] = seen + people[lesson.person] if lesson.person in people else seen
    statistics: dict[Key, Statistics] = {}
    variance = model.level("person") ** 2
    for person, own in people.items():
        statistics[Key(Scope.PERSON, person)] = own
        group = Key(Scope.GROUP, own.group)
        part = passed_up(own, variance)
        statistics[group] = statistics[group] + part if group in statistics else part
    return statistics
