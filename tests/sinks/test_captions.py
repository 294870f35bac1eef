import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeling_manager.labels import NAMES
from feeling_manager.sinks.captions import SHORTEST, cues, make_vtt
from tests.sinks.readings import Stretch
from tests.sinks.test_accumulator import accumulate, results_of

TIME = r"(\d\d+):([0-5]\d):([0-5]\d)\.(\d{3})"


def parse(vtt: str) -> list[tuple[float, float, list[str]]]:
    """Reads WebVTT by its grammar: a header, then blocks between blank lines. Anything else fails."""
    assert "\r" not in vtt
    assert vtt.endswith("\n")
    header, *blocks = vtt.rstrip("\n").split("\n\n")
    assert re.fullmatch(r"WEBVTT( [^\n]*)?", header)
    assert "-->" not in header
    found = []
    for block in blocks:
        first, *lines = block.split("\n")
        if re.match(r"NOTE( |$)", first):
            assert "-->" not in block
            continue
        match = re.fullmatch(f"{TIME} --> {TIME}", first)
        assert match, first
        assert lines
        assert all(line and "-->" not in line and "<" not in line for line in lines)
        h, m, s, ms, *end = (int(group) for group in match.groups())
        start = h * 3600 + m * 60 + s + ms / 1000
        stop = end[0] * 3600 + end[1] * 60 + end[2] + end[3] / 1000
        assert start < stop
        found.append((start, stop, lines))
    return found


def test_captions_say_who_shows_what_from_when() -> None:
    found = parse(make_vtt(results_of([("happiness", 0, 3), ("sadness", 3, 6)], [("fear", 4, 6)])))
    assert [lines for _, _, lines in found] == [
        ["Person 1: happiness"],
        ["Person 1: sadness"],
        ["Person 1: sadness", "Person 2: fear"],
    ]
    assert [start for start, _, _ in found] == pytest.approx([0, 3, 4], abs=0.05)


def test_korean_captions() -> None:
    found = parse(make_vtt(results_of([("anger", 0, 3)]), "ko"))
    assert found[0][2] == ["사람 1: 화남"]


def test_captions_count_from_the_beginning_of_the_film() -> None:
    results = results_of([(None, 0, 10), ("happiness", 10, 14)])
    (found,) = parse(make_vtt(results, begin=9.0))
    assert found[0] == pytest.approx(1.0, abs=0.01)


def test_captions_later_than_an_hour() -> None:
    (found,) = parse(make_vtt(results_of([(None, 0, 3700), ("happiness", 3700, 3702)], fps=2.0)))
    assert found[0] == 3700


def test_a_caption_too_short_to_read_is_left_out_after_a_pause() -> None:
    first: list[Stretch] = [("happiness", 0, 3), (None, 3, 7), ("anger", 7.1, 10)]
    found = parse(make_vtt(results_of(first, [(None, 0, 7), ("fear", 7, 10)], fps=20.0)))
    assert [(round(start, 1), round(end, 1)) for start, end, _ in found] == [(0.0, 3.0), (7.1, 9.9)]


def test_a_crowd_is_cut_short() -> None:
    crowd: list[list[Stretch]] = [[("happiness", 0, 2)] for _ in range(7)]
    (found,) = parse(make_vtt(results_of(*crowd)))
    assert found[2] == ["Person 1: happiness", "Person 2: happiness", "Person 3: happiness", "and 4 more"]


def test_nobody_makes_a_valid_file() -> None:
    assert parse(make_vtt(accumulate([]))) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from([None, *NAMES]), st.floats(0.1, 6)), min_size=1, max_size=6),
        min_size=1,
        max_size=4,
    )
)
def test_captions_never_overlap_and_always_change(persons: list[list[tuple[str | None, float]]]) -> None:
    runs: list[list[Stretch]] = []
    for person in persons:
        time, stretches = 0.0, list[Stretch]()
        for emotion, seconds in person:
            stretches.append((emotion, time, time + seconds))
            time += seconds
        runs.append(stretches)
    results = results_of(*runs, fps=10.0)
    made = cues(results)
    assert all(cue.end - cue.start >= SHORTEST - 1e-9 for cue in made)
    for before, after in pairwise(made):
        assert before.end <= after.start
        assert before.end < after.start or before.shown != after.shown
    parsed = parse(make_vtt(results))
    assert len(parsed) == len(made)
    assert all(before[1] <= after[0] for before, after in pairwise(parsed))
