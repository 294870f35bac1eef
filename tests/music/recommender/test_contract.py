"""What every policy promises, whatever it learns."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from feeling_manager.labels import ANGER, HAPPINESS, SADNESS, Emotion
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import NoSongError, RecommenderError
from feeling_manager.music.recommender.model import MemoryStore, Model
from feeling_manager.music.recommender.reasons import sentence
from feeling_manager.music.recommender.retrieval import MemoryIndex, retrieve
from feeling_manager.music.recommender.simple import genre_policy, popular_policy, random_policy
from feeling_manager.music.recommender.types import Candidate, Context, Goal, Motive, Policy, SongFactors, picked

RNG = np.random.default_rng(3)
SONGS = [
    Candidate(
        song=f"s{i}",
        genre=i % 10 + 1,
        mood=RNG.random(13),
        valence=float(RNG.uniform(-1, 1)),
        arousal=float(RNG.uniform(-1, 1)),
        plays=i,
        likes=i // 3,
        age=float(i),
    )
    for i in range(40)
]
CONTEXT = Context(
    person="ann", emotion=picked(SADNESS), goal=Goal.LIFT, preferences=frozenset({2, 3}), recent={"s4": 60.0, "s5": 9e5}
)


def taught() -> BanditPolicy:
    store = MemoryStore()
    factors = {s.song: SongFactors(0.01 * i, RNG.normal(size=4) * 0.1, 0.05) for i, s in enumerate(SONGS[:30])}
    store.replace(Model(factors=4, trained=1).to_bytes(), {}, factors)
    policy = BanditPolicy(store)
    for person, group in (("ann", "all"), ("bob", "all"), ("cho", "ko")):
        for i in range(12):
            given = policy.choose(replace(CONTEXT, person=person, group=group), SONGS, np.random.default_rng(i))
            policy.learn(person, group, given.song, given.features, i % 3 / 2)
    return policy


MAKERS: dict[str, Callable[[], Policy]] = {
    "random": random_policy,
    "genre": genre_policy,
    "popular": popular_policy,
    "bandit, new": lambda: BanditPolicy(MemoryStore()),
    "bandit, taught": taught,
    "bandit, greedy": lambda: BanditPolicy(MemoryStore(), BanditSettings(explore=0.0, spread=0.0)),
    "bandit, optimistic": lambda: BanditPolicy(MemoryStore(), BanditSettings(optimism=1.0)),
    "bandit, exploring": lambda: BanditPolicy(MemoryStore(), BanditSettings(explore=1.0)),
}


@pytest.fixture(params=list(MAKERS))
def policy(request: pytest.FixtureRequest) -> Policy:
    return MAKERS[request.param]()


def test_gives_no_banned_song_and_none_again(policy: Policy) -> None:
    """Nor one played within the set time, but one played longer ago."""
    banned = frozenset(s.song for s in SONGS[6:])
    context = replace(CONTEXT, banned=banned)
    chances = policy.probabilities(context, SONGS, np.random.default_rng(0))
    assert chances[4] == 0.0
    assert not chances[6:].any()
    assert {policy.choose(context, SONGS, np.random.default_rng(i)).song for i in range(60)} <= {
        "s0", "s1", "s2", "s3", "s5"
    }  # fmt: skip
    only = replace(CONTEXT, banned=frozenset(s.song for s in SONGS if s.song != "s5"))
    assert policy.choose(only, SONGS, np.random.default_rng(0)).song == "s5"


def test_says_when_no_song_is_left(policy: Policy) -> None:
    for context, songs in (
        (replace(CONTEXT, banned=frozenset(s.song for s in SONGS)), SONGS),
        (replace(CONTEXT, recent={s.song: 1.0 for s in SONGS}), SONGS),
        (CONTEXT, []),
    ):
        with pytest.raises(NoSongError):
            policy.choose(context, songs, np.random.default_rng(0))


def test_refuses_candidates_that_are_too_many_or_twice(policy: Policy) -> None:
    with pytest.raises(RecommenderError, match="200"):
        policy.choose(CONTEXT, [replace(SONGS[0], song=f"x{i}") for i in range(201)], np.random.default_rng(0))
    with pytest.raises(RecommenderError, match="twice"):
        policy.choose(CONTEXT, [*SONGS, SONGS[0]], np.random.default_rng(0))


def test_probabilities_sum_to_one_and_are_the_frequencies(policy: Policy) -> None:
    songs = SONGS[:12]
    runs = 400
    chances = np.zeros(len(songs))
    counts: Counter[str] = Counter()
    for seed in range(runs):
        given = policy.choose(CONTEXT, songs, np.random.default_rng(seed))
        counts[given.song] += 1
        if seed % 8 == 0:
            own = policy.probabilities(CONTEXT, songs, np.random.default_rng(seed))
            assert own.sum() == pytest.approx(1.0)
            assert (own >= 0.0).all()
            assert own[[s.song for s in songs].index(given.song)] == given.probability > 0.0
            assert sum(a.probability for a in given.alternatives) + given.probability <= 1.0 + 1e-9
            assert given.song not in {a.song for a in given.alternatives}
            chances += own
    chances = np.clip(chances / (runs / 8), 0.0, 1.0)
    found = np.array([counts[s.song] for s in songs]) / runs
    # five standard errors of the counts, and of the chances' own mean
    assert (np.abs(found - chances) <= 5 * np.sqrt(chances * (1 - chances) / runs) + 0.01).all()


def test_a_seed_decides(policy: Policy) -> None:
    for seed in range(5):
        first, second = (policy.choose(CONTEXT, SONGS, np.random.default_rng(seed)) for _ in range(2))
        assert (first.song, first.probability, first.reason, first.alternatives) == (
            second.song, second.probability, second.reason, second.alternatives
        )  # fmt: skip


def test_states_its_error(policy: Policy) -> None:
    """A chance differs from seed to seed by no more than the error that is stated, where it has one."""
    found = [policy.choose(CONTEXT, SONGS, np.random.default_rng(seed)) for seed in range(60)]
    assert all(0.0 <= r.error <= 0.5 / np.sqrt(256) for r in found)
    chances = np.array([policy.probabilities(CONTEXT, SONGS, np.random.default_rng(seed)) for seed in range(60)])
    mean = chances.mean(axis=0)
    assert (chances.std(axis=0) <= 1.5 * np.sqrt(mean * (1 - mean) / 256) + 1e-9).all()


@pytest.mark.parametrize("context", [CONTEXT, Context(person="new"), replace(CONTEXT, goal=Goal.CALM, group="ko")])
def test_says_why_in_two_languages(policy: Policy, context: Context) -> None:
    reason = policy.choose(context, SONGS, np.random.default_rng(0)).reason
    assert reason.goal is context.goal
    english, korean = sentence(reason), sentence(reason, "ko")
    assert english.endswith(".")
    assert english.isascii()
    assert any("가" <= c <= "힣" for c in korean)
    assert korean.count(".") == english.count(".") == 1


def test_every_reason_has_its_words() -> None:
    base = random_policy().choose(CONTEXT, SONGS, np.random.default_rng(0)).reason
    for lang in ("en", "ko"):
        said = {sentence(base._replace(motive=m, goal=g), lang) for m in Motive for g in Goal}
        assert len(said) == len(Motive) * len(Goal)


class Catalogue:
    """A million songs, of which nothing is held but a number: an index that could be a database's."""

    size = 1_000_000

    def _songs(self, start: float, count: int, first: int, step: int) -> list[str]:
        begin = int(start * self.size) // step * step + first
        return [f"m{(begin + i * step) % self.size}" for i in range(count)]

    def scan(self, start: float, count: int) -> list[str]:
        return self._songs(start, count, 0, 1)

    def scan_genre(self, genre: int, start: float, count: int) -> list[str]:
        return self._songs(start, count, genre - 1, 10)

    def scan_cell(self, number: int, start: float, count: int) -> list[str]:
        return self._songs(start, count, number, 100)

    def liked(self, count: int) -> list[str]:
        return [f"m{i}" for i in range(count)]


