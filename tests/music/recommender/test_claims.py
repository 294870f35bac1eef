"""A reason never claims what was not done."""

import numpy as np
import pytest

from feeling_manager.labels import BY_NAME
from feeling_manager.music.recommender.bandit import BanditPolicy, BanditSettings
from feeling_manager.music.recommender.model import MemoryStore
from feeling_manager.music.recommender.rules import MANY, is_true
from feeling_manager.music.recommender.simple import mood_policy, popular_policy
from feeling_manager.music.recommender.types import Candidate, Context, Goal, Motive, picked

ANGER = picked(BY_NAME["anger"])


def _songs(likes: int = 0) -> list[Candidate]:
    return [
        Candidate(song=f"s{n}", genre=n % 10 + 1, valence=0.5, arousal=0.1 * n, likes=likes, plays=20)
        for n in range(10)
    ]


HERE = Context(person="p", emotion=ANGER)
TICKED = Context(person="p", emotion=ANGER, preferences=frozenset({3}))
HEARD = Context(person="p", emotion=ANGER, recent={"s": 86400.0})


@pytest.mark.parametrize(
    ("motive", "context", "song", "known", "true"),
    [
        (Motive.GENRE, TICKED, Candidate(song="s", genre=3), True, True),
        (Motive.GENRE, TICKED, Candidate(song="s", genre=4), True, False),
        (Motive.GENRE, HERE, Candidate(song="s", genre=10), True, False),
        (Motive.POPULAR, HERE, Candidate(song="s", genre=1, likes=MANY), True, True),
        (Motive.POPULAR, HERE, Candidate(song="s", genre=1, likes=MANY - 1), True, False),
        (Motive.TASTE, HERE, Candidate(song="s", genre=1), False, False),
        (Motive.TASTE, HERE, Candidate(song="s", genre=1), True, True),
        (Motive.NEW, HEARD, Candidate(song="s", genre=1), True, False),
        (Motive.NEW, HERE, Candidate(song="s", genre=1), True, True),
        (Motive.MOOD, HERE, Candidate(song="s", genre=1), False, True),
    ],
)
def test_what_is_claimed_is_so(motive: Motive, context: Context, song: Candidate, known: bool, true: bool) -> None:
    assert is_true(motive, context, song, known=known) == true


def test_a_stranger_is_told_of_no_ticks_likes_or_taste() -> None:
    policy = BanditPolicy(MemoryStore(), BanditSettings(explore=0.0))
    rng = np.random.default_rng(1)
    for _ in range(60):
        motive = policy.choose(Context(person="p", emotion=ANGER, goal=Goal.CALM), _songs(), rng).reason.motive
        assert motive not in (Motive.GENRE, Motive.POPULAR, Motive.TASTE)
    assert popular_policy().choose(Context(person="p", emotion=ANGER), _songs(), rng).reason.motive is Motive.ANY
    assert popular_policy().choose(Context(person="p", emotion=ANGER), _songs(9), rng).reason.motive is Motive.POPULAR
    assert mood_policy().choose(Context(person="p", emotion=ANGER), _songs(), rng).reason.motive is Motive.MOOD
