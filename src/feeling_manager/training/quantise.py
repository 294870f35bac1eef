"""A model file in eight-bit integers, and what that costs. Needs no torch.

python -m feeling_manager.training.quantise MANIFEST --data ferplus.tar.gz --out emotion-int8.onnx
"""

import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnx
import typer
from onnx import TensorProto, numpy_helper

from feeling_manager.errors import FeelingError, ModelError
from feeling_manager.inference.contract import Contract
from feeling_manager.inference.models import Model, load_emotion, sha256
from feeling_manager.inference.preprocess import emotion_tensor
from feeling_manager.sinks.files import write_whole
from feeling_manager.training.datasets import Faces, majority, open_dataset
from feeling_manager.training.evaluate import evaluate
from feeling_manager.types import Floats, Image

MOST_LOSS = 0.005
"""Of accuracy, as a share: a file that loses more is not kept."""
CALIBRATION = 512
"""Faces from which the range of each layer's values is taken."""


def quantise(content: bytes, tensors: Floats, *, dynamic: bool = False) -> bytes:
    """A serialised graph with int8 weights, one scale a channel.

    tensors: float32 `(n, c, h, w)` as the graph takes them, for the range of each layer's values. dynamic: weights
    only; the values in between are quantised as they come, and no tensors are needed.
    """
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_dynamic,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    graph = onnx.load_from_string(content)
    widen(graph)
    name = graph.graph.input[0].name

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.batches: Iterator[Floats] = iter(np.array_split(tensors, max(1, len(tensors) // 32)))

        def get_next(self) -> dict[str, Floats] | None:
            batch = next(self.batches, None)
            return None if batch is None else {name: batch}

    with tempfile.TemporaryDirectory() as folder:
        before, ready, after = (str(Path(folder) / file) for file in ("before.onnx", "ready.onnx", "after.onnx"))
        onnx.save(graph, before)
        # its advice to preprocess is what the next line does
        logging.disable(logging.WARNING)
        try:
            quant_pre_process(before, ready, skip_symbolic_shape=True)
            if dynamic:
                quantize_dynamic(ready, after, per_channel=True, weight_type=QuantType.QInt8)
            else:
                quantize_static(
                    ready,
                    after,
                    Reader(),
                    quant_format=QuantFormat.QDQ,
                    per_channel=True,
                    weight_type=QuantType.QInt8,
                    activation_type=QuantType.QUInt8,
                )
        finally:
            logging.disable(logging.NOTSET)
        return Path(after).read_bytes()


def widen(model: onnx.ModelProto) -> None:
    """Float16 weights with a Cast to float32 as float32 weights, in place: what `graphs.halve_weights` did, undone."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        tensor = weights.get(node.input[0]) if node.op_type == "Cast" else None
        if tensor is None or tensor.data_type != TensorProto.FLOAT16:
            nodes.append(node)
            continue
        values = numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(values, node.output[0]))
    del graph.node[:]
    graph.node.extend(nodes)


def quantise_model(
    manifest: Path, faces: Faces, calibration: Image, out: Path, *, dynamic: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Writes an int8 file and its manifest, and gives the figures of `evaluate` of the model and of the new file.

    faces: to measure both on. calibration: grey crops `(n, 48, 48)` of other faces. Raises ModelError, and writes
    nothing, when the accuracy falls by `MOST_LOSS` or more.
    """
    model = load_emotion(manifest)
    contract = Contract.of(model.manifest)
    if contract.colour != "gray":
        raise ModelError("Only models that take grey faces can be quantised so far.")
    tensors = emotion_tensor(calibration[:CALIBRATION], contract.mean, contract.std)
    content = quantise(model.content, tensors, dynamic=dynamic)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"{out.stem}.json"
        described = _manifest(model, content, out)
        (trial.parent / out.name).write_bytes(content)
        trial.write_text(json.dumps(described), "utf-8")
        before, after = evaluate(faces, manifest), evaluate(faces, trial)
    lost = before["accuracy"] - after["accuracy"]
    if lost >= MOST_LOSS:
        raise ModelError(
            f"In int8 the accuracy falls from {before['accuracy']:.2%} to {after['accuracy']:.2%}, by half a point or "
            "more: not written."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    write_whole(out.with_suffix(".json"), (json.dumps(described, indent=2, ensure_ascii=False) + "\n").encode())
    return before, after


def _manifest(model: Model, content: bytes, out: Path) -> dict[str, Any]:
    return model.manifest | {"file": out.name, "sha256": sha256(content), "precision": "int8"}


def main(
    manifest: Annotated[Path, typer.Argument(help="Of the model.")],
    data: Annotated[Path, typer.Option(help="A data set: its training faces calibrate, its validation faces measure.")],
    out: Annotated[Path, typer.Option(help="The ONNX file; its manifest is written beside it.")],
    layout: Annotated[str | None, typer.Option(help="Of the data set.")] = None,
    dynamic: Annotated[bool, typer.Option("--dynamic", help="Weights only.")] = False,
) -> None:
    """Write a model in int8, unless that loses half a point of accuracy."""
    dataset = open_dataset(data, layout)
    faces = dataset.faces("train")
    chosen = np.random.default_rng(0).permutation(np.nonzero(majority(faces.votes) >= 0)[0])[:CALIBRATION]
    rows = quantise_model(manifest, dataset.faces("valid"), faces.images[chosen], out, dynamic=dynamic)
    for name, row in zip(("before", "int8"), rows, strict=True):
        typer.echo(
            f"{name}: accuracy {row['accuracy']:.2%}, macro-F1 {row['macro_f1']:.3f}, ECE {row['ece']:.4f}, "
            f"{row['bytes'] / 1e6:.2f} MB, {row['milliseconds_a_face']:.2f} ms a face, n = {row['n']}"
        )


def _run(command: Callable[..., None]) -> None:
    try:
        typer.run(command)
    except FeelingError as error:
        raise SystemExit(f"{error}") from error


if __name__ == "__main__":
    _run(main)
