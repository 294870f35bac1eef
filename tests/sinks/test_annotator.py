import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeling_manager.errors import UsageError
from feeling_manager.labels import ANGER, HAPPINESS
from feeling_manager.sinks.annotator import UNCLEAR, Annotator
from feeling_manager.sinks.anonymize import HOLD, AnonymizedSink, Anonymizer, blur_faces
from feeling_manager.sinks.lettering import BLACK, WHITE, Lettering, ink_on, paste, stain
from feeling_manager.sinks.placement import Rect, Space, touching
from feeling_manager.types import Box, Frame, Image, Reading, Unclear
from tests.clips import moving_face
from tests.sinks.readings import make_reading

PICTURE = next(moving_face(1, 640, 360))

lengths = st.integers(1, 300)
places = st.integers(-400, 1000)
rects = st.builds(Rect, places, places, lengths, lengths)
frames = st.tuples(st.integers(1, 900), st.integers(1, 900))


@given(frames, st.lists(rects, max_size=6), rects, st.integers(1, 200), st.integers(1, 200))
def test_what_is_free_lies_within_the_frame_and_over_nothing(
    frame: tuple[int, int], taken: list[Rect], face: Rect, w: int, h: int
) -> None:
    space = Space(*frame, [face])
    for rect in taken:
        space.take(rect)
    for rect, free in zip(places := touching(face, w, h, 1), space.free(places), strict=True):
        within = rect.x >= 0 and rect.y >= 0 and rect.x + w <= frame[0] and rect.y + h <= frame[1]
        assert free == (within and not any(rect.overlap(other) for other in (face, *taken)))


@given(rects, st.integers(1, 200), st.integers(1, 200))
def test_labels_and_panels_are_offered_clear_of_the_face(face: Rect, w: int, h: int) -> None:
    assert all(rect.overlap(face) == 0 for rect in touching(face, w, h, 2))


@given(rects, rects)
def test_overlap_is_symmetric_and_within_both(a: Rect, b: Rect) -> None:
    assert a.overlap(b) == b.overlap(a) <= min(a.w * a.h, b.w * b.h)
    assert a.overlap(a) == a.w * a.h


def test_the_frame_is_left_as_it_is_and_drawn_once() -> None:
    image = PICTURE.copy()
    frame = Frame(image)
    readings = [make_reading(box=(420, 70, 80, 100))]
    annotator = Annotator()
    drawn = annotator.annotate(frame, readings)
    np.testing.assert_array_equal(image, PICTURE)
    assert drawn.shape == image.shape
    assert (drawn != image).any()
    assert annotator.annotate(frame, readings) is drawn


def colour_share(image: Image, colour: tuple[int, int, int]) -> float:
    return float((image == np.array(colour, np.uint8)).all(axis=2).mean())


def test_a_face_is_framed_and_labelled_in_the_colour_of_its_emotion() -> None:
    grey = np.full((360, 640, 3), 90, np.uint8)
    for emotion in (HAPPINESS, ANGER):
        drawn = Annotator().annotate(Frame(grey), [make_reading(emotion.name, box=(300, 100, 80, 100))])
        assert colour_share(drawn, emotion.bgr) > 0.005
        assert (drawn[100, 305:370] == emotion.bgr).all(), "the upper edge of the box"
    inner = drawn[110:190, 310:370]
    assert (inner == 90).all(), "the face itself stays free"


def test_bars_are_as_long_as_the_probabilities() -> None:
    grey = np.full((360, 640, 3), 90, np.uint8)
    shares = []
    for confidence in (0.3, 0.6, 0.9):
        drawn = Annotator().annotate(Frame(grey), [make_reading("anger", confidence, box=(200, 100, 80, 100))])
        shares.append(colour_share(drawn[100:, 290:], ANGER.bgr))
    assert shares[1] == pytest.approx(2 * shares[0], rel=0.1)
    assert shares[2] == pytest.approx(3 * shares[0], rel=0.1)


