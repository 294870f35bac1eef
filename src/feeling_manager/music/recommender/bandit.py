"""The policy that learns: hierarchical linear Thompson sampling over songs and ways to the goal.

A reward is linear in the song's features and factors with Gaussian weights at three levels (`gaussian.py`). Weights
are drawn from the person's posterior many times; a song's chance is the share of draws in which it is best, mixed
with an even chance for all (Agrawal & Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs",
ICML). The song is then drawn from those very chances, so the probability that is logged is the one it had.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.features import MOTIVES, SIZE, describe
from feeling_manager.music.recommender.gaussian import Gaussian, observed, passed_up
from feeling_manager.music.recommender.goals import paths
from feeling_manager.music.recommender.model import Model
from feeling_manager.music.recommender.rules import REPEAT_AFTER, allowed, alternatives, draw, is_true
from feeling_manager.music.recommender.types import (
    Candidate,
    Context,
    Key,
    Motive,
    Path,
    Reason,
    Recommendation,
    Scope,
    SongFactors,
    Statistics,
    Store,
    Vector,
)


@dataclass(frozen=True, slots=True)
class BanditSettings:
    """explore: share of songs drawn from all candidates alike, 0 to 1. spread: standard deviations of the draws are
    multiplied by it: 1 is Thompson sampling, less explores less, 0 is greedy. draws: how many; a chance has a
    standard error of at most 1 / (2 √draws) around the posterior's own, and is exact for what was done.
    optimism: standard deviations of a song's score that are added to it, so that what would teach most is tried first
    (upper confidence bound). repeat_after: seconds.
    """

    explore: float = 0.05
    spread: float = 0.5
    draws: int = 256
    optimism: float = 0.0
    repeat_after: float = REPEAT_AFTER

    def __post_init__(self) -> None:
        if not 0.0 <= self.explore <= 1.0 or self.draws < 1 or min(self.spread, self.optimism, self.repeat_after) < 0.0:
            raise RecommenderError("Explore is 0 to 1, draws is 1 or more, and no setting is negative.")


class _Rows(NamedTuple):
    """Every candidate on every path. features: `(n × p, d)`. offset: `(n × p,)`. free: `(n,)`."""

    paths: tuple[Path, ...]
    features: Vector
    offset: Vector
    free: Vector


class BanditPolicy:
    """Chooses from what `store` holds, and teaches it."""

    def __init__(self, store: Store, settings: BanditSettings | None = None) -> None:
        self._store = store
        self._settings = settings or BanditSettings()
        self.model = Model.from_bytes(store.model())

    @property
    def name(self) -> str:
        return f"bandit-1/{self.model.trained}"

    # -- choosing ------------------------------------------------------------------------------------------------

    def probabilities(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Vector:
        """See `types.Policy`."""
        rows = self._rows(context, candidates)
        chances, _ = self._chances(rows, self.posterior(context.person, context.group), rng)
        return np.asarray(chances.reshape(len(candidates), -1).sum(axis=1))

    def choose(self, context: Context, candidates: Sequence[Candidate], rng: np.random.Generator) -> Recommendation:
        """See `types.Policy`. `reason.path` belongs into the log: `learn` wants it."""
        rows = self._rows(context, candidates)
        posterior = self.posterior(context.person, context.group)
        chances, best = self._chances(rows, posterior, rng)
        row = draw(chances, rng)
        place, path = row // len(rows.paths), rows.paths[row % len(rows.paths)]
        of_songs = chances.reshape(len(candidates), -1).sum(axis=1)
        chosen, probability = candidates[place], float(of_songs[place])
        motive = Motive.EXPLORING
        if best[row] > 0.0:
            known = self._store.person(context.person) is not None
            motive = self._motive(rows, posterior.mean, row, lambda m: is_true(m, context, chosen, known=known))
        return Recommendation(
            song=chosen.song,
            probability=probability,
            error=0.0 if self._settings.spread == 0.0 else float(np.sqrt(_variance(probability, self._settings))),
            reason=Reason(motive, context.goal, path, context.strongest.name, chosen.genre),
            alternatives=alternatives(of_songs, candidates, place),
            features=rows.features[row],
        )

    def expected(self, context: Context, candidates: Sequence[Candidate]) -> Vector:
        """float `(n,)`, the mean reward of each candidate on its better path, by the posterior."""
        rows = self._rows(context, candidates)
        scores = rows.offset + rows.features @ self.posterior(context.person, context.group).mean
        return np.asarray(scores.reshape(len(candidates), -1).max(axis=1))

    def _rows(self, context: Context, candidates: Sequence[Candidate]) -> _Rows:
        free = allowed(context, candidates, self._settings.repeat_after)
        known = self._store.factors([c.song for c in candidates])
        own = [self._own(known.get(c.song)) for c in candidates]
        ways = paths(context.goal)
        features = np.repeat([factors for factors, _, _ in own], len(ways), axis=0)
        if self.model.described:
            described = np.stack([describe(context, candidates, path) for path in ways], axis=1)
            features = np.concatenate([described.reshape(len(features), SIZE), features], axis=1)
        return _Rows(ways, features, np.repeat([offset for _, offset, _ in own], len(ways)), free)

    def _own(self, song: SongFactors | None) -> tuple[Vector, float, float]:
        """A song's factors, the score that it has for everybody, and the noise."""
        if song is None:
            return np.zeros(self.model.factors), self.model.overall, self.model.noise
        if len(song.factors) != self.model.factors:
            raise RecommenderError("Factors and model do not belong together; run `feeling recommend train` again.")
        return song.factors, self.model.overall + song.mean, song.noise

    def _chances(self, rows: _Rows, posterior: Gaussian, rng: np.random.Generator) -> tuple[Vector, Vector]:
        """float `(n × p,)` each: the chance of every row, and the share of draws in which it is best."""
        settings = self._settings
        free = np.repeat(rows.free, len(rows.paths))
        if settings.spread == 0.0:
            weights = posterior.mean[:, None]
        else:
            weights = posterior.draws(settings.draws, rng, settings.spread)
        scores = rows.offset[:, None] + rows.features @ weights
        if settings.optimism:
            variance = np.einsum("nd,de,ne->n", rows.features, posterior.covariance, rows.features)
            scores = scores + settings.optimism * np.sqrt(np.maximum(variance, 0.0))[:, None]
        winners = np.argmax(np.where(free[:, None] > 0.0, scores, -np.inf), axis=0)
        best = np.bincount(winners, minlength=len(free)) / len(winners)
        return (1.0 - settings.explore) * best + settings.explore * free / free.sum(), best

    def _motive(self, rows: _Rows, weights: Vector, row: int, true: Callable[[Motive], bool]) -> Motive:
        """The features that spoke most for the row, of those whose words are true, against the mean of all songs."""
        free = np.repeat(rows.free, len(rows.paths)) > 0.0
        ahead = (rows.features[row] - rows.features[free].mean(axis=0)) * weights
        taste = rows.offset[row] - rows.offset[free].mean() + (ahead[SIZE:] if self.model.described else ahead).sum()
        votes: dict[Motive, float] = {Motive.TASTE: float(taste)}
        for motive, value in zip(MOTIVES, ahead if self.model.described else (), strict=False):
            votes[motive] = votes.get(motive, 0.0) + float(value)
        votes = {motive: value for motive, value in votes.items() if true(motive)} or {Motive.ANY: 0.0}
        strongest = max(votes, key=lambda motive: votes[motive])
        return strongest if votes[strongest] > 1e-9 else Motive.ANY

    # -- learning ------------------------------------------------------------------------------------------------

    def posterior(self, person: str, group: str) -> Gaussian:
        """What is believed of a person's weights: their own rewards, the rest of their group, all other groups."""
        own = self._store.person(person)
        wide = self._common(own, group).widened(self.model.level("person") ** 2)
        return wide if own is None else wide.given(own)

    def common(self, person: str, group: str) -> Gaussian:
        """What is believed of the weights of a person's group, without that person."""
        return self._common(self._store.person(person), group)

    def _common(self, own: Statistics | None, group: str) -> Gaussian:
        groups = dict(self._store.groups())
        if own is not None and own.group in groups:
            # the person's own part must not count twice
            groups[own.group] += -passed_up(own, self.model.level("person") ** 2)
        return self._group(groups, group)

    def _group(self, groups: dict[str, Statistics], group: str) -> Gaussian:
        """The weights of a group, from its people and, more weakly, from the other groups."""
        variance = self.model.level("group") ** 2
        common = Gaussian(self.model.level("mean"), np.diag(self.model.level("overall") ** 2))
        others = [passed_up(seen, variance) for name, seen in groups.items() if name != group]
        if others:
            common = common.given(sum(others[1:], start=others[0]))
        common = common.widened(variance)
        return common.given(groups[group]) if group in groups else common

    def learn(
        self,
        person: str,
        group: str,
        song: str,
        features: Vector,
        reward: float | None,
        instead_of: float | None = None,
    ) -> None:
        """See `types.Policy`; `features` as the `Recommendation` had them.

        The song's factors among them are taken anew, for there may have been a training in between.
        """
        described = features[: SIZE * self.model.described]
        known, offset, noise = self._own(self._store.factors([song]).get(song))
        own = np.concatenate([described, known])
        seen = Statistics.empty(len(own), group)
        if reward is not None:
            seen += observed(own, reward - offset, noise)
        if instead_of is not None:
            seen += -observed(own, instead_of - offset, noise)
        variance = self.model.level("person") ** 2

        def change(old: Statistics | None) -> tuple[Statistics, dict[Key, Statistics]]:
            # who has changed their group takes everything along
            new = (
                seen
                if old is None
                else Statistics(old.precision + seen.precision, old.shift + seen.shift, old.count + seen.count, group)
            )
            added = {Key(Scope.GROUP, group): passed_up(new, variance)}
            if old is not None:
                less = Key(Scope.GROUP, old.group)
                gone = -passed_up(old, variance)
                added[less] = added[less] + gone if less in added else gone
            return new, added

        self._store.revise(person, change)

    def forget(self, person: str) -> None:
        """Takes a person's part out of everything that was learned online; factors lose theirs at the next training."""
        variance = self.model.level("person") ** 2

        def change(old: Statistics | None) -> tuple[None, dict[Key, Statistics]]:
            return None, {} if old is None else {Key(Scope.GROUP, old.group): -passed_up(old, variance)}

        self._store.revise(person, change)


def _variance(probability: float, settings: BanditSettings) -> float:
    """Of a chance around the posterior's own, by the binomial of the draws."""
    if settings.explore >= 1.0:
        return 0.0
    share = min(max(probability / (1.0 - settings.explore), 0.0), 1.0)
    return share * (1.0 - share) / settings.draws * (1.0 - settings.explore) ** 2
