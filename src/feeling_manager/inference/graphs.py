"""Changes to ONNX graphs. Imports onnx, so only where a model is prepared or exported."""

from collections.abc import Sequence

import numpy as np
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
