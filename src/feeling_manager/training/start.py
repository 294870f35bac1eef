"""Networks that go on from what was learned before, also where batch normalisation was folded away."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from feeling_manager.errors import UsageError
from feeling_manager.training.networks import FaceNetwork
from feeling_manager.training.settings import Settings

Folded = dict[str, tuple[torch.Tensor, torch.Tensor]]
"""Weight and bias of every convolution, by its name in the network."""
_OTHER = "The file to start from belongs to another network: give --network the name that its manifest or settings say."


@torch.no_grad()
def start_from(network: FaceNetwork, path: Path, faces: torch.Tensor) -> None:
    """Give `network` what the file at `path` has learned; parts that the file lacks stay as they are.

    path: a checkpoint of `feeling train` (.pt) or a model that it exported (.onnx). The latter holds no batch
    normalisation, for it is folded into the convolutions: it is opened again with the statistics of `faces`, normalised
    `(n, 1, 48, 48)`, so that the network computes the same and can go on learning. Raises UsageError for a file that is
    neither or belongs to another network.
    """
    try:
        if path.suffix == ".pt":
            _load(network, torch.load(path, map_location="cpu", weights_only=True)["averaged"])
        else:
            _start_from_graph(network, path, faces)
    except UsageError:
        raise
    except Exception as error:
        message = f"{path} is nothing to start from ({type(error).__name__}): give a .pt or an .onnx."
        raise UsageError(message) from error


def sees_landmarks(path: Path) -> bool:
    """Whether a network of `start_from` was taught landmarks. False for a file that is no such network."""
    try:
        if path.suffix == ".pt":
            return (
                Settings.from_dict(torch.load(path, map_location="cpu", weights_only=True)["settings"]).landmarks.file
                is not None
            )
        import onnx

        return any(output.name == "landmarks68" for output in onnx.load(path).graph.output)
    except Exception:
        return False


def _load(network: nn.Module, state: dict[str, torch.Tensor]) -> None:
    own = network.state_dict()
    fitting = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    if len(fitting) < len(own) / 2:
        raise UsageError(_OTHER)
    network.load_state_dict(fitting, strict=False)


def _start_from_graph(network: FaceNetwork, path: Path, faces: torch.Tensor) -> None:
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    values = {item.name.removesuffix("_half"): _tensor(numpy_helper.to_array(item)) for item in graph.initializer}
    for node in graph.node:
        # a further look at a face has the weights of the first
        if node.op_type == "Identity" and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
        if node.op_type == "DequantizeLinear" and node.input[0] in values:
            whole, scale = values[node.input[0]], values[node.input[1]]
            values[node.output[0]] = whole * scale.reshape(-1, *[1] * (whole.ndim - 1))
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    _open(network, {_path(node.name): (values[node.input[1]], values[node.input[2]]) for node in nodes}, faces)
    learnt = {name.removeprefix("network."): value for name, value in values.items()}
    heads = {name: value for name, value in learnt.items() if name.startswith(("head.", "points."))}
    network.load_state_dict(heads, strict=False)


def _path(node: str) -> str:
    """`/network/features/features.6/conv1/Conv` → `features.6.conv1`, and so for `conv1_1` of a further look."""
    path: list[str] = []
    for part in (re.sub(r"_\d+$", "", part) for part in node.split("/")[2:-1]):
        if path and part.startswith(f"{path[-1]}."):
            path.pop()
        path.append(part)
    return ".".join(path)


def _open(network: FaceNetwork, folded: Folded, faces: torch.Tensor) -> None:
    layers = {n: m for n, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)}
    names = list(layers)
    shapes = {name: layer.weight.shape for name, layer in layers.items() if isinstance(layer, nn.Conv2d)}
    # without landmarks a file lacks their layer
    if any(name not in folded and not name.startswith("places.") for name in shapes) or any(
        weight.shape != shapes.get(name) for name, (weight, _) in folded.items()
    ):
        raise UsageError(_OTHER)
    hooks = []
    for name, (weight, bias) in folded.items():
        layer = layers[name]
        layer.weight.copy_(weight)
        if layer.bias is not None:
            layer.bias.copy_(bias)
        else:
            following = layers[names[names.index(name) + 1]]
            hooks.append(following.register_forward_pre_hook(partial(_measure, bias)))
    training = network.training
    network.eval()
    network(faces)
    network.train(training)
    for hook in hooks:
        hook.remove()


def _measure(shift: torch.Tensor, norm: nn.Module, inputs: tuple[torch.Tensor]) -> None:
    """Make a normalisation add `shift` to these values and do nothing else."""
    variance, mean = torch.var_mean(inputs[0], (0, 2, 3))
    scale = torch.sqrt(variance + norm.eps)
    state = {"running_mean": mean, "running_var": variance, "weight": scale, "bias": shift + mean}
    norm.load_state_dict(state, strict=False)


def _tensor(array: npt.NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.array(array, np.float32))
