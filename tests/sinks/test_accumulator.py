import tracemalloc
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeling_manager.labels import ANGER, EMOTIONS, HAPPINESS, NEUTRAL, SADNESS, SURPRISE
from feeling_manager.sinks import accumulator as module
from feeling_manager.sinks.accumulator import MAX_GAP, MOST_PERSONS, Accumulator, Results
from feeling_manager.sinks.rows import to_row
from feeling_manager.sinks.series import Clock, Series
from feeling_manager.types import Reading, Unclear
from tests.sinks.readings import Stretch, make_reading, make_run


def accumulate(frames: Iterable[list[Reading]]) -> Results:
    accumulator = Accumulator()
    for readings in frames:
        accumulator.add([to_row(reading) for reading in readings])
    return accumulator.finish()


def results_of(*persons: list[Stretch], fps: float = 25.0) -> Results:
    return accumulate(readings for _, readings in make_run(persons, fps=fps))


def test_a_reading_lasts_until_the_next_one() -> None:
    results = results_of([("happiness", 0, 3), ("sadness", 3, 4)])
    (person,) = results.persons
    assert person.seconds == pytest.approx(4.0, abs=1e-3)
    assert person.shares[HAPPINESS.index] == pytest.approx(0.75, abs=1e-3)
    assert person.shares[SADNESS.index] == pytest.approx(0.25, abs=1e-3)
    assert person.readings == results.readings == 100
    assert (person.first, person.last) == (0.0, 3.96)
    assert (results.first, results.last) == (0.0, 3.96)


def test_gaps_do_not_count() -> None:
    results = results_of([("happiness", 0, 2), (None, 2, 60), ("happiness", 60, 62)])
    (person,) = results.persons
    assert person.seconds == pytest.approx(4.0, abs=0.01)
    assert len(person.spells) == 2
    assert results.frames_with_faces == 100


def test_uneven_frames_count_by_their_times() -> None:
    times = [0.0, 0.1, 0.2, 1.2, 2.2]
    emotions = ["anger", "anger", "happiness", "happiness", "anger"]
    results = accumulate([[make_reading(e, time=t)] for t, e in zip(times, emotions, strict=True)])
    (person,) = results.persons
    assert person.emotion_seconds[HAPPINESS.index] == pytest.approx(2.0)
    assert person.emotion_seconds[ANGER.index] == pytest.approx(0.2 + 0.1), "the last one lasts the shortest interval"


def test_a_single_picture_counts_a_second() -> None:
    results = accumulate([[make_reading("surprise"), make_reading("neutral", track_id=2, box=(200, 60, 60, 70))]])
    assert [person.seconds for person in results.persons] == [1.0, 1.0]
    assert results.emotion_seconds[SURPRISE.index] == results.emotion_seconds[NEUTRAL.index] == 1.0
    assert results.most_at_once == 2


def test_unclear_time_is_counted_apart_and_not_averaged() -> None:
    clear = [[make_reading("happiness", 0.8, time=i / 10)] for i in range(10)]
    unclear = [[make_reading("anger", time=1 + i / 10, unclear=Unclear.TURNED)] for i in range(10)]
    results = accumulate(clear + unclear)
    (person,) = results.persons
    assert person.unclear_share == pytest.approx(0.5)
    assert person.probabilities is not None
    assert person.probabilities[HAPPINESS.index] == pytest.approx(0.8, abs=1e-3)
    assert person.shares.sum() + person.unclear_share == pytest.approx(1)


def test_nothing_clear_at_all() -> None:
    results = accumulate([[make_reading(time=i / 10, unclear=Unclear.SMALL)] for i in range(30)])
    (person,) = results.persons
    assert person.probabilities is None
    assert person.affect is None
    assert person.unclear_share == pytest.approx(1)
    assert results.cumulative().sum() == 0


def test_nobody_at_all() -> None:
    results = Accumulator().finish()
    assert results.persons == ()
    assert results.first is None
    assert len(results.points.times) == 0


def test_spells_are_the_changes_that_last() -> None:
    results = results_of(
        [("happiness", 0, 3), ("surprise", 3, 3.4), ("happiness", 3.4, 6), ("sadness", 6, 9)], fps=20.0
    )
    (person,) = results.persons
    assert [spell.emotion for spell in person.spells] == [HAPPINESS, SADNESS]
    assert person.changes == 1
    assert person.spells[0].start == 0.0
    assert person.spells[0].end == pytest.approx(6.0, abs=0.1)
    assert person.spells[0].probabilities.sum() == pytest.approx(1, abs=1e-3)