def test_a_million_songs_are_200_candidates(policy: Policy) -> None:
    context = replace(CONTEXT, banned=frozenset({"m0", "m1", "m2"}))
    found = retrieve(context, Catalogue(), np.random.default_rng(9))
    assert len(found) == len(set(found)) == 200
    assert not context.banned & set(found)
    assert found == retrieve(context, Catalogue(), np.random.default_rng(9))
    assert found != retrieve(context, Catalogue(), np.random.default_rng(10))
    songs = [Candidate(song=song, genre=int(song[1:]) % 10 + 1) for song in found]
    assert sum(song.genre in context.preferences for song in songs) >= 80
    assert policy.choose(context, songs, np.random.default_rng(1)).song in found


def test_ten_songs_are_ten_candidates() -> None:
    index = MemoryIndex(SONGS[:10], np.random.default_rng(0))
    for seed in range(5):
        assert sorted(retrieve(CONTEXT, index, np.random.default_rng(seed))) == sorted(s.song for s in SONGS[:10])
    left = retrieve(replace(CONTEXT, banned=frozenset({"s1", "s2"})), index, np.random.default_rng(0))
    assert len(left) == 8


def test_every_song_can_be_found() -> None:
    songs = [Candidate(song=f"n{i}", genre=1) for i in range(1000)]
    index = MemoryIndex(songs, np.random.default_rng(0))
    found = {s for seed in range(60) for s in retrieve(CONTEXT, index, np.random.default_rng(seed))}
    assert len(found) == 1000


