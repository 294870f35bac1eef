"""That the policy learns what it should, from anybody, in any order, and forgets who leaves."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from feeling_manager.labels import ANGER, SADNESS
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.explain import beliefs
from feeling_manager.music.recommender.factors import Factors, FactorSettings, Ratings, learn_factors
from feeling_manager.music.recommender.features import BLOCKS, NAMES, SIZE, describe
from feeling_manager.music.recommender.feedback import RewardWeights, reward
from feeling_manager.music.recommender.gaussian import Gaussian, observed, passed_up
from feeling_manager.music.recommender.goals import target
from feeling_manager.music.recommender.model import MemoryStore, Model
from feeling_manager.music.recommender.training import Lesson, train
from feeling_manager.music.recommender.types import (
    Candidate,
    Context,
    Feedback,
    Goal,
    Key,
    Path,
    Scope,
    Statistics,
    Vector,
    picked,
)

GREEDY = BanditSettings(explore=0.0, spread=0.0)


def test_levels_agree_with_one_big_gaussian() -> None:
    """Adding up and passing up gives what conditioning everything at once gives."""
    rng = np.random.default_rng(0)
    size, noise = 3, 0.5
    v0, vg, vp = np.array([1.0, 0.5, 0.0]), np.array([0.4, 0.0, 0.0]), np.array([0.3, 0.6, 1.0])
    data = [(g, p, rng.normal(size=size), rng.normal()) for g in (0, 1) for p in (0, 1) for _ in range(4)]
    # weights in one long vector: global, two groups' and four people's deviations
    design = np.zeros((len(data), 7 * size))
    for row, (g, p, x, _) in zip(design, data, strict=True):
        for part in (0, 1 + g, 3 + 2 * g + p):
            row[part * size : (part + 1) * size] = x
    prior = np.diag(np.concatenate([v0, vg, vg, *[vp] * 4]))
    gain = prior @ design.T @ np.linalg.inv(design @ prior @ design.T + noise * np.eye(len(data)))
    mean = gain @ np.array([y for *_, y in data])
    wanted = mean[:size] + mean[size : 2 * size] + mean[3 * size : 4 * size]

    def own(g: int, p: int) -> Statistics:
        parts = [observed(x, y, noise) for gg, pp, x, y in data if (gg, pp) == (g, p)]
        return sum(parts[1:], start=parts[0])

    other = passed_up(own(1, 0), vp) + passed_up(own(1, 1), vp)
    common = Gaussian(np.zeros(size), np.diag(v0)).given(passed_up(other, vg)).widened(vg)
    person = common.given(passed_up(own(0, 1), vp)).widened(vp).given(own(0, 0))
    np.testing.assert_allclose(person.mean, wanted, atol=1e-9)


def songs(count: int = 30) -> list[Candidate]:
    rng = np.random.default_rng(5)
    return [
        Candidate(song=f"s{i}", genre=i % 10 + 1, valence=float(rng.uniform(-1, 1)), arousal=float(rng.uniform(-1, 1)))
        for i in range(count)
    ]


def teach(policy: BanditPolicy, person: str, group: str, liked: int, plays: int = 25) -> list[Lesson]:
    lessons = []
    for i in range(plays):
        context = Context(person=person, group=group, preferences=frozenset({1}))
        song = songs()[(7 * i) % 30]
        features = np.concatenate([describe(context, [song], Path.DIRECT)[0], np.zeros(policy.model.factors)])
        lessons.append(Lesson(person, group, song.song, features, float(song.genre == liked)))
        policy.learn(*lessons[-1])
    return lessons


def taste(policy: BanditPolicy, person: str, group: str) -> Vector:
    expected = policy.expected(Context(person=person, group=group), songs(10))
    return np.asarray(expected)


def test_learns_a_person_and_lends_to_their_group() -> None:
    policy = BanditPolicy(MemoryStore())
    before = taste(policy, "new", "a")
    teach(policy, "ann", "a", liked=4)
    teach(policy, "bob", "a", liked=4)
    assert taste(policy, "ann", "a").argmax() == 3
    gained = [
        taste(policy, person, group)[3] - before[3] for person, group in (("ann", "a"), ("new", "a"), ("new", "b"))
    ]
    # fourth genre against the others: most for the person, then the group, then everybody
    rest = [
        np.delete(taste(policy, person, group) - before, 3).mean()
        for person, group in (("ann", "a"), ("new", "a"), ("new", "b"))
    ]
    lead = np.array(gained) - np.array(rest)
    assert lead[0] > lead[1] > lead[2] > 0.0


def test_order_servers_and_rebuild_make_no_difference() -> None:
    one, two = MemoryStore(), MemoryStore()
    log = [*teach(BanditPolicy(one), "ann", "a", 2), *teach(BanditPolicy(one), "bob", "b", 3)]
    # two servers on one store, each with half of every person's rewards
    servers = [BanditPolicy(two), BanditPolicy(two)]
    threads = [
        threading.Thread(target=lambda s=s, part=part: [s.learn(*lesson) for lesson in part])
        for s, part in zip(servers, (log[::2], log[1::2]), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    three = MemoryStore()
    train(log).save(three)
    for other in (two, three):
        for person, group in (("ann", "a"), ("bob", "b"), ("new", "a")):
            np.testing.assert_allclose(
                taste(BanditPolicy(other), person, group), taste(BanditPolicy(one), person, group), atol=1e-8
            )


def test_a_delete_removes_a_persons_part() -> None:
    store, without = MemoryStore(), MemoryStore()
    policy = BanditPolicy(store)
    teach(policy, "ann", "a", 2)
    teach(policy, "bob", "a", 5)
    teach(BanditPolicy(without), "bob", "a", 5)
    policy.forget("ann")
    policy.forget("nobody")
    assert store.person("ann") is None
    for person in ("ann", "bob", "new"):
        np.testing.assert_allclose(taste(policy, person, "a"), taste(BanditPolicy(without), person, "a"), atol=1e-8)


def test_a_person_can_change_their_group() -> None:
    moved, stayed = BanditPolicy(MemoryStore()), BanditPolicy(MemoryStore())
    teach(moved, "ann", "a", 2, plays=5)
    for lesson in teach(stayed, "ann", "b", 2, plays=5)[:1]:
        moved.learn(*lesson)
        stayed.learn(*lesson)
    np.testing.assert_allclose(taste(moved, "new", "b"), taste(stayed, "new", "b"), atol=1e-8)


def test_a_state_goes_to_a_file_and_back() -> None:
    store = MemoryStore()
    teach(BanditPolicy(store), "ann", "a", 2)
    again = MemoryStore.from_bytes(store.to_bytes())
    np.testing.assert_array_equal(taste(BanditPolicy(again), "ann", "a"), taste(BanditPolicy(store), "ann", "a"))
    for bad in (b"", b"[]", b'{"model": null}', store.to_bytes()[:-9]):
        with pytest.raises(RecommenderError):
            MemoryStore.from_bytes(bad)


def test_statistics_survive_the_database() -> None:
    seen = observed(np.arange(5.0), 0.5, 0.1, "a")
    again = Statistics.from_bytes(seen.to_bytes(), seen.count, seen.group)
    np.testing.assert_array_equal(again.precision, seen.precision)
    np.testing.assert_array_equal(again.shift, seen.shift)
    for bad in (b"", b"12345678", seen.to_bytes()[:-8]):
        with pytest.raises(RecommenderError):
            Statistics.from_bytes(bad, 1)
    with pytest.raises(RecommenderError, match="train"):
        Model.from_bytes(b'{"wrong": 1}')


def test_training_finds_tastes_that_no_feature_shows() -> None:
    """Two hidden camps; after training a new person of one is told by a few songs."""
    rng = np.random.default_rng(1)
    log = []
    for person in range(120):
        for i in rng.choice(30, 10, replace=False):
            song = replace(songs()[i], genre=10, valence=None, arousal=None)
            features = describe(Context(person=f"p{person}"), [song], Path.DIRECT)[0]
            worth = 0.8 if i % 2 == person % 2 else 0.2
            log.append(Lesson(f"p{person}", "all", f"s{i}", features, float(np.clip(worth + rng.normal(0, 0.1), 0, 1))))
    store = MemoryStore()
    state = train(log, settings=FactorSettings(ranks=(2,), factors=3, kinds=1, burn=10, samples=10, thin=1))
    state.save(store)
    assert state.model.trained == 1200
    policy = BanditPolicy(store, GREEDY)
    plain = [replace(s, genre=10, valence=None, arousal=None) for s in songs()]
    context = Context(person="new")
    given = policy.choose(context, plain, np.random.default_rng(0))
    for song in ("s1", "s3", "s5"):
        policy.learn("new", "all", song, given.features, 0.9)
    expected = policy.expected(context, plain)
    assert expected[7::2].min() > expected[6::2].max()
    assert train(log, settings=FactorSettings(ranks=(2,), factors=3, kinds=1, burn=10, samples=10, thin=1)).factors[
        "s3"
    ].mean == pytest.approx(state.factors["s3"].mean)


def test_few_people_get_no_factors() -> None:
    log = teach(BanditPolicy(MemoryStore()), "ann", "a", 2) * 20
    state = train(log)
    assert state.model.factors == 0
    assert not state.factors
    assert train([]).statistics == {}
    with pytest.raises(RecommenderError, match="features"):
        train([log[0]._replace(features=np.zeros(3))])


def test_factors_recover_a_covariance() -> None:
    rng = np.random.default_rng(2)
    people, count = 150, 40
    loadings, mean = rng.normal(scale=0.4, size=(count, 2)), rng.normal(scale=0.3, size=count)
    scores = mean + rng.normal(size=(people, 2)) @ loadings.T + rng.normal(scale=0.3, size=(people, count))
    person, song = np.nonzero(rng.random((people, count)) < 0.5)
    settings = FactorSettings(ranks=(3,), factors=6, pairs=0.0, burn=30, samples=20, thin=1, evenness=0.0, caution=1.0)
    found: Factors = learn_factors(Ratings(person, song, scores[person, song]), count, rng, settings)
    true, got = loadings @ loadings.T, found.loadings @ found.loadings.T
    off = ~np.eye(count, dtype=bool)
    assert np.corrcoef(true[off], got[off])[0, 1] > 0.9
    assert np.corrcoef(mean, found.mean)[0, 1] > 0.9
    assert found.noise == pytest.approx(0.09, rel=0.4)
    paired = learn_factors(
        Ratings(person, song, scores[person, song]), count, np.random.default_rng(4), replace(settings, pairs=0.5)
    )
    length = np.sqrt(np.outer(np.diag(true), np.diag(true)))
    wanted = 0.5 * true + 0.5 * true**2 / length
    assert np.corrcoef(wanted[off], (paired.loadings @ paired.loadings.T)[off])[0, 1] > 0.9
    with pytest.raises(RecommenderError, match="two people"):
        learn_factors(Ratings(person * 0, song, scores[person, song]), count, rng, settings)


def test_a_song_that_many_knew_is_expected_to_be_liked() -> None:
    """Where known songs are the liked ones, that few rated a song is made up for by how many knew it."""
    rng = np.random.default_rng(3)
    people, count = 120, 60
    fame = rng.random(count)
    scores = 0.5 * (fame - 0.5) + rng.normal(scale=0.5, size=(people, count))
    person, song = np.nonzero(rng.random((people, count)) < np.where(np.arange(count) < 40, 0.5, 0.05))
    known = rng.random(len(person)) < fame[song]
    settings = FactorSettings(ranks=(2,), factors=3, burn=30, samples=30, thin=1)
    ratings = Ratings(person, song, scores[person, song])
    error = [
        np.square(
            learn_factors(replace(ratings, known=k), count, np.random.default_rng(0), settings).mean[40:] - wanted
        )
        for wanted in [0.5 * (fame[40:] - 0.5)]
        for k in (None, known)
    ]
    assert error[1].mean() < 0.7 * error[0].mean()


def test_paths_are_arms_that_are_learned() -> None:
    """Where songs on the way by steps are rewarded and straight ones are not, steps are taken."""
    policy = BanditPolicy(MemoryStore())
    context = Context(person="ann", emotion=picked(SADNESS), goal=Goal.LIFT)
    counts = []
    for phase in range(2):
        found = [policy.choose(context, songs(), np.random.default_rng(i)).reason.path for i in range(100)]
        counts.append(found.count(Path.STEPS))
        for i in range(60 * (1 - phase)):
            given = policy.choose(context, songs(), np.random.default_rng(1000 + i))
            policy.learn("ann", "all", given.song, given.features, float(given.reason.path is Path.STEPS))
    assert 10 < counts[0] < 90
    assert counts[1] > counts[0] + 10


def test_steps_lead_from_the_person_to_the_target() -> None:
    context = Context(person="ann", emotion=picked(ANGER), goal=Goal.CALM)
    places = [target(replace(context, step=i), Path.STEPS) for i in range(6)]
    far = [np.hypot(v - 0.3, a + 0.6) for v, a in places]
    assert far[0] > far[1] > far[2] > far[3] == pytest.approx(0.0)
    assert places[5] == pytest.approx(target(context, Path.DIRECT))
    assert target(replace(context, goal=Goal.MATCH), Path.DIRECT) == context.affect


def test_the_reward_is_a_weighted_mean_of_what_is_known() -> None:
    assert reward(Feedback(), Goal.MATCH) is None
    assert reward(Feedback(liked=True, played=1.0), Goal.MATCH) == 1.0
    assert reward(Feedback(liked=True, banned=True), Goal.MATCH) == 0.0
    assert reward(Feedback(skipped=True), Goal.MATCH) == 0.0
    assert reward(Feedback(played=0.5, skipped=True), Goal.MATCH) == 0.25
    assert reward(Feedback(liked=True, played=0.0), Goal.MATCH) == 0.75
    assert reward(Feedback(liked=True, played=0.0), Goal.MATCH, RewardWeights(said=1.0)) == 0.5
    assert reward(Feedback(valence=0.3), Goal.LIFT) == pytest.approx(0.75, abs=0.01)
    assert reward(Feedback(valence=0.3), Goal.CALM) is None
    assert reward(Feedback(arousal=-0.3), Goal.CALM) == pytest.approx(0.75, abs=0.01)
    assert reward(Feedback(valence=0.0, arousal=0.0), Goal.MATCH) == 1.0
    assert reward(Feedback(valence=0.3, corrected=ANGER), Goal.LIFT) is None
    for bad in (lambda: Feedback(played=1.1), lambda: Feedback(valence=3.0), lambda: RewardWeights(said=-1.0)):
        with pytest.raises(RecommenderError):
            bad()


def test_features_are_named_and_explained() -> None:
    assert len(NAMES) == len(set(NAMES)) == SIZE == sum(block.size for block in BLOCKS)
    policy = BanditPolicy(MemoryStore())
    teach(policy, "ann", "a", liked=4)
    found = beliefs(policy, "ann", "a")
    assert len(found) == SIZE
    by_name = {belief.feature: belief for belief in found}
    assert by_name["genre: trot"].weight > by_name["genre: trot"].others + 0.02
    assert "genre: trot" in [belief.feature for belief in found[:5]]


def test_a_context_wants_probabilities() -> None:
    for wrong in ((1.0,), (0.5,) * 8, (float("nan"),) * 8, (-1.0, 2.0, 0, 0, 0, 0, 0, 0)):
        with pytest.raises(RecommenderError):
            Context(person="a", emotion=wrong)
    with pytest.raises(RecommenderError):
        Candidate(song="a", genre=1, mood=np.zeros(3))
    assert Key(Scope.PERSON, "a") != Key(Scope.GROUP, "a")
