"""From a checkpoint to the file that ships, with its contract; fails when the two compute different things."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from feeling_manager.errors import ModelError, UsageError
from feeling_manager.inference.contract import TEMPLATE, VERSION
from feeling_manager.inference.graphs import halve_weights
from feeling_manager.inference.models import sha256
from feeling_manager.inference.preprocess import emotion_tensor
from feeling_manager.inference.session import make_session
from feeling_manager.labels import NAMES
from feeling_manager.landmarks import POINTS, mean_error
from feeling_manager.sinks.files import write_whole
from feeling_manager.training.align import read
from feeling_manager.training.batches import MEAN, STD
from feeling_manager.training.checkpoints import load_network
from feeling_manager.training.datasets import SIDE, Faces, majority
from feeling_manager.training.metrics import cross_fitted, measure, unsure_threshold
from feeling_manager.training.networks import FaceNetwork
from feeling_manager.training.quantise import CALIBRATION, MOST_LOSS, quantise
from feeling_manager.training.settings import OWN_LANDMARKS
from feeling_manager.training.teacher import landmarks_of
from feeling_manager.types import Floats, Image

DRIFT = 1e-4
"""How far a probability of the graph, before its weights are rounded, may be from PyTorch's."""
OPSET = 17


class _Shipped(nn.Module):
    """A network with its temperature and the softmax, and its landmarks in pixels of the crop if it was taught any.

    tta_views, aligning: see `align.read`. (0, 0) is the middle of the first pixel, as in all that reads frames.
    """

    def __init__(
        self, network: FaceNetwork, temperature: float, *, landmarks: bool, tta_views: int, aligning: bool = False
    ) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.landmarks = landmarks
        self.tta_views = tta_views
        self.aligning = aligning

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, points = read(self.network, x, tta_views=self.tta_views, aligning=self.aligning)
        probabilities = torch.softmax(logits / self.temperature, 1)
        return (probabilities, (points + 1) * (SIDE / 2) - 0.5) if self.landmarks else (probabilities,)


