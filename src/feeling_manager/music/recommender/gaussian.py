"""Exact inference for linear scores with Gaussian weights at three levels: global, group, person.

A person's weights are Gaussian around their group's, those around the global ones, those around a prior. People's
observations are kept as sums (`types.Statistics`). What a person tells of their group is a sum again, with the
person's own deviation integrated out, so it can be added when it changes and taken out when they leave. Covariances
may be singular: a weight that does not differ between groups has variance 0 there.
"""

from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.types import Statistics, Vector


class Gaussian(NamedTuple):
    """mean: float `(d,)`. covariance: float `(d, d)`."""

    mean: Vector
    covariance: Vector

    def widened(self, variance: Vector) -> "Gaussian":
        """With independent deviations of that `variance`, `(d,)`, on top."""
        return Gaussian(self.mean, self.covariance + np.diag(variance))

    def given(self, seen: Statistics) -> "Gaussian":
        """The posterior after those observations."""
        size = len(self.mean)
        covariance = np.linalg.solve(np.eye(size) + self.covariance @ seen.precision, self.covariance)
        covariance = (covariance + covariance.T) / 2
        return Gaussian(self.mean + covariance @ (seen.shift - seen.precision @ self.mean), covariance)

    def draws(self, count: int, rng: np.random.Generator, scale: float = 1.0) -> Vector:
        """float `(d, count)` samples, with standard deviations times `scale`."""
        values, vectors = np.linalg.eigh(self.covariance)
        half = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(self.mean[:, None] + scale * (half @ rng.normal(size=(len(self.mean), count))))


def observed(features: Vector, value: float, noise: float, group: str = "") -> Statistics:
    """What one reward adds: `value` is the score at `features` with an error of variance `noise`."""
    return Statistics(np.outer(features, features) / noise, features * (value / noise), 1, group)


def passed_up(seen: Statistics, variance: Vector) -> Statistics:
    """What observations tell of the level above, with own deviations of that `variance`, `(d,)`, integrated out."""
    inner = np.eye(len(variance)) + seen.precision * variance[None, :]
    both = np.linalg.solve(inner, np.concatenate([seen.precision, seen.shift[:, None]], axis=1))
    precision = (both[:, :-1] + both[:, :-1].T) / 2
    return Statistics(precision, both[:, -1], seen.count, seen.group)
