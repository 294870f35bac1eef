"""The benchmark's protocol: fair, repeatable, and better than what it is compared with on people who have tastes."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from feeling_manager.cli.recommend import app
from feeling_manager.music.recommender import benchmark
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.factors import FactorSettings
from feeling_manager.music.recommender.model import MemoryStore

QUICK = benchmark.BenchmarkSettings(factors=FactorSettings(ranks=(3,), factors=6, burn=15, samples=10, thin=1))


def two_tastes(users: int = 60, tracks: int = 80, seen: int = 60) -> list[str]:
    """Each user likes one half of the tracks, and everybody likes some tracks a little more."""
    rng = np.random.default_rng(7)
    fame = rng.normal(scale=0.3, size=tracks)
    lines = ["user\ttrack\trating\tknown"]
    for user in range(users):
        for track in rng.choice(tracks, seen, replace=False):
            score = 2.3 + fame[track] + (0.8 if track % 2 == user % 2 else -0.8) + rng.normal(scale=0.5)
            lines.append(f"u{user}\tt{track}\t{int(np.clip(round(score), 1, 4))}\t0")
    return lines


@pytest.fixture(scope="module")
def ratings() -> benchmark.RatedTracks:
    return benchmark.read_ratings(two_tastes())


LEARN = [f"u{i}" for i in range(40)]
TEST = [f"u{i}" for i in range(40, 60)]


def test_finds_peoples_tastes(ratings: benchmark.RatedTracks) -> None:
    result = benchmark.run(ratings, LEARN, TEST, QUICK)
    assert result.users == 20
    assert result.random < result.popular < result.liked_share <= result.oracle
    assert result.liked_share > result.popular + 0.1
    assert benchmark.run(ratings, LEARN, TEST, QUICK) == result


def filled(ratings: benchmark.RatedTracks) -> MemoryStore:
    store = MemoryStore()
    benchmark.fill(store, *benchmark.learn(ratings, LEARN, QUICK))
    return store


def test_sees_a_rating_only_after_its_choice(ratings: benchmark.RatedTracks) -> None:
    """Whatever the ratings not yet revealed are, the choices so far are the same."""
    own = ratings.of("u45")
    asked: list[str] = []
    store = filled(ratings)

    def reveal(track: str) -> int:
        asked.append(track)
        return own[track]

    given = benchmark.recommend(store, "a", list(own), reveal, 1.0)
    assert given == [own[track] for track in asked]
    assert len(asked) == len(set(asked)) == 30
    for known in (0, 1, 7, 20):
        order: list[str] = []

        def other(track: str, known: int = known, order: list[str] = order) -> int:
            order.append(track)
            # turned round where the first run did not know it yet
            return own[track] if len(order) <= known else 5 - own[track]

        benchmark.recommend(store, f"b{known}", list(own), other, 1.0)
        assert order[: known + 1] == asked[: known + 1]
        assert known == 20 or order != asked


def test_a_tested_user_changes_nothing_for_the_next(ratings: benchmark.RatedTracks) -> None:
    alone = benchmark.run(ratings, LEARN, TEST[-1:], QUICK).per_user
    assert benchmark.run(ratings, LEARN, TEST, QUICK).per_user[TEST[-1]] == alone[TEST[-1]]


def test_uses_what_learners_knew_and_never_what_the_tested_knew() -> None:
    head, *lines = two_tastes()

    def known(of: list[str]) -> dict[str, float]:
        table = [
            head,
            *(line[:-1] + str(int(line.split("\t")[0] in of and line.split("\t")[2] == "4")) for line in lines),
        ]
        return benchmark.run(benchmark.read_ratings(table), LEARN, TEST, QUICK).per_user

    assert known(TEST) == known([])
    assert known(LEARN) != known([])


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([], "columns"),
        (["a\tb"], "columns"),
        (["user\ttrack\trating"], "no rating"),
        (["user\ttrack\trating", "1\t2\t5"], "Line 2"),
        (["user\ttrack\trating", "1\t2"], "Line 2"),
        (["user\ttrack\trating", "1\t2\t3", "1\t2\t3"], "before"),
    ],
)
def test_says_what_is_wrong_with_ratings(lines: list[str], word: str) -> None:
    with pytest.raises(RecommenderError, match=word):
        benchmark.read_ratings(lines)


@pytest.mark.parametrize(
    ("learn", "test", "word"),
    [(["u1"], ["u1"], "u1"), ([], ["u1"], "at least"), (["u1"], ["nobody"], "nobody"), (["u1"], ["u2", "u2"], "twice")],
)
def test_says_what_is_wrong_with_users(
    ratings: benchmark.RatedTracks, learn: list[str], test: list[str], word: str
) -> None:
    with pytest.raises(RecommenderError, match=word):
        benchmark.run(ratings, learn, test, QUICK)


def test_the_command_reads_gzip_and_prints_json(tmp_path: Path) -> None:
    table = tmp_path / "ratings.tsv.gz"
    table.write_bytes(gzip.compress("\n".join(two_tastes(16, 40, 35)).encode()))
    (tmp_path / "learn.txt").write_text("".join(f"u{i}\n" for i in range(12)))
    (tmp_path / "test.txt").write_text("u12\nu13\n\n")
    words = ["benchmark", str(table), "--learn", str(tmp_path / "learn.txt"), "--test", str(tmp_path / "test.txt")]
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    figures = json.loads(result.output)
    assert list(figures) == ["liked_share", "random", "popular", "oracle", "users"]
    assert figures["users"] == 2
    assert 0.0 <= figures["random"] <= figures["oracle"] <= 1.0
