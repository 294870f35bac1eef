"""Figures of a classifier from its probabilities and the true labels. NumPy only."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.labels import EMOTIONS, NAMES
from feeling_manager.types import Floats

BINS = 15
THRESHOLDS = tuple(round(0.2 + 0.05 * step, 2) for step in range(15))
Labels = npt.NDArray[np.intp]


def confusion(probabilities: Floats, labels: Labels) -> npt.NDArray[np.int64]:
    """Counts `(8, 8)`: row is the true emotion, column the one read."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(1)), 1)
    return counts


def calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Expected calibration error with 15 equal bins of confidence (Guo et al. 2017), 0 to 1."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
        for inside in (bins == number for number in range(BINS))
        if inside.any()
    ]
    return float(sum(gaps))


def reliability(probabilities: Floats, labels: Labels) -> list[dict[str, float]]:
    """The bins of `calibration_error` that hold faces: their number, mean confidence and share that is right."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "from": round(number / BINS, 4),
            "n": int(inside.sum()),
            "confidence": round(float(confidence[inside].mean()), 4),
            "accuracy": round(float(right[inside].mean()), 4),
        }
        for number in range(BINS)
        if (inside := bins == number).any()
    ]


def log_loss(probabilities: Floats, labels: Labels) -> float:
    """Mean negative logarithm of the true emotion's probability."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


def coverage(probabilities: Floats, labels: Labels, thresholds: Sequence[float] = THRESHOLDS) -> list[dict[str, float]]:
    """What a threshold for *unsure* would do: share of faces above it, accuracy among them and among those below."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    rows = []
    for threshold in thresholds:
        above = confidence >= threshold
        rows.append(
            {
                "threshold": threshold,
                "coverage": round(float(above.mean()), 4),
                "accuracy_above": round(float(right[above].mean()), 4) if above.any() else 0.0,
                "accuracy_below": round(float(right[~above].mean()), 4) if not above.all() else 0.0,
            }
        )
    return rows


def sliced(values: npt.NDArray[Any], right: npt.NDArray[np.bool_], edges: Sequence[float]) -> list[dict[str, float]]:
    """Accuracy of the faces whose value lies in `[edge, next edge)`, the last one included; none for empty ones."""
    rows = []
    for low, high in pairwise(edges):
        inside = (values >= low) & ((values < high) | (high == edges[-1]) & (values <= high))
        if inside.any():
            row = {"from": round(float(low), 4), "to": round(float(high), 4), "n": int(inside.sum())}
            rows.append(row | {"accuracy": round(float(right[inside].mean()), 4)})
    return rows


def measure(probabilities: Floats, labels: Labels) -> dict[str, Any]:
    """All figures by name. Raises ValueError when there is no face."""
    if not len(labels):
        raise ValueError("there are no faces to measure on")
    counts = confusion(probabilities, labels)
    hits, truths, reads = counts.diagonal(), counts.sum(1), counts.sum(0)
    recall = np.divide(hits, truths, out=np.full(len(hits), np.nan), where=truths > 0)
    f1 = np.divide(2 * hits, truths + reads, out=np.zeros(len(hits)), where=truths + reads > 0)
    return {
        "n": len(labels),
        "accuracy": float(hits.sum() / len(labels)),
        "macro_f1": float(f1[truths > 0].mean()),
        "ece": calibration_error(probabilities, labels),
        "log_loss": log_loss(probabilities, labels),
        "recall": {name: None if np.isnan(r) else float(r) for name, r in zip(NAMES, recall, strict=True)},
        "support": dict(zip(NAMES, truths.tolist(), strict=True)),
        "confusion": counts.tolist(),
        "coverage": coverage(probabilities, labels),
    }


def fit_temperature(probabilities: Floats, labels: Labels) -> float:
    """The temperature that gives the least log loss (Guo et al. 2017), by golden-section search over its logarithm."""
    logs = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))

    def loss(log_t: float) -> float:
        return log_loss(with_temperature(logs, np.exp(log_t)), labels)

    low, high = np.log(0.2), np.log(5.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        if loss(first) < loss(second):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))


def with_temperature(logs: npt.NDArray[np.float64], temperature: float) -> Floats:
    """Probabilities of logarithms (or logits) `(n, 8)` divided by a temperature."""
    scaled = logs / temperature
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    return (scaled / scaled.sum(1, keepdims=True)).astype(np.float32)


def cross_fitted(probabilities: Floats, labels: Labels) -> tuple[Floats, float]:
    """Probabilities calibrated by a temperature fitted on the other half of the faces, and the one fitted on all.

    The first is what a figure may be reported on, the second what ships.
    """
    logs = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    half = _halves(len(labels))
    result = np.empty_like(probabilities)
    for part in (half, ~half):
        result[part] = with_temperature(logs[part], fit_temperature(probabilities[~part], labels[~part]))
    return result, fit_temperature(probabilities, labels)


def unsure_threshold(probabilities: Floats, labels: Labels) -> float:
    """The confidence below which the model is wrong more often than right, to two places.

    From the curve of being right over confidence, smoothed over a twentieth of the faces.
    """
    order = np.argsort(probabilities.max(1))
    confidence = probabilities.max(1)[order]
    right = (probabilities.argmax(1) == labels)[order].astype(float)
    width = max(len(order) // 20, 1)
    share = np.convolve(right, np.ones(width) / width, "valid")
    wrong = np.nonzero(share < 0.5)[0]
    return round(float(confidence[wrong[-1] + width // 2]), 2) if len(wrong) else round(float(confidence[0]), 2)


def cross_fitted_threshold(probabilities: Floats, labels: Labels) -> dict[str, Any]:
    """What `unsure_threshold` does to faces it was not chosen on: chosen on one half, measured on the other."""
    half = _halves(len(labels))
    above = np.empty(len(labels), bool)
    thresholds = []
    for part in (half, ~half):
        thresholds.append(unsure_threshold(probabilities[~part], labels[~part]))
        above[part] = probabilities[part].max(1) >= thresholds[-1]
    right = probabilities.argmax(1) == labels
    return {
        "thresholds": thresholds,
        "coverage": round(float(above.mean()), 4),
        "accuracy_above": round(float(right[above].mean()), 4) if above.any() else 0.0,
        "accuracy_below": round(float(right[~above].mean()), 4) if not above.all() else 0.0,
    }


def _halves(n: int) -> npt.NDArray[np.bool_]:
    half: npt.NDArray[np.bool_] = np.random.default_rng(0).permutation(n) % 2 == 0
    return half
