"""The operators' page and the sentences about a person: every word in both languages, figures as they are."""

from dataclasses import replace

import numpy as np
import pytest

from feeling_manager.labels import EMOTIONS
from feeling_manager.music.recommender import report
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.comparison import Comparison, Overview, compare, lessons, overview
from feeling_manager.music.recommender.explain import Belief, beliefs, sentence
from feeling_manager.music.recommender.features import NAMES, SIZE, describe
from feeling_manager.music.recommender.model import MemoryStore
from feeling_manager.music.recommender.simple import genre_policy
from feeling_manager.music.recommender.simulator import WorldSettings, simulate
from feeling_manager.music.recommender.training import train
from feeling_manager.music.recommender.types import Candidate, Context, Goal, Path, picked

WORLD = WorldSettings(songs=60, listeners=6, plays=12, candidates=20)


@pytest.fixture(scope="module")
def compared() -> tuple[Overview, Comparison]:
    records = simulate(genre_policy, WORLD).log
    return overview(records), compare(records)


def test_judges_on_what_was_not_learned_from(compared: tuple[Overview, Comparison]) -> None:
    found, comparison = compared
    assert (found.choices, found.fed) == (72, 72)
    assert comparison.learned + comparison.judged == 72
    assert sum(sum(day.choices.values()) for day in found.days) == 72
    assert sum(cell.number for cell in found.emotions) == 72
    assert {cell.goal for cell in found.paths} == {Goal.LIFT, Goal.CALM}
    total = sum(cell.reward * cell.number for cell in found.emotions) / 72
    assert found.reward == pytest.approx(total)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_page_says_what_was_found(compared: tuple[Overview, Comparison], lang: str) -> None:
    found, comparison = compared
    html = report.page(found, comparison, lang)
    assert f'<html lang="{lang}">' in html
    assert "<script" not in html
    assert "http" not in html
    for row in comparison.policies:
        assert f"{row.doubly_robust.value:.2f} [{row.doubly_robust.low:.2f}, {row.doubly_robust.high:.2f}]" in html
    hostile = report.page(found, "<b>no</b>", lang)
    assert "<b>no</b>" not in hostile
    assert report.WORDS[lang]["other"] not in html
    assert "?lang=" in report.page(found, comparison, lang, link=True)


def test_both_languages_have_the_same_words() -> None:
    assert report.WORDS["en"].keys() == report.WORDS["ko"].keys()


def test_every_belief_has_its_sentence() -> None:
    for lang in ("en", "ko"):
        said = {sentence(Belief("", 0.3, 0.05, 0.1, place), lang) for place in range(SIZE + 3)}
        # the two features of the hour are one thing to people
        assert len(said) == SIZE + 2
    assert "fairly sure" in sentence(Belief("", 0.3, 0.05, 0.1, 0))
    assert "hint" in sentence(Belief("", 0.11, 0.05, 0.1, 0))


def test_says_first_what_differs_most() -> None:
    """Someone who likes nothing but one genre: that is what is said first."""
    store = MemoryStore()
    policy = BanditPolicy(store)
    context = Context(person="ann", emotion=picked(EMOTIONS[0]))
    songs = [Candidate(song=f"s{i}", genre=i % 10 + 1) for i in range(20)]
    for turn in range(60):
        song = songs[turn % 20]
        policy.learn("ann", "all", song.song, describe(context, [song], Path.DIRECT)[0], float(song.genre == 7))
    first = beliefs(policy, "ann", "all")[0]
    assert first.feature == NAMES[first.place] == "genre: ballad"
    assert sentence(first).startswith("Ballad counts more")
    assert sentence(first, "ko").startswith("발라드")


def test_songs_are_described_one_by_one_as_together() -> None:
    rng = np.random.default_rng(0)
    songs = [
        Candidate(
            song=f"s{i}",
            genre=i % 12,
            mood=None if i % 3 == 0 else rng.random(13),
            valence=None if i % 4 == 0 else float(rng.uniform(-1, 1)),
            arousal=None if i % 4 == 0 else float(rng.uniform(-1, 1)),
            plays=i,
            likes=i // 2,
            age=float(i),
        )
        for i in range(24)
    ]
    context = Context(person="a", emotion=picked(EMOTIONS[3]), goal=Goal.LIFT, preferences=frozenset({2}), hour=7.5)
    context = replace(context, recent={"s5": 1e5})
    for path in Path:
        together = describe(context, songs, path)
        np.testing.assert_array_equal(together, np.concatenate([describe(context, [song], path) for song in songs]))
    steps, straight = describe(context, songs, Path.STEPS)[5], describe(context, songs, Path.DIRECT)[5]
    known = dict(zip(NAMES, steps, strict=True))
    assert known["by steps: lift"] == 1.0
    assert known["by steps: calm"] == known["closeness: calm"] == 0.0
    assert known["genre: idol"] == 1.0
    assert known["popularity"] == pytest.approx(3 / 9 - 0.25)
    assert known["not heard lately"] == pytest.approx(1 - np.exp(-1e5 / 604800))
    assert straight[NAMES.index("by steps: lift")] == 0.0
    assert describe(context, [], Path.DIRECT).shape == (0, SIZE)


def test_a_log_of_a_policy_that_does_not_learn_teaches_too() -> None:
    records = simulate(genre_policy, replace(WORLD, plays=3)).log
    assert len(lessons(records)) == 18
    assert train(lessons(records)).model.trained == 18
