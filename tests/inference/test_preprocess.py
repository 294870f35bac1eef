import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeling_manager.errors import InvalidImageError
from feeling_manager.inference.preprocess import (
    align,
    as_bgr,
    as_grey,
    detector_tensor,
    emotion_tensor,
    resize,
    similarity,
)
from feeling_manager.types import Image

TEMPLATE = np.array([[15.6, 19.0], [32.4, 19.0], [24.0, 28.5], [17.2, 35.8], [30.8, 35.8]])


@given(
    angle=st.floats(-math.pi, math.pi),
    scale=st.floats(0.05, 40),
    x=st.floats(-1000, 1000),
    y=st.floats(-1000, 1000),
)
def test_similarity_finds_the_transform_that_made_the_points(angle: float, scale: float, x: float, y: float) -> None:
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    found = similarity(TEMPLATE, TEMPLATE @ turn.T + (x, y))
    assert found == pytest.approx(np.hstack([turn, [[x], [y]]]), abs=1e-6 * max(scale, abs(x), abs(y), 1))


def test_align_undoes_a_turned_enlarged_and_shifted_face() -> None:
    face = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8), (0, 0), 3)
    face = cv2.normalize(face, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    scale, angle = 4.0, 0.3
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = np.hstack([turn, [[150.0], [120.0]]])
    frame = cv2.warpAffine(face, matrix, (500, 500), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    crop = align(frame.astype(np.uint8), TEMPLATE @ turn.T + (150, 120), TEMPLATE, 48)
    inner = np.s_[2:-2, 2:-2]
    assert np.abs(crop[inner].astype(int) - face[inner].astype(int)).mean() < 1.5


def test_align_does_not_alias_a_large_face() -> None:
    # one-pixel stripes of a face sixteen times too large must come out as even grey
    frame = np.zeros((800, 800), np.uint8)
    frame[:, ::2] = 255
    crop = align(frame, TEMPLATE * 8 + 100, TEMPLATE, 48)
    assert np.abs(crop.astype(int) - 127).max() <= 2


@settings(max_examples=60, deadline=None)
@given(points=st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=5, max_size=5))
def test_align_takes_any_landmarks(points: list[tuple[float, float]]) -> None:
    frame = np.full((50, 60, 3), 90, np.uint8)
    crop = align(frame, points, TEMPLATE, 48)
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    assert np.abs(crop.astype(int) - 90).max() <= 1


def test_landmarks_in_one_point_are_taken() -> None:
    crop = align(np.zeros((20, 20), np.uint8), np.full((5, 2), 10.0), TEMPLATE, 48)
    assert crop.shape == (48, 48)


def test_shrinking_averages() -> None:
    checks = np.indices((8, 8)).sum(0).astype(np.uint8) % 2 * 200
    assert np.unique(resize(checks, 4, 4)).tolist() == [100]


def test_grey_is_bt601() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert as_grey(pixels).tolist() == [[29, 150, 76]]


def test_detector_tensor_is_rgb() -> None:
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[:] = (10, 20, 30)
    tensor = detector_tensor(frame, 32, 32)
    assert tensor.shape == (1, 3, 32, 32)
    assert tensor[0, :, 0, 0].tolist() == [30, 20, 10]


def test_emotion_tensor_follows_the_manifest() -> None:
    crops = np.array([[[0, 255]]], np.uint8)
    assert emotion_tensor(crops, 0.5, 0.25)[0, 0, 0] == pytest.approx([-2.0, 2.0], abs=1e-6)


def test_grey_frames_become_bgr(astronaut: Image) -> None:
    grey = as_grey(astronaut)
    assert as_bgr(grey).shape == astronaut.shape
    assert as_bgr(grey[:, :, np.newaxis]).shape == astronaut.shape


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros(4, np.uint8),
        "face.jpg",
    ],
)
def test_what_is_no_frame_is_refused_with_what_to_do(bad: Image) -> None:
    with pytest.raises(InvalidImageError, match=r"must (be|have)"):
        as_bgr(bad)