def test_genre_policy_is_the_original() -> None:
    """A random song of the genres ticked; none ticked, or none of them there: any song."""
    chances = genre_policy().probabilities(CONTEXT, SONGS, np.random.default_rng(0))
    assert {s.genre for s, p in zip(SONGS, chances, strict=True) if p > 0.0} == {2, 3}
    assert set(chances[chances > 0.0]) == {1 / 8}
    for ticked in (frozenset[int](), frozenset({99})):
        every = genre_policy().probabilities(replace(CONTEXT, preferences=ticked), SONGS, np.random.default_rng(0))
        assert (every > 0.0).sum() == len(SONGS) - 1


def test_popular_policy_gives_the_most_liked() -> None:
    songs = [replace(s, plays=10, likes=9 if s.song == "s7" else 1) for s in SONGS]
    assert popular_policy().choose(CONTEXT, songs, np.random.default_rng(0)).song == "s7"


@pytest.mark.parametrize("emotion", [HAPPINESS, ANGER])
def test_the_first_song_is_a_good_one(emotion: Emotion) -> None:
    """From preferences and mood alone: a new person's likeliest song is of a ticked genre and near the target."""
    policy = BanditPolicy(MemoryStore())
    context = replace(
        CONTEXT, person="nobody", goal=Goal.LIFT, emotion=picked(HAPPINESS if emotion is HAPPINESS else ANGER)
    )
    songs = [
        Candidate(song="good", genre=2, valence=0.8, arousal=0.5),
        Candidate(song="far", genre=2, valence=-0.8, arousal=-0.5),
        Candidate(song="other genre", genre=7, valence=0.8, arousal=0.5),
        Candidate(song="neither", genre=7, valence=-0.8, arousal=-0.5),
    ]
    expected = policy.expected(context, songs)
    assert expected[0] > max(expected[1], expected[2]) > min(expected[1], expected[2]) > expected[3]
    chances = np.mean([policy.probabilities(context, songs, np.random.default_rng(i)) for i in range(20)], axis=0)
    assert chances[0] > 0.4