def test_an_id_that_comes_back_is_the_same_person() -> None:
    results = results_of([("happiness", 0, 2), (None, 2, 10), ("happiness", 10, 12)], [("anger", 0, 12)])
    assert sorted(person.id for person in results.persons) == [1, 2]
    first = next(person for person in results.persons if person.id == 1)
    assert first.seconds == pytest.approx(4.0, abs=0.01)


def test_time_that_runs_backwards_is_left_out() -> None:
    results = accumulate([[make_reading(time=t)] for t in (0.0, 0.5, 0.2, 1.0)])
    assert results.readings == 3
    assert results.seconds == pytest.approx(1.5)


def test_the_longest_seen_are_kept_and_the_others_counted() -> None:
    frames = []
    lengths = {}
    time = 0.0
    for number in range(1, 121):
        length = 3 + (number * 37) % 120
        lengths[number] = length
        for _ in range(length):
            frames.append([make_reading(time=time, track_id=number)])
            time += 0.1
        time += MAX_GAP + 1
    results = accumulate(frames)
    kept = {person.id for person in results.persons}
    assert len(kept) == MOST_PERSONS
    assert min(lengths[number] for number in kept) >= max(
        length for number, length in lengths.items() if number not in kept
    )
    assert results.others == 70
    total = sum(person.seconds for person in results.persons) + results.others_seconds
    assert total == pytest.approx(results.seconds)


def test_the_series_add_up_to_the_seconds_in_view() -> None:
    results = results_of([("happiness", 0, 7)], [("fear", 2, 5)])
    assert results.points.seconds.sum() == pytest.approx(10.0, abs=0.01)
    assert results.cumulative().sum() == pytest.approx(10.0, abs=0.01)
    assert results.cumulative()[HAPPINESS.index] == pytest.approx(0.9 * 7 + 0.1 / 7 * 3, abs=0.02)


def test_slow_frames_leave_no_holes_in_the_series() -> None:
    results = results_of([("happiness", 0, 10)], fps=1.0)
    assert (results.points.seconds > 0).all()


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0.001, 2), st.integers(0, 7)), min_size=1, max_size=40),
)
@example([(0.15, 0.4, 0), (300.0, 1.0, 1), (1000.0, 2.0, 2)])
def test_doubling_the_bins_keeps_every_second(stretches: list[tuple[float, float, int]]) -> None:
    clock, series = Clock(0.0), Series()
    total = np.zeros(len(EMOTIONS))
    for start, seconds, index in stretches:
        values = np.eye(len(EMOTIONS))[index]
        while clock.too_fine(start + seconds):
            clock.width *= 2
            series.halve()
        series.add(clock, start, start + seconds, values)
        total += values * seconds
    points = series.points(clock)
    sums = np.nan_to_num(points.probabilities) * points.seconds[:, None]
    np.testing.assert_allclose(sums.sum(axis=0), total, rtol=1e-6, atol=1e-9)
    for time, seconds in zip(points.times, points.seconds, strict=True):
        left, right = time - clock.width / 2, time + clock.width / 2
        expected = sum(max(min(start + length, right) - max(start, left), 0) for start, length, _ in stretches)
        assert seconds == pytest.approx(expected, abs=1e-6), "each second in its place"
    assert len(points.times) <= Clock.MOST
    assert np.diff(points.times) == pytest.approx(clock.width)


def test_memory_is_bounded_over_hours() -> None:
    """People come and go and change every few seconds; what is kept does not grow with time."""
    accumulator = Accumulator()
    emotions = ("happiness", "sadness", "anger")
    templates = [to_row(make_reading(emotion)) for emotion in emotions]

    def feed(start: int, end: int) -> None:
        for index in range(start, end):
            row = {**templates[index // 15 % 3], "time": index / 5, "frame": index, "track_id": 1 + index // 200}
            accumulator.add([row])

    feed(0, 12_000)
    tracemalloc.start()
    feed(12_000, 30_000)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 2_000_000
    results = accumulator.finish()
    assert len(results.points.times) <= Clock.MOST
    assert len(results.persons) == MOST_PERSONS
    assert results.others == 100
    assert results.seconds == pytest.approx(6000, rel=0.01)


def test_too_many_spells_are_thinned_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SPELLS", 20)
    stretches: list[Stretch] = []
    time = 0.0
    for index in range(60):
        length = 1.5 if index % 3 else 6.0
        stretches.append((("happiness", "sadness", "anger")[index % 3], time, time + length))
        time += length
    accumulator = Accumulator()
    for _, readings in make_run([stretches, [("neutral", 0, 1), ("fear", time - 1, time)]], fps=10.0):
        accumulator.add([to_row(reading) for reading in readings])
    results = accumulator.finish()
    assert sum(len(person.spells) for person in results.persons) <= 21
    assert results.min_spell > 1.0
    assert all(spell.seconds >= results.min_spell for person in results.persons for spell in person.spells)
