"""What the policy believes of one person, in words and numbers."""

from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.features import NAMES


class Belief(NamedTuple):
    """A weight in rewards from 0 to 1: the person's with its standard deviation, and that of people like them."""

    feature: str
    weight: float
    deviation: float
    others: float


def beliefs(policy: BanditPolicy, person: str, group: str) -> list[Belief]:
    """What is believed of a person's weights, those first that differ most from the group's for their uncertainty."""
    own, others = policy.posterior(person, group), policy.common(person, group)
    names = [
        *(NAMES if policy.model.described else ()),
        *(f"latent taste {i + 1}" for i in range(policy.model.factors)),
    ]
    deviations = np.sqrt(np.diag(own.covariance))
    order = np.argsort(-np.abs(own.mean - others.mean) / np.maximum(deviations, 1e-9), kind="stable")
    return [Belief(names[i], float(own.mean[i]), float(deviations[i]), float(others.mean[i])) for i in order]
