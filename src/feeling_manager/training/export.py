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

from feeling_manager.errors import ModelError
from feeling_manager.inference.contract import TEMPLATE
from feeling_manager.inference.graphs import halve_weights
from feeling_manager.inference.models import sha256
from feeling_manager.inference.preprocess import emotion_tensor
from feeling_manager.inference.session import make_session
from feeling_manager.labels import NAMES
from feeling_manager.landmarks import mean_error
from feeling_manager.training.datasets import SIDE, Faces, majority
from feeling_manager.training.metrics import cross_fitted, measure, unsure_bar
from feeling_manager.training.networks import FaceNetwork
from feeling_manager.training.teacher import landmarks_of
from feeling_manager.training.train import MEAN, STD, load_network
from feeling_manager.types import Floats, Image

DRIFT = 0.005
"""How far a probability of the file may be from PyTorch's."""
OPSET = 17


class _Shipped(nn.Module):
    """A network with its temperature and the softmax, and its landmarks in pixels of the crop if it was taught any.

    (0, 0) is the middle of the first pixel, as in all that reads frames.
    """

    def __init__(self, network: FaceNetwork, temperature: float, *, landmarks: bool) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.landmarks = landmarks

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, points, _ = self.network(x)
        probabilities = torch.softmax(logits / self.temperature, 1)
        return (probabilities, (points + 1) * (SIDE / 2) - 0.5) if self.landmarks else (probabilities,)


def export(checkpoint: Path, out: Path, valid: Faces, trained_on: str, landmarks: Path | None = None) -> dict[str, Any]:
    """Writes `out` (an .onnx file) and its manifest beside it, and gives the manifest.

    The temperature and the bar for *unsure* are fitted on the validation faces; the figures in the manifest are those
    of the exported file, calibrated by cross-fitting. landmarks: the file of points that its landmarks are measured
    on, that of the training by default. Raises ModelError when the file's outputs differ from PyTorch's by more than
    `DRIFT` on any of these faces.
    """
    network, settings = load_network(checkpoint)
    labels = majority(valid.votes)
    images, labels = valid.images[labels >= 0], labels[labels >= 0]
    taught = settings.landmarks is not None
    raw, points = _outputs(_Shipped(network, 1.0, landmarks=taught), images)
    calibrated, temperature = cross_fitted(raw, labels)
    shipped = _Shipped(network, temperature, landmarks=taught)
    content = to_onnx(shipped)
    drift = compare(shipped, content, images)
    if drift > DRIFT:
        raise ModelError(
            f"The exported file is off by {drift:.4f} from PyTorch (at most {DRIFT} is taken): not written."
        )
    figures = measure(calibrated, labels)
    manifest = {
        "name": "emotion",
        "file": out.name,
        "sha256": sha256(content),
        "input": {"name": "crops", "size": [SIDE, SIDE], "colour": "gray", "mean": MEAN, "std": STD},
        "output": {"name": "probabilities", "labels": list(NAMES)},
        "crop": {"template": "ferplus", "landmarks": TEMPLATE},
        "temperature": round(temperature, 4),
        "unclear": {"confidence": unsure_bar(calibrated, labels)},
        "licence": "Apache-2.0",
        "trained_on": trained_on,
        "network": {"name": settings.network, "parameters": sum(p.numel() for p in network.parameters())},
        "metrics": {"data": "FER+ validation, majority label", "drift": round(drift, 5)}
        | {name: round(figures[name], 4) for name in ("accuracy", "macro_f1", "ece", "log_loss")}
        | {"n": figures["n"]},
    }
    if settings.landmarks:
        manifest["landmarks68"] = _landmarks(points, images, landmarks or Path(settings.landmarks))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    out.with_suffix(".json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return manifest


def to_onnx(shipped: _Shipped) -> bytes:
    """The network as a serialised graph with float16 weights.

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
    halve_weights(model)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def compare(shipped: _Shipped, content: bytes, images: Image) -> float:
    """The largest difference between PyTorch and the exported file, on faces `(n, 48, 48)`.

    Of a probability, or of a landmark's coordinate as a share of the face's side.
    """
    session = make_session(content)
    difference = 0.0
    for start in range(0, len(images), 256):
        part = images[start : start + 256]
        theirs = session.run(None, {"crops": emotion_tensor(part, MEAN, STD)})
        for one, other, scale in zip(theirs, _outputs(shipped, part), (1.0, SIDE), strict=False):
            difference = max(difference, float(np.abs(one - other).max()) / scale)
    return difference


def _landmarks(points: Floats, images: Image, path: Path) -> dict[str, Any]:
    """What the manifest says of them: the output's name, and the error on faces where the teacher found some."""
    # the teacher's count from the upper left corner of the first pixel
    truth = landmarks_of(images, path) - 0.5
    known = ~np.isnan(truth).any((1, 2))
    error = float(mean_error(points[known], truth[known]).mean())
    return {"name": "landmarks68", "error": round(error, 4), "n": int(known.sum())}


@torch.inference_mode()
def _outputs(shipped: _Shipped, images: Image) -> tuple[Floats, Floats]:
    """Probabilities `(n, 8)` and landmarks `(n, 68, 2)`, of no length without them."""
    tensor = torch.from_numpy(emotion_tensor(images, MEAN, STD))
    parts = [shipped(part) for part in tensor.split(256)]
    probabilities, *points = (torch.cat(output).numpy() for output in zip(*parts, strict=True))
    return probabilities, points[0] if points else np.zeros((0, 68, 2), np.float32)
