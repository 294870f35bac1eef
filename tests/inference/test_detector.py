import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager.inference.detector import Detector, auto_side, decode, suppress
from feeling_manager.inference.preprocess import STRIDE, detector_size
from feeling_manager.types import Box, Image


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(threads=1)


def face_of(astronaut: Image) -> Box:
    """Where her face is, read off the picture by hand."""
    return Box(184, 66, 84, 108)


def test_finds_the_face_and_its_landmarks(detector: Detector, astronaut: Image) -> None:
    (found,) = detector.detect(astronaut)
    assert found.box.iou(face_of(astronaut)) > 0.7
    left, right, nose, mouth_left, mouth_right = found.landmarks
    assert left[0] < nose[0] < right[0]
    assert left[1] < nose[1] < mouth_left[1]
    assert mouth_left[0] < mouth_right[0]


@pytest.mark.parametrize("scale", [0.25, 0.5, 2.0, 4.0])
def test_box_is_in_pixels_of_the_frame_whatever_its_size(detector: Detector, astronaut: Image, scale: float) -> None:
    frame = cv2.resize(astronaut, None, fx=scale, fy=scale)
    (found,) = detector.detect(frame)  # type: ignore[arg-type]
    box = Box(*(value / scale for value in found.box))
    assert box.iou(face_of(astronaut)) > 0.6


@pytest.mark.parametrize("cut", ["left", "top", "right", "bottom"])
def test_a_face_over_the_edge_gives_a_box_within_the_frame(detector: Detector, astronaut: Image, cut: str) -> None:
    # half of the face lies outside: TC1 of the presentation, a negative length and a crash
    frame = {
        "left": astronaut[:, 215:],
        "top": astronaut[100:],
        "right": astronaut[:, :240],
        "bottom": astronaut[:140],
    }[cut]
    frame = np.ascontiguousarray(frame)
    height, width = frame.shape[:2]
    for found in detector.detect(frame):
        x, y, w, h = found.box
        assert x >= 0
        assert y >= 0
        assert w >= 1
        assert h >= 1
        assert x + w <= width
        assert y + h <= height


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (7, 5), (33, 31), (40, 20000)])
def test_any_size_of_frame_is_taken(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 127, np.uint8)) == []


def test_a_frame_without_faces_has_none(detector: Detector) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == []


def test_fifty_faces(detector: Detector, astronaut: Image) -> None:
    # ten by five heads, each 102 pixels wide in a frame of 1020 x 700
    head = np.ascontiguousarray(astronaut[40:180, 175:277])
    crowd = np.tile(head, (5, 10, 1))
    assert len(detector.detect(crowd)) == 50


def test_a_tilted_face_is_found(detector: Detector, astronaut: Image) -> None:
    turn = cv2.getRotationMatrix2D((226, 118), 30, 1.0)
    (found,) = detector.detect(cv2.warpAffine(astronaut, turn, (512, 512)))  # type: ignore[arg-type]
    assert found.box.iou(face_of(astronaut)) > 0.5


@given(width=st.integers(1, 20000), height=st.integers(1, 20000), longest=st.integers(1, 2000))
def test_detector_sizes_are_multiples_of_the_stride(width: int, height: int, longest: int) -> None:
    w, h = detector_size(width, height, longest)
    assert w % STRIDE == h % STRIDE == 0
    assert longest <= max(w, h) < longest + STRIDE
    assert min(w, h) >= STRIDE


def test_auto_side_stays_within_its_limits() -> None:
    assert auto_side(100, 100) == 320
    assert auto_side(1280, 720) == 640
    assert auto_side(8000, 6000) == 960


def test_decode_reads_one_cell() -> None:
    heat = np.zeros((1, 1, 8, 8), np.float32)
    scale, offset = np.zeros((1, 2, 8, 8), np.float32), np.zeros((1, 2, 8, 8), np.float32)
    points = np.full((1, 10, 8, 8), 0.5, np.float32)
    heat[0, 0, 3, 4] = 0.9
    scale[0, :, 3, 4] = np.log([3.0, 2.0])  # 12 high, 8 wide
    offset[0, :, 3, 4] = 0.25, -0.25
    (found,) = decode([heat, scale, offset, points], (2.0, 1.0), (64, 32), 0.5)
    # centre at x (4 - 0.25 + 0.5) * 4 = 17, y (3 + 0.25 + 0.5) * 4 = 15 in the tensor; twice as wide in the frame
    assert found.box == pytest.approx((26.0, 9.0, 16.0, 12.0))
    assert found.landmarks[0] == pytest.approx((34.0, 15.0))


def test_suppress_keeps_the_surest_of_what_overlaps() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 1, 10, 10], [30, 30, 10, 10]], np.float64)
    assert suppress(boxes, np.array([0.5, 0.9, 0.7], np.float32)) == [1, 2]
