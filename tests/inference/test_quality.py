import cv2
import numpy as np
import pytest

from feeling_manager.inference.preprocess import align
from feeling_manager.inference.quality import sharpness, turn, unclear
from feeling_manager.types import Box, Image, Unclear

FRONT = np.array([[10, 10], [30, 10], [20, 20], [12, 30], [28, 30]], np.float32)
BOX = Box(0, 0, 100, 100)


@pytest.fixture
def crop(astronaut: Image) -> Image:
    return np.ascontiguousarray(cv2.cvtColor(astronaut[70:166, 180:276], cv2.COLOR_BGR2GRAY)[::2, ::2])


def test_a_clear_face_is_read(crop: Image) -> None:
    assert unclear(BOX, FRONT, crop, 0.9, 0.4) is None


def test_each_reason(crop: Image) -> None:
    profile = FRONT + np.array([[0, 0], [0, 0], [11, 0], [0, 0], [0, 0]], np.float32)
    assert unclear(Box(0, 0, 19, 40), FRONT, crop, 0.9, 0.4) is Unclear.SMALL
    assert unclear(BOX, profile, crop, 0.9, 0.4) is Unclear.TURNED
    assert unclear(BOX, FRONT, crop, 0.3, 0.4) is Unclear.UNSURE
    blurred = cv2.GaussianBlur(crop, (0, 0), 3)
    assert unclear(BOX, FRONT, blurred, 0.9, 0.4) is Unclear.BLURRED  # type: ignore[arg-type]


def test_turn_does_not_depend_on_size_nor_tilt() -> None:
    angle = 0.5
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shifted = FRONT + np.array([[0, 0], [0, 0], [4, 0], [0, 0], [0, 0]])
    assert turn(shifted) == pytest.approx(0.2)
    assert turn(7 * shifted @ rotate.T + 100) == pytest.approx(0.2)
    assert turn(np.zeros((5, 2))) == float("inf")


def test_sharpness_does_not_depend_on_light(crop: Image) -> None:
    dark = (crop * 0.3 + 20).astype(np.uint8)
    assert sharpness(dark) == pytest.approx(sharpness(crop), rel=0.2)
    assert sharpness(np.full((48, 48), 7, np.uint8)) == 0.0


def test_sharpness_falls_with_blur(astronaut: Image) -> None:
    template = np.array([[15.6, 19.0], [32.4, 19.0], [24.0, 28.5], [17.2, 35.8], [30.8, 35.8]])
    landmarks = np.array([[206, 102], [247, 105], [225, 124], [207, 142], [241, 145]])
    values = [
        sharpness(align(cv2.GaussianBlur(astronaut, (0, 0), sigma), landmarks, template, 48))  # type: ignore[arg-type]
        for sigma in (0.5, 1, 2, 4, 8)
    ]
    assert values == sorted(values, reverse=True)
