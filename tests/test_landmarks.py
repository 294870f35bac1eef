import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeling_manager import landmarks
from feeling_manager.landmarks import (
    EXPRESSIVE,
    LEFT_EYE,
    LINES,
    LOOPS,
    MIRROR,
    eye_openness,
    mean_error,
    mouth_openness,
    shape_features,
)
from feeling_manager.types import Floats


def face(*, eyes: float = 0.3, mouth: float = 0.0) -> Floats:
    """Points of a drawn face 100 wide: eyes and mouth opened by these shares of their widths."""
    points = np.random.default_rng(1).uniform(0, 100, (68, 2)).astype(np.float32)
    for (outer, above, over, inner, under, below), x, way in ((range(36, 42), 20, 1), (range(42, 48), 60, 1)):
        height = eyes * 20 / 2
        points[outer], points[inner] = (x, 40), (x + 20 * way, 40)
        points[above], points[over] = (x + 6, 40 - height), (x + 14, 40 - height)
        points[under], points[below] = (x + 14, 40 + height), (x + 6, 40 + height)
    gap = mouth * 40 / 2
    points[60], points[64] = (30, 80), (70, 80)
    for above, below, x in ((61, 67, 40), (62, 66, 50), (63, 65, 60)):
        points[above], points[below] = (x, 80 - gap), (x, 80 + gap)
    return points


@pytest.mark.parametrize("opened", [0.0, 0.12, 0.3, 0.7])
def test_openness_is_height_over_width(opened: float) -> None:
    assert eye_openness(face(eyes=opened)) == pytest.approx(opened, abs=1e-4)
    assert mouth_openness(face(mouth=opened)) == pytest.approx(opened, abs=1e-4)


@given(st.floats(0.2, 5), st.floats(-500, 500), st.floats(-500, 500))
def test_features_know_neither_place_nor_size(scale: float, x: float, y: float) -> None:
    one = face()
    features = shape_features(np.stack([one, one * scale + [x, y]]))
    assert features.shape == (2, 4 * len(EXPRESSIVE)) == (2, 136)
    assert features[1] == pytest.approx(features[0], abs=2e-3)
    assert np.abs(features[:, 3::4]).max() <= 1


def test_features_are_offset_distance_and_angle() -> None:
    points = face()
    features = shape_features(points[None])[0].reshape(-1, 4)
    assert np.hypot(features[:, 0], features[:, 1]) == pytest.approx(features[:, 2], abs=1e-5)
    assert np.arctan2(features[:, 1], features[:, 0]) / np.pi == pytest.approx(features[:, 3], abs=1e-5)
    assert features[:, :2].mean(0) == pytest.approx(0, abs=1e-5)


def test_a_mirror_image_of_a_mirror_image_is_the_face() -> None:
    assert [MIRROR[MIRROR[index]] for index in range(68)] == list(range(68))
    for line in (*LINES[1:3], LEFT_EYE):
        assert set(line).isdisjoint(MIRROR[index] for index in line)
    # the drawing joins every point once
    joined = [index for line in (*LINES, *LOOPS) for index in line]
    assert sorted(joined) == list(range(68))


def test_the_error_is_a_share_of_the_eyes_distance() -> None:
    points = face()
    away = points + np.array([3.0, 4.0])
    assert mean_error(away[None], points[None]) == pytest.approx([5 / 60], abs=1e-4)
    assert landmarks.eye_distance(points[None]) == pytest.approx([60])
