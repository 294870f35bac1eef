import json
from typing import Any

import cv2
import numpy as np
import pytest

from feeling_manager import EmotionRecognizer
from feeling_manager.errors import InvalidImageError, ProviderError, UsageError
from feeling_manager.inference.session import available
from feeling_manager.labels import BY_NAME, EMOTIONS, HAPPINESS
from feeling_manager.landmarks import LEFT_EYE, RIGHT_EYE, eye_openness, mouth_openness
from feeling_manager.types import Face, Frame, Image, Unclear


@pytest.fixture(scope="module")
def recognizer() -> EmotionRecognizer:
    return EmotionRecognizer(threads=1)


def test_a_smiling_face_is_happy(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    (face,) = recognizer.recognize(astronaut)
    assert face.emotion is HAPPINESS
    assert face.confidence > 0.8
    assert face.unclear is None
    assert face.valence > 0.5
    assert face.probabilities.shape == (8,)
    assert face.probabilities.dtype == np.float32
    assert face.probabilities.sum() == pytest.approx(1, abs=1e-3)
    assert face.landmarks.shape == (5, 2)


def test_frames_grey_and_colour_read_alike(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    grey: Image = cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY)  # type: ignore[assignment]
    (of_frame,) = recognizer.recognize(Frame(astronaut, 1.0, 3))
    (of_image,) = recognizer.recognize(astronaut)
    (of_grey,) = recognizer.recognize(grey)
    assert np.array_equal(of_frame.probabilities, of_image.probabilities)
    assert of_grey.probabilities == pytest.approx(of_image.probabilities, abs=0.05)


def test_a_batch_is_its_frames_one_by_one(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    frames = [astronaut, np.zeros((60, 80, 3), np.uint8), np.tile(astronaut[:256, 100:356], (1, 2, 1))]
    batch = recognizer.recognize_batch(frames)
    assert [len(faces) for faces in batch] == [1, 0, 2]
    for frame, faces in zip(frames, batch, strict=True):
        for alone, together in zip(recognizer.recognize(frame), faces, strict=True):
            assert alone.box == together.box
            assert alone.probabilities == pytest.approx(together.probabilities, abs=1e-4)


def test_a_batch_of_nothing(recognizer: EmotionRecognizer) -> None:
    assert recognizer.recognize_batch([]) == []


@pytest.mark.parametrize("scale", [0.1, 0.2, 1, 6])
def test_tiny_and_huge_faces(recognizer: EmotionRecognizer, astronaut: Image, scale: float) -> None:
    frame: Image = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    for face in recognizer.recognize(frame):
        if face.box.w < 20:
            assert face.unclear is Unclear.SMALL
            assert face.emotion is None
        else:
            assert face.emotion is HAPPINESS


def test_a_blurred_face_is_not_read(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    blurred: Image = cv2.GaussianBlur(astronaut, (0, 0), 6)  # type: ignore[assignment]
    (face,) = recognizer.recognize(blurred)
    assert face.unclear is Unclear.BLURRED
    assert face.emotion is None
    assert face.confidence == pytest.approx(float(face.probabilities.max()))


@pytest.mark.parametrize("step", range(0, 260, 20))
def test_a_face_that_leaves_the_frame_never_crashes(recognizer: EmotionRecognizer, astronaut: Image, step: int) -> None:
    frame = astronaut[step:, step:]
    height, width = frame.shape[:2]
    for face in recognizer.recognize(np.ascontiguousarray(frame)):
        x, y, w, h = face.box
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


def test_views_of_other_arrays_are_taken(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    (face,) = recognizer.recognize(astronaut[:, ::-1])
    assert face.emotion is HAPPINESS


def test_crops_of_any_size_and_number(recognizer: EmotionRecognizer) -> None:
    rng = np.random.default_rng(0)
    for number, side in ((0, 48), (1, 48), (3, 64), (130, 24)):
        probabilities = recognizer.classify_crops(rng.integers(0, 256, (number, side, side), dtype=np.uint8))
        assert probabilities.shape == (number, 8)
        assert np.allclose(probabilities.sum(1), 1, atol=1e-3)


@pytest.mark.parametrize("bad", [np.zeros((48, 48), np.uint8), np.zeros((1, 48, 48), np.float32), [[0]]])
def test_what_are_no_crops_is_refused(recognizer: EmotionRecognizer, bad: Image) -> None:
    with pytest.raises(InvalidImageError, match="Crops must be"):
        recognizer.classify_crops(bad)


def test_a_missing_provider_is_named_with_what_to_install() -> None:
    missing = next(name for name in ("directml", "coreml", "cuda") if name not in available())
    with pytest.raises(ProviderError, match="install the package"):
        EmotionRecognizer(provider=missing)
    with pytest.raises(ProviderError, match="choose one of cpu, cuda"):
        EmotionRecognizer(provider="abacus")


def test_a_face_as_json(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    (face,) = recognizer.recognize(astronaut)
    data = face.to_dict()
    assert data["emotion"] == "happiness"
    assert list(data["probabilities"]) == [emotion.name for emotion in EMOTIONS]
    assert all(isinstance(value, float) for value in data["box"])


def test_the_model_names_known_labels(recognizer: EmotionRecognizer) -> None:
    assert set(recognizer.classifier.model.manifest["output"]["labels"]) == set(BY_NAME)
    assert len(recognizer.classifier.model.content) <= 5_000_000


def test_real_photos(recognizer: EmotionRecognizer, shared_media: "object") -> None:
    from pathlib import Path

    folder = Path(str(shared_media))
    many = cv2.imread(str(folder / "multi_face.jpg"))
    none = cv2.imread(str(folder / "no_face.jpg"))
    assert many is not None
    assert none is not None
    faces: list[Face] = recognizer.recognize(many)  # type: ignore[arg-type]
    assert len(faces) == 5
    assert sum(face.emotion is HAPPINESS for face in faces) >= 4
    assert recognizer.recognize(none) == []  # type: ignore[arg-type]


def test_landmarks_lie_where_the_face_has_them(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    (face,) = recognizer.recognize(astronaut)
    assert face.landmarks68 is not None
    points = face.landmarks68
    # the detector's five points, which the network did not see
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    away = 0.12 * float(np.linalg.norm(right_eye - left_eye))
    assert points[list(LEFT_EYE)].mean(0) == pytest.approx(right_eye, abs=away)
    assert points[list(RIGHT_EYE)].mean(0) == pytest.approx(left_eye, abs=away)
    assert points[30] == pytest.approx(nose, abs=2 * away)
    assert points[48] == pytest.approx(right_mouth, abs=2 * away)
    assert points[54] == pytest.approx(left_mouth, abs=2 * away)
    assert 0.15 < eye_openness(points) < 0.5
    assert 0.02 < mouth_openness(points) < 0.6


def test_a_face_goes_into_json_as_it_is(recognizer: EmotionRecognizer, astronaut: Image) -> None:
    (face,) = recognizer.recognize(astronaut)
    assert json.loads(json.dumps(face.to_dict()))["emotion"] == "happiness"


@pytest.mark.parametrize(
    ("frame", "advice"),
    [
        (np.zeros((9, 9, 3), np.float32), r"not float32; where it goes from 0 to 1, give \(image \* 255\)"),
        (np.zeros((9, 9, 3), np.uint16), "not uint16; bring its values to 0 to 255"),
        ([[0]], r"not list; read files with read_image\(\)"),
    ],
)
def test_what_is_no_frame_is_told_how_to_become_one(recognizer: EmotionRecognizer, frame: Any, advice: str) -> None:
    with pytest.raises(InvalidImageError, match=advice):
        recognizer.recognize(frame)


@pytest.mark.parametrize("options", [{"threshold": 5.0}, {"detection_side": -5}, {"detection_side": 100_000}])
def test_numbers_that_can_not_be_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="it lies between"):
        EmotionRecognizer(**options)
