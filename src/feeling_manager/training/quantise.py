"""A graph in eight-bit integers. Needs no torch."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx

from feeling_manager.inference.graphs import halve_weights
from feeling_manager.types import Floats

MOST_LOSS = 0.005
"""Of accuracy, as a share: a file that loses more is not kept."""
CALIBRATION = 512
"""Faces from which the range of each layer's values is taken."""
_INTEGER = ("Conv", "Relu", "Add", "Mul", "Sigmoid", "ReduceMean", "AveragePool")


def quantise(graph: onnx.ModelProto, tensors: Floats) -> bytes:
    """A graph of `feeling export`, serialised, whose features are computed in int8, one scale a channel of the weights.

    tensors: float32 `(n, c, h, w)` as the graph takes them, for the range of each layer's values. What leads
    from features to probabilities and landmarks stays in float: it takes no time, and 255 steps would cost calibration.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

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
