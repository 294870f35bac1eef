"""Latent tastes learned from a log: Bayesian matrix factorisation, brought down to one Gaussian.

A reward of person u for song i is Gaussian around `mean_i + bias_u + v_i · z_u`; songs `(mean, v)` come from a
mixture of Gaussians with one covariance, which is learned too: kinds of music, found in the log. How many people knew
a song before moves where it is expected. Salakhutdinov & Mnih (2008), "Bayesian probabilistic matrix factorization
using Markov chain Monte Carlo", ICML, whose songs are all of one kind; Simm et al. (2017), "Macau: scalable Bayesian
factorization with high-dimensional side information using MCMC", MLSP, for the regression. The samples of the chain
say together how any two songs go along in people's taste, a covariance of songs. People also like traits together
that they do not like alone, so a part of it goes by the square of the songs' correlation (a polynomial kernel of
degree two). Its leading eigenvectors are the factors. A person's taste is then one Gaussian of mean 0 and variance 1
for each factor, which the policy updates exactly.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.types import Vector

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FactorSettings:
    """How factors are learned.

    ranks: latent dimensions of each chain; chains are averaged. factors: kept of all of them. pairs: 0 to 1, the part
    of people's taste that is for two factors together. kinds: of songs, at most. burn: sweeps thrown away. samples,
    thin: kept sweeps of a chain, and sweeps between two. evenness: 0 to 1, how far people who use a wide range of
    rewards are brought to the same range as others. caution: the noise is multiplied by it, for the loadings are
    uncertain too and a person's taste must not be believed too soon.
    """

    ranks: tuple[int, ...] = (6, 8, 10, 12, 16) * 2
    factors: int = 24
    pairs: float = 0.7
    kinds: int = 20
    burn: int = 60
    samples: int = 30
    thin: int = 3
    evenness: float = 0.6
    caution: float = 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """overall: mean reward. mean: float `(songs,)`, less the overall mean. loadings: float `(songs, factors)`. noise:
    variance of a reward around them."""

    overall: float
    mean: Vector
    loadings: Vector
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Rewards in a list. person, song: int `(n,)`, from 0. value: float `(n,)`. known: bool `(n,)`, whether the person
    knew the song before; None where nobody was asked."""

    person: Indices
    song: Indices
    value: Vector
    known: npt.NDArray[np.bool_] | None = None


def learn_factors(ratings: Ratings, songs: int, rng: np.random.Generator, settings: FactorSettings) -> Factors:
    """The factors of `songs` songs from at least two people. Time grows with ratings × rank² × sweeps."""
    people = int(ratings.person.max()) + 1 if len(ratings.person) else 0
    if people < 2 or np.ptp(ratings.value) <= 0.0:
        raise RecommenderError("Factors need different rewards of at least two people; collect more feedback first.")
    overall, spread = float(ratings.value.mean()), float(ratings.value.std())
    # in units of the spread, so that the priors suit any scale of rewards
    value = _evened(ratings, people, settings.evenness) / spread
    about = _fame(ratings, songs)
    chains = [
        _Chain(ratings.person, ratings.song, value, people, about, (rank, settings.kinds), rng)
        for rank in settings.ranks
    ]
    means, columns, noises = [], [], []
    for chain in chains:
        for sweep in range(settings.burn + settings.samples * settings.thin):
            chain.sweep()
            if sweep >= settings.burn and (sweep - settings.burn) % settings.thin == settings.thin - 1:
                bias = np.full((songs, 1), np.sqrt(chain.bias_variance))
                means.append(chain.songs[:, 0].copy())
                columns += [bias, chain.songs[:, 1:].copy()]
                noises.append(1.0 / chain.precision)
    stacked = np.concatenate(columns, axis=1) / np.sqrt(len(means))
    loadings = _leading(_paired(_leading(stacked, settings.factors), settings.pairs), settings.factors)
    lost = float(((stacked**2).sum(axis=1) - (loadings**2).sum(axis=1)).mean())
    return Factors(
        overall,
        np.mean(means, axis=0) * spread,
        loadings * spread,
        (float(np.mean(noises)) + max(lost, 0.0)) * spread**2 * settings.caution,
    )


