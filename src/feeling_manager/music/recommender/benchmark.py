"""How well the policy learns people's taste, on ratings of songs that were given to them at random.

Protocol: learn from some people, then for each unseen one recommend 30 of the tracks that they rated, one at a time,
seeing each rating after its choice; the figure is the share that they liked (3 or more of 4) among the 30, mean over
people. The ratings of CM100k are such (Cañamares & Castells 2018, "Should I follow the crowd?", SIGIR), so the figure
is unbiased. The policy is the service's own, its songs described by nothing but their factors. Where the file tells
which tracks people knew before, that of the learners is used, never that of who is tested.
It draws nothing: it takes the best, with a bonus for what it is unsure of that shrinks with the choices left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.factors import Factors, FactorSettings, Ratings, learn_factors
from feeling_manager.music.recommender.model import MemoryStore, Model
from feeling_manager.music.recommender.types import Candidate, Context, SongFactors, Store

LIKED = 3
GIVEN = 30
Reveal = Callable[[str], int]
"""The rating of a track, 1 to 4; asked for only after the track was chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedTracks:
    """A file of ratings. user, track: ids. rating: int 1 to 4. known: whether the user knew the track before;
    False where the file does not tell. All of one length, no user rated a track twice."""

    user: npt.NDArray[np.str_]
    track: npt.NDArray[np.str_]
    rating: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]

    def of(self, user: str) -> dict[str, int]:
        """A user's ratings by track."""
        rows = self.user == user
        return dict(zip(self.track[rows].tolist(), self.rating[rows].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class BenchmarkSettings:
    """seed: of the factors' chains. optimism: of the policy at the first choice, falling with the square of the
    choices left. factors: how they are learned."""

    seed: int = 0
    optimism: float = 1.5
    factors: FactorSettings = field(default_factory=FactorSettings)


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """Shares of liked tracks among the 30, mean over users. users: how many were tested."""

    liked_share: float
    random: float
    popular: float
    oracle: float
    users: int
    per_user: dict[str, float]


def read_ratings(lines: Sequence[str]) -> RatedTracks:
    """Lines of a table with a header and the tab-separated columns user, track, rating, in any order, and others; of
    those `known` is read, 1 or 0.

    Raises `RecommenderError` where it is something else.
    """
    header = lines[0].rstrip("\r\n").split("\t") if lines else []
    if not {"user", "track", "rating"} <= set(header):
        raise RecommenderError("A file of ratings begins with a line that names its columns: user, track, rating.")
    places = [header.index(name) for name in ("user", "track", "rating")]
    asked = header.index("known") if "known" in header else None
    rows: dict[tuple[str, str], int] = {}
    known = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != len(header) or cells[places[2]] not in ("1", "2", "3", "4"):
            raise RecommenderError(f"Line {number} of the ratings is not {len(header)} cells with a rating of 1 to 4.")
        key = cells[places[0]], cells[places[1]]
        if key in rows:
            raise RecommenderError(
                f"Line {number}: user {key[0]} has rated track {key[1]} before; keep one of the two."
            )
        rows[key] = int(cells[places[2]])
        known.append(asked is not None and cells[asked] == "1")
    if not rows:
        raise RecommenderError("There is no rating in the file.")
    users, tracks = zip(*rows, strict=True)
    return RatedTracks(
        np.array(users), np.array(tracks), np.array(list(rows.values()), dtype=np.int64), np.array(known)
    )


def learn(ratings: RatedTracks, users: Sequence[str], settings: BenchmarkSettings) -> tuple[Factors, list[str]]:
    """Factors from those users alone, and the tracks in their order."""
    rows = np.isin(ratings.user, np.array(users))
    tracks, song = np.unique(ratings.track[rows], return_inverse=True)
    _, person = np.unique(ratings.user[rows], return_inverse=True)
    # ratings 1 to 4 as rewards 0 to 1
    rewards = Ratings(person, song, (ratings.rating[rows].astype(np.float64) - 1.0) / 3.0, ratings.known[rows])
    return learn_factors(rewards, len(tracks), np.random.default_rng(settings.seed), settings.factors), tracks.tolist()


def fill(store: MemoryStore, factors: Factors, tracks: Sequence[str]) -> None:
    """Puts factors into a store as those of songs that nothing else is known of."""
    model = Model(
        factors=factors.loadings.shape[1], noise=factors.noise, overall=factors.overall, described=False, trained=1
    )
    songs = {
        track: SongFactors(float(mean), row, factors.noise)
        for track, mean, row in zip(tracks, factors.mean, factors.loadings, strict=True)
    }
    store.replace(model.to_bytes(), {}, songs)


def recommend(store: Store, user: str, tracks: Sequence[str], reveal: Reveal, optimism: float) -> list[int]:
    """The ratings of 30 tracks that the policy chose for a user, in that order, learning from each."""
    rng = np.random.default_rng(0)
    # a fixed order that has nothing to do with the file's
    left = {track: Candidate(song=track, genre=10) for track in sorted(tracks)}
    seen = []
    context = Context(person=user)
    for done in range(min(GIVEN, len(left))):
        # what is learned early pays longer
        bonus = optimism * (1.0 - done / GIVEN) ** 2
        policy = BanditPolicy(store, BanditSettings(explore=0.0, spread=0.0, optimism=bonus))
        given = policy.choose(context, list(left.values()), rng)
        del left[given.song]
        rating = reveal(given.song)
        seen.append(rating)
        policy.learn(user, context.group, given.song, given.features, (rating - 1.0) / 3.0)
    return seen


def run(
    ratings: RatedTracks,
    learners: Sequence[str],
    tested: Sequence[str],
    settings: BenchmarkSettings | None = None,
    progress: Callable[[int], None] | None = None,
) -> BenchmarkResult:
    """The whole benchmark. Every tested user starts from what the learners taught, and from nobody else.

    Raises `RecommenderError` where the two overlap, a user has no ratings, or a tested one has fewer than 30.
    """
    _check(ratings, learners, tested)
    settings = settings or BenchmarkSettings()
    factors, tracks = learn(ratings, learners, settings)
    store = MemoryStore()
    fill(store, factors, tracks)
    shares: dict[str, float] = {}
    by_chance, by_fame, at_best = [], [], []
    fame = _fame(ratings, learners)
    for done, user in enumerate(tested, start=1):
        own = ratings.of(user)
        given = recommend(store, user, list(own), own.__getitem__, settings.optimism)
        BanditPolicy(store).forget(user)
        shares[user] = _liked(given)
        by_chance.append(_liked(list(own.values())))
        famous = sorted(sorted(own), key=lambda track: -fame.get(track, 0.25))[:GIVEN]
        by_fame.append(_liked([own[track] for track in famous]))
        at_best.append(_liked(sorted(own.values(), reverse=True)[:GIVEN]))
        if progress:
            progress(done)
    return BenchmarkResult(
        liked_share=float(np.mean(list(shares.values()))),
        random=float(np.mean(by_chance)),
        popular=float(np.mean(by_fame)),
        oracle=float(np.mean(at_best)),
        users=len(tested),
        per_user=shares,
    )


def _check(ratings: RatedTracks, learners: Sequence[str], tested: Sequence[str]) -> None:
    both = set(learners) & set(tested)
    if both:
        raise RecommenderError(f"User {min(both)} is to be learned from and tested; name each user once.")
    if len(set(tested)) < len(tested) or not tested or not learners:
        raise RecommenderError("Name at least one user to learn from and one to test, and none twice.")
    users, counts = np.unique(ratings.user, return_counts=True)
    known = dict(zip(users.tolist(), counts.tolist(), strict=True))
    for user in [*learners, *tested]:
        if user not in known:
            raise RecommenderError(f"User {user} has no ratings in the file.")
    for user in tested:
        if known[user] < GIVEN:
            raise RecommenderError(f"User {user} has {known[user]} ratings; a test takes {GIVEN} or more.")
        if known[user] > 200:
            raise RecommenderError(f"User {user} has {known[user]} ratings; the policy takes 200 candidates at most.")


def _fame(ratings: RatedTracks, learners: Sequence[str]) -> dict[str, float]:
    """The share of learners who liked a track, pulled towards one of four."""
    rows = np.isin(ratings.user, np.array(learners))
    tracks, index = np.unique(ratings.track[rows], return_inverse=True)
    liked = np.bincount(index, ratings.rating[rows] >= LIKED)
    share = (liked + 1.0) / (np.bincount(index) + 4.0)
    return dict(zip(tracks.tolist(), share.tolist(), strict=True))


def _liked(given: Sequence[int]) -> float:
    return float(np.mean(np.array(given) >= LIKED))
