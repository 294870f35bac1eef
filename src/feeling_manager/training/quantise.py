"""A graph in eight-bit integers. Needs no torch."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from feeling_manager.inference.graphs import halve_weights
from feeling_manager.types import Floats

MOST_LOSS = 0.005
"""Of accuracy, as a share: a file that loses more is not kept."""
CALIBRATION = 512
"""Faces from which the range of each layer's values is taken."""
_INTEGER = ("Conv", "Relu", "Add", "Mul", "Sigmoid", "ReduceMean", "AveragePool")


def quantise(content: bytes, tensors: Floats) -> bytes:
    """A serialised graph of `feeling export` whose features are computed in int8, one scale a channel of the weights.

    tensors: float32 `(n, c, h, w)` as the graph takes them, for the range of each layer's values. What leads
    from features to probabilities and landmarks stays in float: it takes no time, and 255 steps would cost calibration.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
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
            rest = [node.name for node in onnx.load(ready).graph.node if "/features/" not in node.name]
            quantize_static(
                ready,
                after,
                Reader(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(_INTEGER),
                nodes_to_exclude=rest,
                per_channel=True,
                # seven bits: with eight, processors without VNNI overflow where they add two products in sixteen bits
                reduce_range=True,
                weight_type=QuantType.QInt8,
                activation_type=QuantType.QUInt8,
            )
        finally:
            logging.disable(logging.NOTSET)
        made = onnx.load(after)
    halve_weights(made, smallest=4096)
    return made.SerializeToString(deterministic=True)


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
