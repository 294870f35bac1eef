"""Measuring a model file as it ships: through ONNX Runtime, on the raw faces of a split. Needs no torch."""

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import DatasetError
from feeling_manager.inference.detector import Detector
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.preprocess import as_bgr
from feeling_manager.inference.quality import sharpness
from feeling_manager.training.datasets import Dataset, Faces, clear_majority, majority, summary
from feeling_manager.training.datasets.dataset import face as crop_of
from feeling_manager.training.datasets.dataset import read_picture
from feeling_manager.training.datasets.faces import RowError
from feeling_manager.training.metrics import THRESHOLDS, coverage, cross_fitted_threshold, measure, reliability, sliced
from feeling_manager.training.preprocess import choose
from feeling_manager.training.robustness import robustness
from feeling_manager.types import Floats, Image

PROTOCOL = (
    "A face counts when the largest of its votes is for one of the eight emotions (the first on a tie), which is its "
    "label. The faces are read as they are in the data set, resized to the model's input, neither detected nor aligned."
)


def evaluate(faces: Faces, manifest: Path | None = None, *, robust: bool = False) -> dict[str, Any]:
    """The figures of `metrics.measure`, with slices, calibration, the threshold for *unsure*, size and time a face.

    manifest: of the model to measure, the bundled one by default. robust: also under `robustness.CONDITIONS`.
    Raises DatasetError when no face counts by `PROTOCOL`.
    """
    images, votes, labels, counted = _counted(faces)
    classifier = EmotionClassifier(manifest=manifest)
    probabilities = classifier.classify_crops(images)
    result = measure(probabilities, labels)
    result["protocol"] = PROTOCOL
    result["clear_majority"] = _where_voters_agree(probabilities, votes)
    result["reliability"] = reliability(probabilities, labels)
    result["coverage"] = coverage(probabilities, labels, sorted({*THRESHOLDS, classifier.threshold}))
    result["unsure"] = {
        "threshold": classifier.threshold,
        "cross_fitted": cross_fitted_threshold(probabilities, labels),
    }
    result["slices"] = slices(images, votes, probabilities.argmax(1) == labels)
    result["rows_left_out"] = len(faces.left_out)
    result["left_out"] = summary(faces.left_out)
    result["majority_is_no_emotion"] = int((~counted).sum())
    result["bytes"] = len(classifier.model.content)
    result["sha256"] = classifier.model.sha256
    result["milliseconds_a_face"] = latency(images[:1], manifest)
    if robust:
        result["robustness"] = robustness(classifier, images, labels, classifier.threshold)
    return result


def cross_check(dataset: Dataset, manifest: Path | None = None) -> dict[str, Any]:
    """The model on all pictures of another data set: as they are, and aligned by our own detector.

    raw: every face. aligned: those that the detector finds. raw_where_found: the same ones as they are, to compare.
    """
    classifier, detector = EmotionClassifier(manifest=manifest), Detector()
    raw, aligned, found, votes = [], [], [], []
    left_out = dataset.left_out("all")
    for sample in dataset.samples("all"):
        if majority(sample.votes[None])[0] < 0:
            continue
        try:
            picture = as_bgr(read_picture(dataset.content(sample)))
            raw.append(crop_of(picture, sample.box))
        except RowError:
            continue
        votes.append(sample.votes)
        best = choose(detector.detect(picture), sample.box)
        found.append(best is not None)
        if best:
            aligned.append(classifier.crop(picture, best.landmarks))
    if not aligned:
        raise DatasetError(f"No face of {dataset.path} can be read and found, so there is nothing to compare with.")
    labels, where = majority(np.stack(votes)), np.array(found)
    as_they_are = classifier.classify_crops(np.stack(raw))
    return {
        "data": dataset.path.name,
        "layout": dataset.layout,
        "rows_left_out": len(left_out),
        "raw": measure(as_they_are, labels),
        "raw_where_found": measure(as_they_are[where], labels[where]),
        "aligned": measure(classifier.classify_crops(np.stack(aligned)), labels[where]),
    }


def _counted(faces: Faces) -> tuple[Image, Any, npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Images, votes and labels of the faces that count, and which do."""
    labels = majority(faces.votes)
    counted = labels >= 0
    if not counted.any():
        raise DatasetError("No face's largest vote is one of the eight emotions, so there is nothing to measure on.")
    return faces.images[counted], faces.votes[counted], labels[counted], counted


def _where_voters_agree(probabilities: Floats, votes: Floats) -> dict[str, Any] | None:
    """Figures by the rule of FER+'s authors; None where no face fulfils it."""
    labels = clear_majority(votes)
    clear = labels >= 0
    return measure(probabilities[clear], labels[clear]) if clear.any() else None


def slices(images: Image, votes: Any, right: npt.NDArray[np.bool_]) -> dict[str, list[dict[str, float]]]:
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
