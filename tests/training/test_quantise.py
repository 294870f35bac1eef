"""Eight-bit files: what they keep, and when they are refused."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from feeling_manager.errors import ModelError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.models import BUNDLED, load_emotion
from feeling_manager.inference.preprocess import emotion_tensor
from feeling_manager.training import quantise as module
from feeling_manager.training.datasets import Faces, load_ferplus
from feeling_manager.training.quantise import quantise, quantise_model, widen
from feeling_manager.types import Floats
from tests.training.ferplus import write_ferplus


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    return load_ferplus(write_ferplus(tmp_path_factory.mktemp("data") / "ferplus", train=32, valid=8), "train")


@pytest.fixture(scope="module")
def tensors(faces: Faces) -> Floats:
    given = load_emotion().manifest["input"]
    return emotion_tensor(faces.images, given["mean"], given["std"])


def test_widened_weights_are_the_halved_ones() -> None:
    model = onnx.load_from_string(load_emotion().content)
    widen(model)
    onnx.checker.check_model(model)
    assert not [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT16]
    assert not [node for node in model.graph.node if node.op_type == "Cast"]


def test_an_int8_file_is_half_as_large_and_reads_alike(faces: Faces, tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    before, after = quantise_model(BUNDLED, faces, faces.images, out)
    assert after["bytes"] == out.stat().st_size < 0.6 * before["bytes"]
    theirs, ours = EmotionClassifier(manifest=out.with_suffix(".json")), EmotionClassifier()
    assert theirs.model.precision == "int8"
    difference = np.abs(theirs.classify_crops(faces.images) - ours.classify_crops(faces.images))
    assert difference.mean() < 0.02
    assert json.loads(out.with_suffix(".json").read_text())["file"] == "small.onnx"


def test_a_file_that_loses_too_much_is_not_written(
    faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tensors: Floats
) -> None:
    spoiled = onnx.load_from_string(quantise(load_emotion().content, tensors))
    # as if the range of the last layer's values had been misjudged: all emotions become one
    last = next(t for t in spoiled.graph.initializer if t.name.endswith("bias_quantized") and list(t.dims) == [8])
    values = onnx.numpy_helper.to_array(last).copy()
    values[7] += 10**6
    last.CopyFrom(onnx.numpy_helper.from_array(values, last.name))
    monkeypatch.setattr(module, "quantise", lambda *_, **__: spoiled.SerializeToString())
    labelled = Faces(
        faces.images, np.eye(10, dtype=np.float32)[EmotionClassifier().classify_crops(faces.images).argmax(1)]
    )
    with pytest.raises(ModelError, match="not written"):
        quantise_model(BUNDLED, labelled, faces.images, tmp_path / "bad.onnx")
    assert not list(tmp_path.iterdir())
