"""Labels never cover a face, whoever else is in the picture, and everybody's number is there."""

import math

import cv2
import numpy as np
import pytest
import skimage.data

from feeling_manager.labels import EMOTIONS
from feeling_manager.sinks.annotator import UNCLEAR, Annotator
from feeling_manager.sinks.dashboard import Dashboard
from feeling_manager.sinks.lettering import Lettering, ink_on
from feeling_manager.sinks.panels import FAINT, GROUND, INK
from feeling_manager.sinks.placement import Rect, Space, around, line, touching
from feeling_manager.types import Frame, Image, Reading, Unclear
from tests.sinks.readings import make_reading

Scene = tuple[Image, list[Reading]]


def scene(number: int, width: int, height: int, side: float, seed: int = 0) -> Scene:
    """So many faces of about that width, scattered over a picture."""
    rng = np.random.default_rng(seed)
    portrait = np.ascontiguousarray(skimage.data.astronaut()[40:190, 150:300, ::-1])
    picture = np.full((height, width, 3), (60, 90, 40), np.uint8)
    columns = math.ceil(math.sqrt(number * width / height))
    rows = -(-number // columns)
    readings = []
    for index in range(number):
        w = int(side * rng.uniform(0.75, 1.1))
        h = int(1.25 * w)
        x = (index % columns + 0.5 + rng.uniform(-0.12, 0.12)) * width / columns - w / 2
        y = (index // columns + 0.5 + rng.uniform(-0.1, 0.1)) * height / rows - h / 2
        left, top = int(min(max(x, 0), width - w)), int(min(max(y, 0), height - h))
        picture[top : top + h, left : left + w] = cv2.resize(portrait, (w, h))
        name = EMOTIONS[int(rng.integers(len(EMOTIONS)))].name
        box = (left, top, w, h)
        if index % 9 == 8:
            readings.append(make_reading(name, track_id=index + 1, box=box, label=None, unclear=Unclear.UNSURE))
        else:
            readings.append(make_reading(name, float(rng.uniform(0.4, 0.99)), track_id=index + 1, box=box))
    return picture, readings


CROWDS = [(1, 640, 360, 120), (5, 1280, 720, 130), (28, 1280, 720, 70), (160, 1280, 720, 44), (160, 1920, 1080, 60)]


@pytest.mark.parametrize(("number", "width", "height", "side"), CROWDS)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_drawing_covers_no_face(number: int, width: int, height: int, side: float, lang: str) -> None:
    picture, readings = scene(number, width, height, side)
    drawn = Annotator(lang).annotate(Frame(picture), readings)
    changed = (drawn != picture).any(axis=2)
    for reading in readings:
        x, y, w, h = (int(value) for value in reading.box)
        # all but the box's own line
        assert changed[y + 1 : y + h - 1, x + 1 : x + w - 1].mean() <= 0.02
        assert changed[y, x : x + w].all()


def found(picture: Image, patch: Image) -> bool:
    """Whether the very pixels of the patch are somewhere in the picture."""
    scores = cv2.matchTemplate(picture, patch, cv2.TM_SQDIFF_NORMED)
    y, x = np.unravel_index(int(scores.argmin()), scores.shape)
    return bool((picture[y : y + patch.shape[0], x : x + patch.shape[1]] == patch).all())


@pytest.mark.parametrize(("number", "width", "height", "side"), CROWDS)
def test_everybodys_number_and_the_legend_are_in_the_picture(number: int, width: int, height: int, side: float) -> None:
    picture, readings = scene(number, width, height, side)
    annotator, lettering = Annotator(), Lettering()
    drawn = annotator.with_legend(Frame(picture), readings)
    np.testing.assert_array_equal(drawn[:height], annotator.annotate(Frame(picture), readings))
    base = max(round(0.026 * math.sqrt(width * height)), 8)
    for reading in readings[:: max(number // 20, 1)]:
        colour = reading.label.bgr if reading.label else UNCLEAR
        place = annotator._places[reading.track_id]
        size = min(max(round(0.2 * reading.box.w), round(0.42 * base), 8), base)
        first = annotator._text(reading, place.variant)[0]
        assert first.startswith(f"#{reading.track_id}")
        assert found(drawn[:height], lettering.bitmap(first, size, ink_on(colour), colour, max(size // 6, 1)))
    strip = drawn[height:]
    assert strip.shape[0] % 2 == 0
    for emotion in EMOTIONS:
        assert (strip == np.array(emotion.bgr, np.uint8)).all(axis=2).any()


def test_a_label_belongs_visibly_to_its_face() -> None:
    picture, readings = scene(160, 1280, 720, 44)
    annotator = Annotator()
    annotator.annotate(Frame(picture), readings)
    led = sum(place.led for place in annotator._places.values())
    # the others touch their face
    assert len(annotator._places) == 160
    assert led < 16


def test_labels_stay_where_they_were_while_faces_move() -> None:
    picture, readings = scene(28, 1280, 720, 70)
    annotator = Annotator()
    jumps = 0
    before: dict[int, tuple[int, int]] = {}
    for step in range(30):
        moved = [
            make_reading(
                reading.label.name if reading.label else "neutral",
                track_id=reading.track_id,
                box=(reading.box.x + 2 * math.sin(step / 3 + reading.track_id), *reading.box[1:]),
            )
            for reading in readings
        ]
        annotator.annotate(Frame(picture, step / 30, step), moved)
        now = {key: (place.variant, place.slot) for key, place in annotator._places.items()}
        jumps += sum(before.get(key, place) != place for key, place in now.items())
        before = now
    assert jumps <= 14


def test_two_faces_that_overlap_and_faces_at_every_edge() -> None:
    picture = np.full((200, 320, 3), 90, np.uint8)
    boxes = [
        (0, 0, 60, 70),
        (260, 0, 60, 70),
        (0, 130, 60, 70),
        (260, 130, 60, 70),
        (130, 60, 60, 70),
        (150, 70, 60, 70),
    ]
    readings = [make_reading(track_id=index + 1, box=box) for index, box in enumerate(boxes)]
    annotator = Annotator()
    annotator.annotate(Frame(picture), readings)
    assert len(annotator._places) == 6


def test_a_line_never_crosses_a_face() -> None:
    faces = [Rect(100, 100, 40, 50), Rect(160, 100, 40, 50)]
    space = Space(400, 300, faces)
    assert space.crosses((90, 120), (220, 120))
    assert not space.crosses((100, 90), (220, 90))
    for rect in around(faces[0], 30, 12):
        start, end = line(faces[0], rect)
        assert Rect(start[0], start[1], 1, 1).overlap(faces[0]) == 1
        assert Rect(end[0], end[1], 1, 1).overlap(rect) == 1
    assert all(rect.overlap(faces[0]) == 0 for rect in touching(faces[0], 30, 12, 1))


def test_a_portrait_film_has_its_panels_below() -> None:
    picture, readings = scene(3, 540, 960, 120)
    merged = Dashboard(Annotator()).show(Frame(picture), readings)
    height, width = merged.shape[:2]
    assert width == 540
    assert height > 960
    assert height % 2 == width % 2 == 0
    wide = Dashboard(Annotator()).show(Frame(np.rot90(picture).copy()), [])
    assert wide.shape[1] > 960


def test_who_has_only_a_number_stands_in_the_panel_beside() -> None:
    picture, readings = scene(28, 1280, 720, 70)
    dashboard = Dashboard(Annotator())
    few = dashboard.show(Frame(picture, 0.0), readings[:5])
    many = dashboard.show(Frame(picture, 0.1, 1), readings)
    assert (few[500:, 1300:2000] != many[500:, 1300:2000]).any()
    lettering = Lettering()
    size = dashboard._people.size
    left = [n for n in range(1, 28) if found(many, lettering.bitmap(f"and {n} more", size, FAINT, GROUND))]
    listed = [r for r in readings if found(many, lettering.bitmap(_line(r), size, INK, GROUND))]
    assert len(left) == 1
    assert len(listed) == 28 - left[0] > 5


def _line(reading: Reading) -> str:
    return f"#{reading.track_id} {reading.label.name if reading.label else 'unclear'}"