def export(
    checkpoint: Path,
    out: Path,
    valid: Faces,
    trained_on: str,
    *,
    tta_views: int | None = None,
    calibration: Image | None = None,
    landmarks: Path | None = None,
) -> dict[str, Any]:
    """Writes `out` (an .onnx file) and its manifest beside it, and gives the manifest.

    The temperature and the threshold for *unsure* are fitted on the validation faces. The manifest's figures are those
    of the exported file, calibrated by cross-fitting.

    Args:
        checkpoint: Of `feeling train`.
        out: The file to write.
        valid: Validation faces with votes.
        trained_on: What the manifest says of the data.
        tta_views: See `align.read`; by default all that the network has learned.
        calibration: Grey training faces `(n, 48, 48)`; with them the file computes in eight-bit integers, which takes a
            third of the time.
        landmarks: File of points that its landmarks are measured on, by default that of the training.

    Returns:
        The manifest.

    Raises:
        UsageError: Three views are asked of a network that does not align.
        ModelError: The graph's outputs differ from PyTorch's by more than `DRIFT`, or rounding its weights costs
            `MOST_LOSS` of the accuracy. Nothing is written.
    """
    network, settings = load_network(checkpoint)
    most = 3 if settings.aligning else 2
    tta_views = tta_views or most
    if tta_views > most:
        raise UsageError("Only a network that was trained with --landmarks and --aligned has a third view.")
    labels = majority(valid.votes)
    images, labels = valid.images[labels >= 0], labels[labels >= 0]

    def ship(temperature: float) -> _Shipped:
        return _Shipped(
            network,
            temperature,
            landmarks=settings.landmarks.file is not None,
            tta_views=tta_views,
            aligning=settings.aligning,
        )

    def finish(graph: onnx.ModelProto) -> bytes:
        if calibration is not None:
            return quantise(graph, emotion_tensor(calibration, MEAN, STD))
        halve_weights(graph)
        return _bytes(graph)

    exact, plain = _outputs(ship(1.0), images), to_onnx(ship(1.0))
    drift = apart(exact, outputs_of(_bytes(plain), images))
    if drift > DRIFT:
        raise ModelError(f"The graph is off by {drift:.5f} from PyTorch (at most {DRIFT} is taken): not written.")
    raw, points = outputs_of(finish(plain), images)
    calibrated, temperature = cross_fitted(raw, labels)
    content = finish(to_onnx(ship(temperature)))
    figures = measure(calibrated, labels)
    before = float((exact[0].argmax(1) == labels).mean())
    precision = "float16" if calibration is None else "int8"
    if figures["accuracy"] <= before - MOST_LOSS:
        advice = "Train it longer." if calibration is None else "Export it with --no-int8."
        raise ModelError(
            f"In {precision} the accuracy falls from {before:.2%} to {figures['accuracy']:.2%}, by half a point or "
            f"more: not written. {advice}"
        )
    manifest = {
        "version": VERSION,
        "name": "emotion",
        "file": out.name,
        "sha256": sha256(content),
        "precision": precision,
        "input": {"name": "crops", "size": [SIDE, SIDE], "colour": "gray", "mean": MEAN, "std": STD},
        "output": {"name": "probabilities", "labels": list(NAMES)},
        "crop": {"template": "ferplus", "landmarks": TEMPLATE},
        "tta_views": tta_views,
        "self_alignment": settings.aligning,
        "temperature": round(temperature, 4),
        "unclear": {"confidence": unsure_threshold(calibrated, labels)},
        "licence": "Apache-2.0",
        "trained_on": trained_on,
        "network": {"name": settings.network, "parameters": sum(p.numel() for p in network.parameters())},
        "metrics": {
            "data": "FER+ validation, majority label",
            "drift": round(drift, 5),
            "float_accuracy": round(before, 4),
            **{name: round(figures[name], 4) for name in ("accuracy", "macro_f1", "ece", "log_loss")},
            "n": figures["n"],
        },
    }
    if settings.landmarks.file:
        measured_on = landmarks or (None if settings.landmarks.file == OWN_LANDMARKS else Path(settings.landmarks.file))
        manifest["landmarks68"] = {"name": "landmarks68"} | (_error(points, images, measured_on) if measured_on else {})
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    write_whole(out.with_suffix(".json"), (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest


def some_faces(faces: Faces) -> Image:
    """Faces to calibrate on, the same ones of the same data set: grey `(n, 48, 48)`."""
    usable = np.flatnonzero(majority(faces.votes) >= 0)
    return faces.images[np.random.default_rng(0).permutation(usable)[:CALIBRATION]]


def to_onnx(shipped: _Shipped) -> onnx.ModelProto:
    """The network as a graph.

    Crops `(n, 1, 48, 48)` → probabilities `(n, 8)` and, where it was taught them, landmarks68 `(n, 68, 2)`.
    """
    names = ["probabilities", "landmarks68"][: 1 + shipped.landmarks]
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # the exporter by tracing is deprecated; the new one needs onnxscript and writes a larger graph
        warnings.simplefilter("ignore")
        torch.onnx.export(
            shipped.eval(),
            (torch.zeros(2, 1, SIDE, SIDE),),
            buffer,
            input_names=["crops"],
            output_names=names,
            dynamic_axes={name: {0: "n"} for name in ("crops", *names)},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    onnx.checker.check_model(model)
    return model


def _bytes(model: onnx.ModelProto) -> bytes:
    return model.SerializeToString(deterministic=True)


def apart(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float:
    """The largest difference between two `outputs_of` the same faces: of a probability, or of a landmark's coordinate
    as a share of the face's side."""
    pairs = zip(one, other, (1.0, SIDE), strict=True)
    return max(float(np.abs(here - there).max(initial=0)) / scale for here, there, scale in pairs)


def outputs_of(content: bytes, images: Image) -> tuple[Floats, Floats]:
    """What a serialised graph says of faces `(n, 48, 48)`: probabilities `(n, 8)` and landmarks `(n, 68, 2)`, of no
    length without them."""
    session = make_session(content)
    parts = np.array_split(emotion_tensor(images, MEAN, STD), max(1, len(images) // 128))
    return _joined([session.run(None, {"crops": part}) for part in parts])


def _error(points: Floats, images: Image, path: Path) -> dict[str, Any]:
    """Of landmarks, on faces where the teacher found some."""
    # the teacher's count from the upper left corner of the first pixel
    truth = landmarks_of(images, path) - 0.5
    known = ~np.isnan(truth).any((1, 2))
    error = float(mean_error(points[known], truth[known]).mean())
    return {"error": round(error, 4), "n": int(known.sum())}


@torch.inference_mode()
def _outputs(shipped: _Shipped, images: Image) -> tuple[Floats, Floats]:
    """`outputs_of` in PyTorch."""
    tensor = torch.from_numpy(emotion_tensor(images, MEAN, STD))
    return _joined([[output.numpy() for output in shipped(part)] for part in tensor.split(128)])


def _joined(parts: list[list[Floats]]) -> tuple[Floats, Floats]:
    probabilities, *points = (np.concatenate(output) for output in zip(*parts, strict=True))
    return probabilities, points[0] if points else np.zeros((0, POINTS, 2), np.float32)
