"""That the estimates from a log are right, and the simulator's worlds the same for all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from feeling_manager.cli.recommend import app
from feeling_manager.errors import FeelingError
from feeling_manager.music.recommender.bandit import BanditPolicy
from feeling_manager.music.recommender.errors import RecommenderError
from feeling_manager.music.recommender.log import LogRecord, from_lines, to_line
from feeling_manager.music.recommender.model import MemoryStore
from feeling_manager.music.recommender.offline import evaluate, logged_value
from feeling_manager.music.recommender.simple import genre_policy, random_policy
from feeling_manager.music.recommender.simulator import WorldSettings, simulate
from feeling_manager.music.recommender.types import Candidate, Context
from feeling_manager.music.recommender.types import Path as Way

SONGS = tuple(Candidate(song=f"s{i}", genre=i % 5 + 1) for i in range(10))
WORTH = {1: 0.2, 2: 0.9, 3: 0.4, 4: 0.1, 5: 0.6}


def random_log(count: int = 1500) -> list[LogRecord]:
    """A log of the random policy among people who like the second genre most."""
    log = []
    for i in range(count):
        rng = np.random.default_rng(i)
        context = Context(person=f"p{i % 50}", preferences=frozenset({2}))
        given = random_policy().choose(context, SONGS, rng)
        genre = next(s.genre for s in SONGS if s.song == given.song)
        log.append(
            LogRecord(
                time=float(i),
                context=context,
                candidates=SONGS,
                song=given.song,
                path=given.reason.path,
                probability=given.probability,
                features=given.features,
                policy="random-1",
                seed=i,
                reward=float(rng.random() < WORTH[genre]),
            )
        )
    return log


def test_every_estimate_finds_the_truth() -> None:
    log = random_log()
    result = evaluate(log, genre_policy())
    assert result.replay is not None
    for estimate in (result.replay, result.ips, result.snips, result.doubly_robust):
        # twice the 95 % interval
        assert abs(estimate.value - 0.9) < estimate.high - estimate.low
        assert estimate.high - estimate.low < 0.35
    assert result.doubly_robust.high - result.doubly_robust.low < result.ips.high - result.ips.low
    assert 0.05 < result.matches / len(log) < 0.15
    assert result.effective == pytest.approx(len(log) / 5, rel=0.2)
    same = evaluate(log, random_policy())
    logged = logged_value(log)
    assert same.ips == same.snips == logged
    assert logged.value == pytest.approx(0.44, abs=0.05)


def test_a_log_without_rewards_is_said() -> None:
    with pytest.raises(RecommenderError, match="reward"):
        evaluate([replace(r, reward=None) for r in random_log(3)], random_policy())


def test_a_log_goes_to_lines_and_back() -> None:
    run = simulate(lambda: BanditPolicy(MemoryStore()), WorldSettings(songs=30, listeners=3, plays=4, candidates=12))
    lines = [to_line(record) for record in run.log]
    assert [to_line(record) for record in from_lines(lines)] == lines
    wrong = json.loads(lines[0])
    for change in ({"probability": 7}, {"path": "up"}, {"song": "no candidate"}, {"context": None}):
        with pytest.raises(RecommenderError, match="Line 2"):
            list(from_lines([lines[0], json.dumps({**wrong, **change})]))
    with pytest.raises(RecommenderError, match="Line 1"):
        list(from_lines(["nonsense"]))


def test_a_world_is_the_same_for_all_and_again() -> None:
    settings = WorldSettings(songs=40, listeners=4, plays=6, candidates=15)
    first, again = (simulate(random_policy, settings) for _ in range(2))
    np.testing.assert_array_equal(first.regret, again.regret)
    assert (first.regret >= 0.0).all()
    assert simulate(None, settings).regret.sum() == 0.0
    assert simulate(random_policy, replace(settings, seed=1)).regret.sum() != first.regret.sum()
    with pytest.raises(RecommenderError):
        WorldSettings(songs=0)


def test_learning_beats_not_learning() -> None:
    """In the last third, against the old service's way and against itself without feedback.

    Processors round differently and so draw other songs: over twelve such worlds one regret was 0.90 ± 0.05 of that
    without feedback, and the mean of two worlds passes by three times that spread.
    """
    ours, deaf, old = np.zeros(3)
    for seed in (0, 1):
        world = WorldSettings(songs=60, listeners=30, plays=120, candidates=30, drift=0.0, seed=seed)
        ours += simulate(lambda: BanditPolicy(MemoryStore()), world).regret[80:].mean()
        deaf += simulate(lambda: BanditPolicy(MemoryStore()), replace(world, delay=10_000)).regret[80:].mean()
        old += simulate(genre_policy, world).regret[80:].mean()
    assert ours < 0.9 * old
    assert ours < deaf


def test_the_commands_work_together(tmp_path: Path) -> None:
    runner = CliRunner()
    log, state, picture = tmp_path / "log.jsonl", tmp_path / "state.json", tmp_path / "regret.png"
    words = ["simulate", "--listeners", "6", "--plays", "40", "--log", str(log), "--out", str(picture), "--json"]
    rows = json.loads(runner.invoke(app, words, catch_exceptions=False).output)
    assert [row["policy"] for row in rows][-1] == "oracle"
    assert picture.read_bytes()[:4] == b"\x89PNG"
    # the random policy knows no features: nothing to train on, which is said and done
    said = runner.invoke(app, ["train", str(log), "--state", str(state)], catch_exceptions=False).output
    assert "0 rewards" in said
    ours = simulate(lambda: BanditPolicy(MemoryStore()), WorldSettings(songs=60, listeners=6, plays=40, candidates=20))
    log.write_text("".join(to_line(record) + "\n" for record in ours.log))
    said = runner.invoke(app, ["train", str(log), "--state", str(state)], catch_exceptions=False).output
    assert "6 people" in said
    found = json.loads(
        runner.invoke(app, ["evaluate", str(log), "--state", str(state), "--json"], catch_exceptions=False).output
    )
    assert [row["policy"].split("-")[0] for row in found["policies"]] == ["random", "genre", "popular", "bandit"]
    assert all(row["ips"]["low"] <= row["ips"]["value"] <= row["ips"]["high"] for row in found["policies"])
    for command in (["evaluate", str(log)], ["explain", "p1", "--state", str(state)]):
        assert runner.invoke(app, command, catch_exceptions=False).exit_code == 0
    with pytest.raises(FeelingError, match="nobody"):
        runner.invoke(app, ["explain", "nobody", "--state", str(state)], catch_exceptions=False)
    with pytest.raises(FeelingError, match="can't be read"):
        runner.invoke(app, ["evaluate", str(tmp_path / "no")], catch_exceptions=False)
    assert Way.STEPS in {record.path for record in ours.log}
