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
from feeling_manager.training.datasets import SIDE, Faces, majority
from feeling_manager.training.metrics import cross_fitted, measure, unsure_bar
from feeling_manager.training.train import MEAN, STD, load_network
from feeling_manager.types import Floats

DRIFT = 0.005
"""How far a probability of the file may be from PyTorch's."""
OPSET = 17


class _Shipped(nn.Module):
    """A network with its temperature and the softmax."""

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.network(x) / self.temperature, 1)


def export(checkpoint: Path, out: Path, valid: Faces, trained_on: str) -> dict[str, Any]:
    """Writes `out` (an .onnx file) and its manifest beside it, and gives the manifest.

    The temperature and the bar for *unsure* are fitted on the validation faces; the figures in the manifest are those
    of the exported file, calibrated by cross-fitting. Raises ModelError when the file's probabilities differ from
    PyTorch's by more than `DRIFT` on any of these faces.
    """
    network, settings = load_network(checkpoint)
    labels = majority(valid.votes)
    images, labels = valid.images[labels >= 0], labels[labels >= 0]
    raw = _probabilities(_Shipped(network, 1.0), images)
    calibrated, temperature = cross_fitted(raw, labels)
    shipped = _Shipped(network, temperature)
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
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    out.with_suffix(".json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return manifest


def to_onnx(network: nn.Module) -> bytes:
    """The network as a serialised graph with float16 weights, crops `(n, 1, 48, 48)` → probabilities `(n, 8)`."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # the exporter by tracing is deprecated; the new one needs onnxscript and writes a larger graph
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 1, SIDE, SIDE),),
            buffer,
            input_names=["crops"],
            output_names=["probabilities"],
            dynamic_axes={"crops": {0: "n"}, "probabilities": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    halve_weights(model)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def compare(network: nn.Module, content: bytes, images: Any) -> float:
    """The largest difference of a probability between PyTorch and the exported file, on faces `(n, 48, 48)`."""
    session = make_session(content)
    difference = 0.0
    for start in range(0, len(images), 256):
        part = images[start : start + 256]
        theirs = session.run(None, {"crops": emotion_tensor(part, MEAN, STD)})[0]
        difference = max(difference, float(np.abs(theirs - _probabilities(network, part)).max()))
    return difference


@torch.inference_mode()
def _probabilities(network: nn.Module, images: Any) -> Floats:
    tensor = torch.from_numpy(emotion_tensor(images, MEAN, STD))
    result: Floats = torch.cat([network(part) for part in tensor.split(256)]).numpy()
    return result
