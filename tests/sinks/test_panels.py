import io
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from feeling_manager.labels import ANGER, EMOTIONS, HAPPINESS
from feeling_manager.sinks.annotator import Annotator
from feeling_manager.sinks.dashboard import Dashboard
from feeling_manager.sinks.gif import LARGEST, make_gif
from feeling_manager.sinks.panels import GROUND, BarPanel, CumulativePanel, clock, nice_limit
from feeling_manager.types import Frame, Image
from tests.sinks.readings import GREY, Stretch, make_reading, make_run
from tests.sinks.test_accumulator import accumulate, results_of


def pixels(image: Image, colour: tuple[int, int, int]) -> int:
    return int((image == np.array(colour, np.uint8)).all(axis=2).sum())


@given(st.floats(0, 1e6))
def test_a_clock_counts_whole_seconds(seconds: float) -> None:
    text = clock(seconds)
    assert re.fullmatch(r"(\d+:[0-5]\d|[0-5]?\d):[0-5]\d", text)
    parts = [int(part) for part in text.split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == int(seconds)


@given(st.floats(1e-3, 1e9))
def test_a_limit_is_round_and_not_far_off(value: float) -> None:
    limit = nice_limit(value)
    assert value * (1 - 1e-9) <= limit <= 2.5 * value * (1 + 1e-9)
    assert f"{limit:e}"[0] in "125"


def test_bars_are_as_long_as_the_values() -> None:
    panel = BarPanel(400, 360)
    counts = []
    for share in (0.25, 0.5, 1.0):
        values = np.zeros(len(EMOTIONS))
        values[ANGER.index] = share
        counts.append(pixels(panel.draw(values), ANGER.bgr))
    assert counts[1] == pytest.approx(2 * counts[0], rel=0.03)
    assert counts[2] == pytest.approx(4 * counts[0], rel=0.03)
    assert pixels(panel.draw(None), ANGER.bgr) == 0


def test_values_out_of_range_stay_within_the_panel() -> None:
    panel = BarPanel(100, 80)
    assert panel.draw(np.full(len(EMOTIONS), 7.0)).shape == (80, 100, 3)
    assert panel.draw(np.full(len(EMOTIONS), -1.0)).shape == (80, 100, 3)


def highest(image: Image, colour: tuple[int, int, int]) -> int:
    """The uppermost row where a line of that colour runs."""
    return int(np.flatnonzero((image == np.array(colour, np.uint8)).all(axis=2).any(axis=1)).min())


def test_the_cumulative_chart_grows_to_the_right_and_upwards() -> None:
    panel = CumulativePanel(400, 360, duration=10.0)
    counts = []
    sums = np.zeros(len(EMOTIONS))
    for step in range(11):
        sums[HAPPINESS.index] = step * 0.09
        counts.append(pixels(panel.draw(float(step), sums)[:, :300], HAPPINESS.bgr))
    assert all(before < after for before, after in pairwise(counts[1:9]))
    low = panel.draw(10.0, sums)
    assert highest(low, HAPPINESS.bgr) < 120


def test_the_cumulative_chart_finds_room_for_any_length_and_height() -> None:
    panel = CumulativePanel(300, 240)
    rate = np.arange(1, len(EMOTIONS) + 1)
    for time in np.arange(0, 4000, 0.5):
        image = panel.draw(float(time), rate * time)
    assert len(panel._points) < 300, "kept points are bounded"
    assert panel._span >= 3997
    assert panel._limit >= 8 * 3997
    assert pixels(image, EMOTIONS[7].bgr) > 50
    assert tuple(image[0, 0]) == GROUND


def test_the_dashboard_stands_the_three_side_by_side() -> None:
    dashboard = Dashboard(Annotator(), duration=4.0)
    shapes = set()
    for frame, readings in make_run([[("happiness", 0, 2), (None, 2, 3), ("anger", 3, 4)]], fps=10.0):
        image = dashboard.show(frame, readings)
        shapes.add(image.shape)
    assert len(shapes) == 1
    height, width, _ = shapes.pop()
    assert height == 360, "a small picture is made larger, so that the charts can be read"
    assert width == 480 + 2 * round(360 * 1.1 / 2) * 2
    assert pixels(image[:, 480:876], ANGER.bgr) > 500
    assert pixels(image[:, 876:], HAPPINESS.bgr) > 50
    np.testing.assert_allclose(dashboard._sums[HAPPINESS.index], 2 * 0.9 + 0.1 / 7 * 0.9, atol=0.05)


def test_the_dashboard_counts_from_the_first_frame_where_nothing_else_is_said() -> None:
    dashboard = Dashboard(Annotator())
    first = dashboard.show(Frame(GREY, 500.0), [])
    again = Dashboard(Annotator(), begin=0.0).show(Frame(GREY, 0.0), [])
    np.testing.assert_array_equal(first, again)


def frames_of(gif: bytes) -> list[Image]:
    with Pillow.open(io.BytesIO(gif)) as picture:
        images = []
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            images.append(np.asarray(picture.convert("RGB"))[:, :, ::-1].copy())
        return images


def length_of(gif: bytes) -> float:
    """Seconds that it plays."""
    with Pillow.open(io.BytesIO(gif)) as picture:
        total = 0
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            total += picture.info["duration"]
        return total / 1000


def frame_at(gif: bytes, seconds: float) -> Image:
    """What it shows at that time; a writer may join frames that are alike."""
    shown = 0.0
    with Pillow.open(io.BytesIO(gif)) as picture:
        for index, image in enumerate(frames_of(gif)):
            picture.seek(index)
            shown += picture.info["duration"] / 1000
            if seconds < shown:
                return image
    raise AssertionError("later than its end")


def near(image: Image, colour: tuple[int, int, int]) -> int:
    """Pixels about that colour: the palette is a choice of 128."""
    return int((np.abs(image.astype(int) - colour).max(axis=2) < 12).sum())


def test_a_short_gif_plays_in_real_time() -> None:
    gif = make_gif(results_of([("happiness", 0, 3), (None, 3, 6), ("anger", 6, 9)]))
    assert length_of(gif) == pytest.approx(9.0, abs=0.2)
    assert near(frame_at(gif, 1.5), HAPPINESS.bgr) > 1000
    assert near(frame_at(gif, 4.5), HAPPINESS.bgr) == near(frame_at(gif, 4.5), ANGER.bgr) == 0
    assert near(frame_at(gif, 7.5), ANGER.bgr) > 1000


def test_the_gif_of_an_hour_is_small_and_plays_a_minute() -> None:
    rng = np.random.default_rng(0)
    names = [emotion.name for emotion in EMOTIONS]
    stretches: list[Stretch] = []
    time = 0.0
    while time < 3600:
        length = float(rng.uniform(2, 20))
        stretches.append((names[rng.integers(8)], time, min(time + length, 3600.0)))
        time += length
    confidence = rng.uniform(0.3, 1.0, 7200)
    results = accumulate(
        [make_reading(reading.label.name if reading.label else "neutral", float(confidence[index]), time=reading.time)]
        for index, (_, readings) in enumerate(make_run([stretches], fps=2.0))
        for reading in readings
    )
    gif = make_gif(results)
    assert len(gif) <= LARGEST
    assert length_of(gif) == pytest.approx(60, abs=1)


def test_a_gif_too_large_is_made_with_fewer_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    from feeling_manager.sinks import gif as module

    results = results_of([("happiness", 0, 3), ("anger", 3, 6)])
    whole = make_gif(results)
    monkeypatch.setattr(module, "LARGEST", len(whole) - 1)
    monkeypatch.setattr(module, "MOST_FRAMES", 60)
    smaller = make_gif(results)
    assert len(smaller) < len(whole)
    assert len(frames_of(smaller)) > 1


def test_gifs_of_next_to_nothing() -> None:
    assert len(frames_of(make_gif(accumulate([])))) == 1
    assert near(frames_of(make_gif(accumulate([[make_reading()]])))[0], HAPPINESS.bgr) > 1000