def test_an_unclear_face_is_shown_as_such() -> None:
    grey = np.full((360, 640, 3), 90, np.uint8)
    drawn = Annotator().annotate(Frame(grey), [make_reading("anger", unclear=Unclear.BLURRED, box=(300, 100, 80, 100))])
    assert colour_share(drawn, UNCLEAR) > 0.004
    texts = [Annotator()._text(make_reading(unclear=reason)) for reason in Unclear]
    assert texts == [
        ["#1 unclear: too small"],
        ["#1 unclear: blurred"],
        ["#1 unclear: turned away"],
        ["#1 happy or neutral?"],
    ]
    assert Annotator()._text(make_reading(label=None)) == ["#1 unclear"]


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.lists(
        st.tuples(st.floats(-300, 300), st.floats(-300, 300), st.floats(0.1, 400), st.floats(0.1, 400)), max_size=6
    ),
    st.booleans(),
    st.booleans(),
)
def test_any_face_in_any_frame(
    size: tuple[int, int], boxes: list[tuple[float, float, float, float]], grey: bool, anonymize: bool
) -> None:
    image = np.zeros(size if grey else (*size, 3), np.uint8)
    readings = [make_reading(track_id=number, box=box) for number, box in enumerate(boxes, 1)]
    drawn = Annotator(anonymize=anonymize).annotate(Frame(image), readings)
    assert drawn.shape == (*size, 3)
    assert drawn.dtype == np.uint8


