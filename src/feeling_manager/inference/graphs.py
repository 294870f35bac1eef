"""Changes to ONNX graphs. Imports onnx, so only where a model is prepared or exported."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


def free_sizes(model: onnx.ModelProto, input_name: str, output_names: Sequence[str]) -> None:
    """Free batch, height and width of a one-input graph and rename its ends, in place.

    Weights listed as inputs are taken off that list, for ONNX Runtime folds constants only; weights that no node
    uses and remembered shapes of the old sizes go.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    used = {name for node in graph.node for name in node.input}
    inputs = [item for item in graph.input if item.name not in weights]
    needed = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.input[:], graph.initializer[:], graph.value_info[:]
    graph.input.extend(inputs)
    graph.initializer.extend(needed)
    ends = [*graph.input, *graph.output]
    names = dict(zip((end.name for end in ends), (input_name, *output_names), strict=True))
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for end in ends:
        end.name = names[end.name]
        coarse = "" if end.name == input_name else "_out"
        for axis, size in ((0, "n"), (2, f"height{coarse}"), (3, f"width{coarse}")):
            end.type.tensor_type.shape.dim[axis].dim_param = size


def halve_weights(model: onnx.ModelProto, smallest: int = 64) -> None:
    """Store every float32 weight of at least `smallest` numbers as float16 with a Cast to float32, in place.

    Half the size on disk; ONNX Runtime folds the casts when it loads, so the speed is that of the float32 file.
    """
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < smallest:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


MOST_12 = 2047
"""The greatest whole number of twelve bits, with its sign."""


def pack_weights(model: onnx.ModelProto, smallest: int = 20_000) -> None:
    """Store the weights of each Conv with at least `smallest` numbers in twelve bits and a scale per output channel.

    In place. The upper eight bits are an int8 tensor, the lower four lie two to a byte, for no ONNX type of twelve bits
    exists. Plain nodes put them together, which ONNX Runtime folds when it loads, so the arithmetic and the speed are
    those of the float32 file. The error is about that of float16, at three quarters of its size.
    """
    graph = model.graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    unpacking, tensors = [], [_constant("nibble", 16.0), _constant("nibbles", 1 / 16)]
    kept = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name not in kernels or values.size < smallest or values.size % 2:
            kept.append(tensor)
            continue
        made, nodes = _pack(tensor.name, values)
        tensors += made
        unpacking += nodes
    nodes = [*unpacking, *graph.node]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *tensors] if unpacking else kept)


def _pack(name: str, values: npt.NDArray[np.float32]) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    """values: `(out, ...)`. Tensors and nodes that give them back under that name."""
    scales = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True) / MOST_12
    scales = np.where(scales == 0, 1, scales).astype(np.float32)
    whole = np.rint(values / scales).astype(np.int16).ravel()
    low, half = (whole & 15).astype(np.uint8), whole.size // 2
    parts = {
        "high": (whole >> 4).astype(np.int8),
        "low": low[:half] | (low[half:] << 4),
        "scale": scales,
        "shape": np.array(values.shape, np.int64),
    }

    def part(word: str) -> str:
        return f"{name}_{word}"

    nodes = [
        helper.make_node("Cast", [part("high")], [part("upper")], to=TensorProto.FLOAT),
        helper.make_node("Mul", [part("upper"), "nibble"], [part("raised")]),
        helper.make_node("Cast", [part("low")], [part("pairs")], to=TensorProto.FLOAT),
        helper.make_node("Mul", [part("pairs"), "nibbles"], [part("shifted")]),
        helper.make_node("Floor", [part("shifted")], [part("second")]),
        helper.make_node("Mul", [part("second"), "nibble"], [part("over")]),
        helper.make_node("Sub", [part("pairs"), part("over")], [part("first")]),
        helper.make_node("Concat", [part("first"), part("second")], [part("lower")], axis=0),
        helper.make_node("Add", [part("raised"), part("lower")], [part("flat")]),
        helper.make_node("Reshape", [part("flat"), part("shape")], [part("whole")]),
        helper.make_node("Mul", [part("whole"), part("scale")], [name]),
    ]
    return [numpy_helper.from_array(array, part(word)) for word, array in parts.items()], nodes


def _constant(name: str, value: float) -> TensorProto:
    return numpy_helper.from_array(np.array(value, np.float32), name)
