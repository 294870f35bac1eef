import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeling_manager.errors import UsageError
from feeling_manager.labels import ANGER, HAPPINESS, NEUTRAL
from feeling_manager.tracking import Tracker, TrackingSettings, dominant
from feeling_manager.types import Unclear
from tests.faces import make_face


def ids(tracker: Tracker, boxes: list[tuple[float, float, float, float]], time: float) -> list[int]:
    return [reading.track_id for reading in tracker.update([make_face(box) for box in boxes], time)]


def test_an_id_from_the_first_frame() -> None:
    assert ids(Tracker(), [(0, 0, 40, 40), (100, 0, 40, 40)], 0.0) == [1, 2]


def test_ids_follow_the_faces_not_their_order() -> None:
    tracker = Tracker()
    ids(tracker, [(0, 0, 40, 40), (100, 0, 40, 40)], 0.0)
    assert ids(tracker, [(98, 0, 40, 40), (3, 0, 40, 40)], 0.04) == [2, 1]


def test_a_small_face_that_moves_further_than_its_size_keeps_its_id() -> None:
    tracker = Tracker()
    seen = {ids(tracker, [(25.0 * i, 0, 20, 20)], i / 30)[0] for i in range(40)}
    assert seen == {1}


def test_two_that_pass_each_other_keep_their_ids() -> None:
    tracker = Tracker()
    for i in range(60):
        found = ids(tracker, [(6.0 * i, 0, 40, 50), (354 - 6.0 * i, 20, 40, 50)], i / 30)
        assert found == [1, 2]


def test_a_short_loss_keeps_the_id_and_a_long_one_does_not() -> None:
    tracker = Tracker()
    assert ids(tracker, [(0, 0, 40, 40)], 0.0) == [1]
    assert ids(tracker, [], 0.5) == []
    assert ids(tracker, [(10, 0, 40, 40)], 0.9) == [1]
    assert ids(tracker, [(10, 0, 40, 40)], 2.5) == [2]


def test_a_far_jump_is_another_person() -> None:
    tracker = Tracker()
    ids(tracker, [(0, 0, 40, 40)], 0.0)
    assert ids(tracker, [(400, 0, 40, 40)], 0.04) == [2]


def test_a_clock_that_starts_again_forgets() -> None:
    tracker = Tracker()
    ids(tracker, [(0, 0, 40, 40)], 100.0)
    assert ids(tracker, [(0, 0, 40, 40)], 0.0) == [2]


def test_memory_is_bounded() -> None:
    tracker = Tracker(TrackingSettings(memory=1e9, most=10))
    for i in range(100):
        ids(tracker, [(1000.0 * i, 0, 20, 20)], i * 0.001)
    assert len(tracker._tracks) == 10


@settings(max_examples=50, deadline=None)
@given(
    frames=st.lists(
        st.lists(
            st.tuples(st.floats(-50, 2000), st.floats(-50, 2000), st.floats(0, 900), st.floats(0, 900)), max_size=6
        ),
        max_size=12,
    )
)
def test_any_boxes_get_one_id_each_within_a_frame(frames: list[list[tuple[float, float, float, float]]]) -> None:
    tracker = Tracker()
    for i, boxes in enumerate(frames):
        found = ids(tracker, boxes, i / 10)
        assert len(found) == len(boxes) == len(set(found))


@pytest.mark.parametrize("rate", [5, 30, 120])
def test_smoothing_is_in_seconds_whatever_the_frame_rate(rate: int) -> None:
    tracker = Tracker(TrackingSettings(smoothing=0.5))
    tracker.update([make_face(emotion="neutral")], 0.0)
    for i in range(1, rate + 1):
        (reading,) = tracker.update([make_face(emotion="happiness")], i / rate)
    # after 1 s = two time constants
    expected = 0.9 - (0.9 - 0.1 / 7) * math.exp(-2)
    assert reading.smoothed[HAPPINESS.index] == pytest.approx(expected, abs=1e-3)
    assert reading.smoothed.sum() == pytest.approx(1, abs=1e-5)


def test_no_smoothing() -> None:
    tracker = Tracker(TrackingSettings(smoothing=0))
    tracker.update([make_face(emotion="neutral")], 0.0)
    (reading,) = tracker.update([make_face(emotion="anger")], 0.01)
    assert reading.smoothed == pytest.approx(reading.probabilities, abs=1e-6)
    assert reading.label is ANGER


def test_one_odd_frame_does_not_change_the_label() -> None:
    tracker = Tracker()
    labels = []
    for i in range(60):
        (reading,) = tracker.update([make_face(emotion="anger" if i == 30 else "happiness")], i / 30)
        labels.append(reading.label)
    assert set(labels) == {HAPPINESS}


def test_a_lasting_change_does() -> None:
    tracker = Tracker()
    for i in range(60):
        (reading,) = tracker.update([make_face(emotion="neutral" if i < 30 else "happiness")], i / 30)
    assert reading.label is HAPPINESS


def test_two_nearly_equal_emotions_do_not_flicker() -> None:
    tracker = Tracker(TrackingSettings(smoothing=0.1))
    changes, last = 0, None
    for i in range(300):
        close = make_face(emotion="neutral", confidence=0.45)
        close.probabilities[HAPPINESS.index] = 0.45 + 0.04 * (-1) ** (i // 20)
        (reading,) = tracker.update([close], i / 30)
        changes += reading.label is not last
        last = reading.label
    assert changes == 1


def test_faces_that_show_nothing_leave_the_label_and_then_take_it() -> None:
    tracker = Tracker()
    tracker.update([make_face(emotion="happiness")], 0.0)
    turned = make_face(emotion="sadness", unclear=Unclear.TURNED)
    (soon,) = tracker.update([turned], 0.5)
    assert soon.label is HAPPINESS
    assert soon.emotion is None
    tracker.update([turned], 0.9)
    (later,) = tracker.update([turned], 1.8)
    assert later.label is None
    (again,) = tracker.update([make_face(emotion="neutral")], 2.0)
    assert again.label in (HAPPINESS, NEUTRAL)


def test_the_dominant_face() -> None:
    tracker = Tracker()
    readings = tracker.update([make_face((0, 0, 20, 20), score=0.95), make_face((100, 0, 50, 50), score=0.6)], 0.0)
    assert dominant(readings) is readings[1]
    assert dominant(readings, "surest") is readings[0]
    assert dominant(readings, "first") is readings[0]
    assert dominant([]) is None
    with pytest.raises(UsageError, match="largest, surest, first"):
        dominant(readings, "prettiest")