def _leading(columns: Vector, most: int) -> Vector:
    """The factors F for which F Fᵀ is nearest to `columns` times its transpose, largest first."""
    # of the two squares with the same eigenvalues the smaller
    if columns.shape[1] > columns.shape[0]:
        values, vectors = np.linalg.eigh(columns @ columns.T)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1][:, :most])
    return np.asarray((columns @ np.linalg.eigh(columns.T @ columns).eigenvectors)[:, ::-1][:, :most])


def _paired(loadings: Vector, share: float) -> Vector:
    """The loadings, and the products of any two; that `share` of each song's variance goes to the products."""
    length = np.maximum(np.linalg.norm(loadings, axis=1), 1e-9)[:, None]
    products = (loadings[:, :, None] * loadings[:, None, :]).reshape(len(loadings), -1) / length
    return np.concatenate([np.sqrt(1.0 - share) * loadings, np.sqrt(share) * products], axis=1)


def _fame(ratings: Ratings, songs: int) -> Vector:
    """float `(songs, 1)`: the root of the share of people who knew each song, standardised; `(songs, 0)` if unknown."""
    if ratings.known is None or not ratings.known.any():
        return np.zeros((songs, 0))
    # five people's worth of the common share: a song that few rated is not taken for well or little known
    common = ratings.known.mean()
    known = np.bincount(ratings.song, ratings.known, songs) + 5.0 * common
    root = np.sqrt(known / (np.bincount(ratings.song, minlength=songs) + 5.0))
    return np.asarray((root - root.mean()) / max(root.std(), 1e-9))[:, None]


def _evened(ratings: Ratings, people: int, evenness: float) -> Vector:
    """Rewards less their overall mean, each person's drawn together or apart to a more common spread."""
    value = ratings.value - ratings.value.mean()
    count = np.bincount(ratings.person, minlength=people)
    own = np.bincount(ratings.person, value, people) / np.maximum(count, 1)
    rest = value - own[ratings.person]
    common = float((rest**2).mean())
    # ten rewards' worth of the common spread: a person of few rewards is not stretched
    variance = (np.bincount(ratings.person, rest**2, people) + 10.0 * common) / (count + 10.0)
    scale = (common / variance) ** (evenness / 2)
    return np.asarray(own[ratings.person] + rest * scale[ratings.person])


