"""The pictures of an evaluation, each from the JSON's figures."""

import io
from typing import Any

import numpy as np

from feeling_manager.labels import NAMES


def confusion(result: dict[str, Any]) -> bytes:
    """Rows: the true emotion, in shares of it; the number in each cell is its count. PNG."""
    counts = np.array(result["confusion"])
    figure, axes = _figure(6.4, 5.6)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(NAMES)), NAMES, rotation=45, ha="right")
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.set(xlabel="read as", ylabel="label")
    return _png(figure)


def coverage(result: dict[str, Any]) -> bytes:
    """What a threshold for *unsure* costs and gains, with the model's own. PNG."""
    rows = result["coverage"]
    figure, axes = _figure(6.4, 3.8)
    thresholds = [row["threshold"] for row in rows]
    for name, words in (
        ("coverage", "share of faces above the threshold"),
        ("accuracy_above", "accuracy above it"),
        ("accuracy_below", "accuracy below it"),
    ):
        axes.plot(thresholds, [100 * row[name] for row in rows], marker=".", label=words)
    axes.axvline(result["unsure"]["threshold"], color="black", linestyle=":", label="the model's threshold")
    axes.set(xlabel="confidence from which an emotion is read", ylabel="%", ylim=(0, 101))
    axes.legend(loc="lower left")
    return _png(figure)


def calibration(result: dict[str, Any]) -> bytes:
    """Share that is right over confidence, with the number of faces below. PNG."""
    from matplotlib.figure import Figure

    rows = result["reliability"]
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 100], [0, 100], color="grey", linestyle=":", label="confidence as it should be")
    confidence = [100 * row["confidence"] for row in rows]
    errors = [100 * np.sqrt(max(row["accuracy"] * (1 - row["accuracy"]), 0.01) / row["n"]) for row in rows]
    upper.errorbar(
        confidence, [100 * row["accuracy"] for row in rows], errors, marker="o", capsize=2, label="share that is right"
    )
    upper.set(ylabel="right, %", ylim=(0, 101), xlim=(0, 101))
    upper.legend(loc="lower right")
    lower.bar(confidence, [row["n"] for row in rows], width=4)
    lower.set(xlabel="confidence, %", ylabel="faces")
    return _png(figure)


def robustness(result: dict[str, Any]) -> bytes:
    """Accuracy under each condition, the faces as they are on top. PNG."""
    rows = result["robustness"][::-1]
    figure, axes = _figure(6.4, 5.2)
    values = [100 * row["accuracy"] for row in rows]
    axes.barh([row["condition"] for row in rows], values)
    for place, value in enumerate(values):
        axes.text(value + 1, place, f"{value:.1f}", va="center")
    axes.axvline(100 * result["robustness"][0]["accuracy"], color="grey", linestyle=":")
    axes.set(xlabel="accuracy, %", xlim=(0, 105))
    return _png(figure)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
