"""Measuring a model file as it ships: through ONNX Runtime, on the raw faces of a split. Needs no torch."""

import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import DatasetError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.quality import sharpness
from feeling_manager.labels import NAMES
from feeling_manager.training.datasets import Faces, majority
from feeling_manager.training.metrics import BARS, coverage, measure, sliced
from feeling_manager.types import Floats, Image


def evaluate(faces: Faces, manifest: Path | None = None) -> dict[str, Any]:
    """The figures of `metrics.measure`, with the file's size and its time a face on one thread.

    manifest: of the model to measure, the bundled one by default.

    Protocol: a face counts when the largest of its ten votes is one of the eight emotions, which is then its label.
    Raises DatasetError when none counts.
    """
    labels = majority(faces.votes)
    counted = labels >= 0
    if not counted.any():
        raise DatasetError("No face's largest vote is one of the eight emotions, so there is nothing to measure on.")
    images = faces.images[counted]
    classifier = EmotionClassifier(manifest=manifest)
    probabilities = classifier.classify_crops(images)
    result = measure(probabilities, labels[counted])
    result["coverage"] = coverage(probabilities, labels[counted], sorted({*BARS, classifier.bar}))
    result["slices"] = slices(images, faces.votes[counted], probabilities.argmax(1) == labels[counted])
    result["rows_left_out"] = len(faces.left_out)
    result["majority_is_no_emotion"] = int((~counted).sum())
    result["bytes"] = len(classifier.model.content)
    result["sha256"] = classifier.model.sha256
    result["milliseconds_a_face"] = latency(images[:1], manifest)
    return result


def slices(images: Image, votes: Floats, right: npt.NDArray[np.bool_]) -> dict[str, list[dict[str, float]]]:
    """Accuracy by how far the voters agree, and by quarters of brightness and of sharpness."""
    brightness = images.mean((1, 2))
    sharp = np.array([sharpness(image) for image in images])
    quarters = [0.0, 0.25, 0.5, 0.75, 1.0]
    return {
        "agreement": sliced(votes.max(1) / votes.sum(1), right, [0.0, 0.5, 0.7, 0.9, 1.0]),
        "brightness": sliced(brightness, right, np.quantile(brightness, quarters).tolist()),
        "sharpness": sliced(sharp, right, np.quantile(sharp, quarters).tolist()),
    }


def latency(image: Image, manifest: Path | None) -> float:
    """Median milliseconds for one face `(1, h, w)` on one thread, preprocessing included."""
    classifier = EmotionClassifier(manifest=manifest, threads=1)
    times = []
    for _ in range(60):
        start = time.perf_counter()
        classifier.classify_crops(image)
        times.append(time.perf_counter() - start)
    return statistics.median(times[10:]) * 1000


def write_report(result: dict[str, Any], folder: Path) -> None:
    """`metrics.json`, `confusion.png` and `coverage.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    draw_confusion(np.array(result["confusion"]), folder / "confusion.png")
    draw_coverage(result["coverage"], folder / "coverage.png")


def draw_confusion(counts: Any, path: Path) -> None:
    """Rows: the true emotion, in shares of it; the number in each cell is its count."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column, row, str(count), ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black"
        )
    axes.set_xticks(range(len(NAMES)), NAMES, rotation=45, ha="right")
    axes.set_yticks(range(len(NAMES)), NAMES)
    axes.set(xlabel="read as", ylabel="majority of the votes")
    figure.savefig(path, dpi=110)


def draw_coverage(rows: list[dict[str, float]], path: Path) -> None:
    """What a bar for *unsure* costs and gains."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 3.6), layout="constrained")
    axes = figure.subplots()
    bars = [row["bar"] for row in rows]
    for name, words in (
        ("coverage", "share of faces above the bar"),
        ("accuracy_above", "accuracy above it"),
        ("accuracy_below", "accuracy below it"),
    ):
        axes.plot(bars, [100 * row[name] for row in rows], marker=".", label=words)
    axes.set(xlabel="confidence from which an emotion is read", ylabel="%", ylim=(0, 101))
    axes.legend()
    figure.savefig(path, dpi=110)
