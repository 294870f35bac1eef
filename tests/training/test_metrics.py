import numpy as np
import pytest

from feeling_manager.training.metrics import (
    calibration_error,
    confusion,
    coverage,
    cross_fitted,
    fit_temperature,
    measure,
    sliced,
    unsure_threshold,
    with_temperature,
)
from feeling_manager.types import Floats


def probabilities(*rows: dict[int, float]) -> Floats:
    result = np.zeros((len(rows), 8), np.float32)
    for row, values in enumerate(rows):
        for column, value in values.items():
            result[row, column] = value
    return result


def test_figures_by_hand() -> None:
    p = probabilities({0: 0.9, 1: 0.1}, {0: 0.6, 1: 0.4}, {1: 0.8, 0: 0.2}, {2: 0.7, 1: 0.3})
    labels = np.array([0, 1, 1, 2])
    figures = measure(p, labels)
    assert figures["n"] == 4
    assert figures["accuracy"] == 0.75
    assert figures["recall"]["happiness"] == 0.5
    assert figures["recall"]["anger"] is None
    # f1: neutral 2/3, happiness 2/3, surprise 1
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert figures["log_loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean(), abs=1e-6)
    assert confusion(p, labels)[1].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    # each in a bin of its own: gaps .1, .6, .2, .3
    assert figures["ece"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4, abs=1e-6)


def test_no_faces() -> None:
    with pytest.raises(ValueError, match="no faces"):
        measure(np.zeros((0, 8), np.float32), np.zeros(0, np.intp))


@pytest.fixture
def overconfident() -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Probabilities whose logits are twice what they should be."""
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 1.5, (4000, 8))
    true = with_temperature(logits, 1.0)
    labels = np.array([rng.choice(8, p=row / row.sum()) for row in true.astype(np.float64)])
    return with_temperature(logits, 0.5), labels


def test_temperature_is_found_and_calibrates(
    overconfident: tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]],
) -> None:
    p, labels = overconfident
    assert fit_temperature(p, labels) == pytest.approx(2.0, abs=0.1)
    fitted, temperature = cross_fitted(p, labels)
    assert temperature == pytest.approx(2.0, abs=0.1)
    assert calibration_error(fitted, labels) < 0.03 < calibration_error(p, labels)
    assert np.array_equal(fitted.argmax(1), p.argmax(1))


def test_the_bar_lies_where_right_and_wrong_balance(
    overconfident: tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]],
) -> None:
    fitted, _ = cross_fitted(*overconfident)
    # calibrated: confidence 0.5 is right half of the time
    assert unsure_threshold(fitted, overconfident[1]) == pytest.approx(0.5, abs=0.06)


def test_coverage_falls_as_the_bar_rises(
    overconfident: tuple[Floats, np.ndarray[tuple[int], np.dtype[np.intp]]],
) -> None:
    rows = coverage(*overconfident)
    shares = [row["coverage"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert rows[-1]["accuracy_above"] > rows[0]["accuracy_above"]


def test_slices_hold_every_face_once() -> None:
    values = np.array([0.0, 0.4, 0.5, 0.9, 1.0])
    right = np.array([True, False, True, True, False])
    assert sliced(values, right, [0.0, 0.5, 0.6, 0.7, 1.0]) == [
        {"from": 0.0, "to": 0.5, "n": 2, "accuracy": 0.5},
        {"from": 0.5, "to": 0.6, "n": 1, "accuracy": 1.0},
        {"from": 0.7, "to": 1.0, "n": 2, "accuracy": 0.5},
    ]