def test_fifty_faces_take_little() -> None:
    readings = [make_reading(track_id=n, box=(20 + 60 * (n % 10), 20 + 65 * (n // 10), 40, 50)) for n in range(50)]
    annotator = Annotator()
    annotator.annotate(Frame(PICTURE), readings)
    start = time.process_time()
    for index in range(5):
        annotator.annotate(Frame(PICTURE, index), readings)
    assert (time.process_time() - start) / 5 < 0.2


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(UsageError, match="en, ko"):
        Annotator("xx")


def test_ink_stands_out() -> None:
    assert ink_on((255, 255, 255)) == BLACK
    assert ink_on((0, 0, 0)) == WHITE
    assert ink_on(HAPPINESS.bgr) == BLACK


def test_words_are_rendered_and_cut_off_at_the_edge() -> None:
    bitmap = Lettering().bitmap("Ag 87%", 16, WHITE, (10, 20, 30), 3)
    assert tuple(bitmap[0, 0]) == (10, 20, 30)
    assert bitmap.max() > 200
    for x, y in ((-5, -5), (38, 18), (100, 100), (-200, 5)):
        picture = np.zeros((20, 40, 3), np.uint8)
        paste(picture, bitmap, x, y)
        stain(picture, Lettering().mask("Ag", 16), WHITE, x, y)
        assert picture.shape == (20, 40, 3)


FACE = Box(0.3 * 512, 0.1 * 512, 0.2 * 512, 0.25 * 512)


def test_a_blurred_face_keeps_no_detail(astronaut: Image) -> None:
    """Detail finer than the few mean colours leaves no trace, so that nobody can bring it back."""
    blurred = blur_faces(astronaut, [FACE])
    np.testing.assert_array_equal(blurred[300:], astronaut[300:])
    x, y, w, h = (round(value) for value in FACE)
    checks = np.where((np.indices(astronaut.shape[:2]) // 5).sum(axis=0) % 2, 20, -20)[:, :, None]
    other = np.clip(astronaut.astype(int) + checks, 0, 255).astype(np.uint8)
    inner = np.s_[y : y + h, x + w // 4 : x + 3 * w // 4]
    before = np.abs(other[inner].astype(int) - astronaut[inner])
    after = np.abs(blur_faces(other, [FACE])[inner].astype(int) - blurred[inner])
    assert before.mean() > 15
    assert after.mean() < 4


def test_blurring_needs_no_ids_and_covers_everybody_at_the_edge_too() -> None:
    boxes = [Box(-20, -20, 80, 90), Box(600, 300, 80, 100), Box(420, 70, 80, 100), Box(9999, 10, 5, 5)]
    noise = np.random.default_rng(0).integers(0, 255, PICTURE.shape).astype(np.uint8)
    blurred = blur_faces(noise, boxes)
    for x, y in ((5, 5), (635, 350), (460, 120)):
        patch = blurred[y - 4 : y + 4, x - 4 : x + 4].astype(float)
        assert patch.std() < 40 < noise[y - 4 : y + 4, x - 4 : x + 4].std()


def test_a_face_that_is_missed_for_a_moment_stays_covered() -> None:
    anonymizer = Anonymizer()
    box = Box(420, 70, 80, 100)
    covered = anonymizer.apply(PICTURE, [box], 0.0)
    np.testing.assert_array_equal(anonymizer.apply(PICTURE, [], 0.1), covered)
    np.testing.assert_array_equal(anonymizer.apply(PICTURE, [], 0.1 + HOLD), PICTURE)


def test_anonymized_frames_do_not_show_the_face_under_the_drawing() -> None:
    frame = Frame(PICTURE)
    reading = make_reading(box=(420, 70, 80, 100))
    open_one, covered = Annotator(), Annotator(anonymize=True)
    difference = open_one.annotate(frame, [reading]).astype(int) - covered.annotate(frame, [reading])
    assert np.abs(difference[80:160, 430:490]).mean() > 5
    np.testing.assert_array_equal(frame.image, PICTURE)


def test_landmarks_are_drawn_when_asked_for_but_not_on_blurred_faces() -> None:
    points = np.random.default_rng(0).uniform((310, 110), (370, 190), (68, 2)).astype(np.float32)
    reading = replace(make_reading(box=(300, 100, 80, 100)), landmarks68=points)
    bare = Annotator().annotate(Frame(PICTURE), [reading])
    drawn = Annotator(landmarks=True).annotate(Frame(PICTURE), [reading])
    changed = (bare != drawn).any(axis=2)
    assert changed.sum() > 100
    assert changed[100:200, 300:380].sum() == changed.sum(), "nothing outside the face"
    blurred = Annotator(anonymize=True).annotate(Frame(PICTURE), [reading])
    np.testing.assert_array_equal(
        Annotator(anonymize=True, landmarks=True).annotate(Frame(PICTURE), [reading]), blurred
    )


class _Kept:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.ended: object = "not yet"

    def __enter__(self) -> "_Kept":
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        self.frames.append(frame)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.ended = kind


def test_a_face_is_covered_half_a_second_before_it_was_found() -> None:
    kept = _Kept()
    box = Box(420, 70, 80, 100)
    patch = np.s_[80:160, 430:490]
    most = 0
    with AnonymizedSink(kept) as sink:
        for number in range(40):
            found = [make_reading(box=box)] if 20 <= number < 30 else []
            sink.write(Frame(PICTURE, number / 10, number), found)
            most = max(most, number + 1 - len(kept.frames))
    # nothing is lost, and no more than half a second is held back
    assert [frame.index for frame in kept.frames] == list(range(40))
    assert kept.ended is None
    assert most <= HOLD * 10 + 1
    covered = [bool((frame.image[patch] != PICTURE[patch]).any()) for frame in kept.frames]
    assert [number for number, is_so in enumerate(covered) if is_so] == list(range(15, 35))


def test_what_is_held_back_is_written_where_a_run_is_cut_off() -> None:
    kept = _Kept()

    def run() -> None:
        with AnonymizedSink(kept) as sink:
            for number in range(3):
                sink.write(Frame(PICTURE, number / 10, number), [])
            raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        run()
    assert len(kept.frames) == 3
    assert kept.ended is ValueError