class _Chain:
    """A Gibbs sampler. songs: `(songs, 1 + rank)`, mean and loadings. people: `(people, 1 + rank)`, bias and taste."""

    def __init__(
        self,
        person: Indices,
        song: Indices,
        value: Vector,
        people: int,
        about: Vector,
        shape: tuple[int, int],
        rng: np.random.Generator,
    ) -> None:
        """about: float `(songs, p)`, what the songs' prior means are regressed on. shape: rank and kinds."""
        songs, (rank, self._kinds) = len(about), shape
        self._about = about
        self._kind = rng.integers(self._kinds, size=songs)
        self._rng, self._person, self._song, self._value = rng, person, song, value
        self._by_person = _grouped(person, song, people)
        self._by_song = _grouped(song, person, songs)
        self.songs = rng.normal(scale=0.2, size=(songs, 1 + rank))
        count = np.bincount(song, minlength=songs)
        self.songs[:, 0] = np.bincount(song, value, songs) / (count + 5.0)
        self.people = rng.normal(size=(people, 1 + rank))
        self.bias_variance = 0.3
        self.precision = 1.5

    def sweep(self) -> None:
        """One draw of everything given the rest."""
        rank = self.songs.shape[1] - 1
        tall = np.concatenate([np.ones((len(self.songs), 1)), self.songs[:, 1:]], axis=1)
        prior = np.diag(np.concatenate([[1.0 / self.bias_variance], np.ones(rank)]))
        rest = self._value - self.songs[self._song, 0]
        self.people, _ = self._solve(self._by_person, tall, rest, prior, np.zeros(1 + rank))
        bias = self.people[:, 0]
        self.bias_variance = (1.0 + float(bias @ bias)) / self._rng.chisquare(4 + len(bias))
        precision, means = self._draw_prior()
        tall = np.concatenate([np.ones((len(self.people), 1)), self.people[:, 1:]], axis=1)
        rest = self._value - bias[self._person]
        self.songs, error = self._solve(self._by_song, tall, rest, precision, means @ precision)
        self.precision = self._rng.chisquare(len(rest)) / error

    def _solve(
        self, groups: list[tuple[Indices, Indices]], tall: Vector, rest: Vector, prior: Vector, shift: Vector
    ) -> tuple[Vector, float]:
        """A draw of each group's coefficients from their Gaussian posterior, and the squared errors that it leaves."""
        size = tall.shape[1]
        left = np.empty((len(groups), size, size))
        right = np.empty((len(groups), size, 1))
        for i, (places, others) in enumerate(groups):
            rows = tall.take(others, axis=0)
            np.matmul(rows.T, rows, out=left[i])
            right[i, :, 0] = rest.take(places) @ rows
        precision = self.precision * left + prior
        # a normal draw times the precision's root, solved with the mean, has the inverse as its covariance
        noise = np.linalg.cholesky(precision) @ self._rng.normal(size=right.shape)
        drawn = np.linalg.solve(precision, self.precision * right + np.reshape(shift, (-1, size, 1)) + noise)
        error = rest @ rest + float((drawn * (left @ drawn - 2.0 * right)).sum())
        return np.asarray(drawn[..., 0]), float(error)

    def _draw_prior(self) -> tuple[Vector, Vector]:
        """The songs' common precision and each song's prior mean `(songs, 1 + rank)`; draws the kinds anew."""
        count, size = self.songs.shape
        design = np.concatenate([np.eye(self._kinds)[self._kind], self._about], axis=1)
        # each kind's mean, and each slope, has a standard normal prior in units of the songs' covariance
        inverse = np.linalg.inv(design.T @ design + np.eye(design.shape[1]))
        effects = inverse @ design.T @ self.songs
        centred = self.songs - design @ effects
        scatter = 0.3 * np.eye(size) + centred.T @ centred + effects.T @ effects
        freedom = size + 1 + count
        # Bartlett's decomposition of a Wishart draw
        factor = np.tril(self._rng.normal(size=(size, size)), -1)
        factor[np.diag_indices(size)] = np.sqrt(self._rng.chisquare(freedom - np.arange(size)))
        half = np.linalg.cholesky(np.linalg.inv(scatter)) @ factor
        precision = half @ half.T
        lower = np.linalg.cholesky(np.linalg.inv(precision))
        effects += np.linalg.cholesky(inverse) @ self._rng.normal(size=effects.shape) @ lower.T
        means, moved = effects[: self._kinds], self._about @ effects[self._kinds :]
        far = (((self.songs - moved)[:, None, :] - means[None]) @ half) ** 2
        share = np.log(self._rng.gamma(design[:, : self._kinds].sum(axis=0) + 1.0))
        self._kind = np.argmax(share - 0.5 * far.sum(axis=2) + self._rng.gumbel(size=(count, self._kinds)), axis=1)
        return precision, means[self._kind] + moved


def _grouped(index: Indices, other: Indices, groups: int) -> list[tuple[Indices, Indices]]:
    """The places of each value of `index`, and what `other` has there."""
    order = np.argsort(index, kind="stable")
    places = np.split(order, np.searchsorted(index[order], np.arange(1, groups)))
    return [(group, other[group]) for group in places]
