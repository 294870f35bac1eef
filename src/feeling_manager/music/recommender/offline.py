"""What a policy would have earned, estimated from the log of another.

Replay (Li et al. 2011, WSDM), inverse propensity scores with and without self-normalisation (Swaminathan & Joachims
2015, NIPS) and doubly robust (Dudík, Langford & Li 2011, ICML). The intervals are of a bootstrap over people, for
one person's choices are not independent.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.factors import Indices
from feeling_manager.music.recommender.features import describe, prior
from feeling_manager.music.recommender.gaussian import Gaussian
from feeling_manager.music.recommender.log import LogRecord
from feeling_manager.music.recommender.model import Model
from feeling_manager.music.recommender.rules import draw
from feeling_manager.music.recommender.types import Path, Policy, Statistics, Vector


class Estimate(NamedTuple):
    """A mean reward with its 95 % interval."""

    value: float
    low: float
    high: float


class Evaluation(NamedTuple):
    """What one policy would have earned. matches: choices of the log that it would have made too. effective: size of
    a sample of its own that would say as much (Kish). Replay is None where nothing matches."""

    policy: str
    replay: Estimate | None
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    matches: int
    effective: float


def logged_value(records: Sequence[LogRecord], seed: int = 0) -> Estimate:
    """The mean reward that the log itself has."""
    rewarded = _rewarded(records)
    rewards = np.array([r.reward for r in rewarded], dtype=np.float64)
    return _interval(rewards, np.ones(len(rewards)), _people(rewarded), seed)


def evaluate(records: Sequence[LogRecord], policy: Policy, seed: int = 0) -> Evaluation:
    """The estimates for `policy` as it is, from the choices that have a reward.

    It must not have learned from these records, or they flatter it. Raises `RecommenderError` without records.
    """
    rewarded = _rewarded(records)
    people = _people(rewarded)
    models = _reward_models(rewarded, people)
    rows = []
    for record, person in zip(rewarded, people.tolist(), strict=True):
        rng = np.random.default_rng([seed, record.seed & 0x7FFFFFFF])
        chances = policy.probabilities(record.context, record.candidates, rng)
        own = chances[record.chosen]
        guessed = describe(record.context, record.candidates, Path.DIRECT) @ models[person % 2]
        match = float(draw(chances, rng) == record.chosen)
        rows.append((own / record.probability, record.reward, match, chances @ guessed, guessed[record.chosen]))
    weight, reward, match, direct, guess = np.array(rows, dtype=np.float64).T
    ones = np.ones(len(rows))
    return Evaluation(
        policy.name,
        _interval(reward * match, match, people, seed) if match.any() else None,
        _interval(weight * reward, ones, people, seed),
        _interval(weight * reward, weight, people, seed) if weight.any() else Estimate(0.0, 0.0, 1.0),
        _interval(direct + weight * (reward - guess), ones, people, seed),
        int(match.sum()),
        float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0,
    )


def _rewarded(records: Sequence[LogRecord]) -> list[LogRecord]:
    kept = [record for record in records if record.reward is not None]
    if not kept:
        raise RecommenderError("No choice in the log has a reward yet; collect feedback first.")
    return kept


def _people(records: Sequence[LogRecord]) -> Indices:
    return np.unique([record.context.person for record in records], return_inverse=True)[1].astype(np.int64)


def _reward_models(records: Sequence[LogRecord], people: Indices) -> list[Vector]:
    """Weights of the described features for people of even and of odd number, each learned from the others."""
    features = np.concatenate([describe(r.context, [r.candidates[r.chosen]], Path.DIRECT) for r in records])
    rewards = np.array([r.reward for r in records], dtype=np.float64)
    noise = Model().noise
    weights = []
    for half in (0, 1):
        x, y = features[people % 2 != half], rewards[people % 2 != half]
        start = Gaussian(prior("mean"), np.diag(prior("overall") ** 2))
        weights.append(start.given(Statistics(x.T @ x / noise, x.T @ y / noise)).mean)
    return weights


def _interval(tops: Vector, bottoms: Vector, people: Indices, seed: int, times: int = 1000) -> Estimate:
    """Sum of `tops` over sum of `bottoms`, with percentiles over resampled people."""
    top, bottom = np.bincount(people, tops), np.bincount(people, bottoms)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(top), np.full(len(top), 1.0 / len(top)), size=times)
    below = counts @ bottom
    kept = below > 0.0
    values = (counts @ top)[kept] / below[kept]
    low, high = np.percentile(values, [2.5, 97.5])
    return Estimate(float(top.sum() / bottom.sum()), float(low), float(high))
