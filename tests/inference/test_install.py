"""Models of other makers, from a file and from a server on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from feeling_manager.cli import build
from feeling_manager.errors import ModelError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.inference.contract import TEMPLATE, Contract, template
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.inference.install import install
from feeling_manager.inference.models import find, installed_folder, sha256
from feeling_manager.labels import NAMES
from feeling_manager.types import Image

runner = CliRunner()
app = build(("models", "recognize"))
LABELS = ("Anger", "Contempt", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEELING_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def make_network(batch: int | str = "n") -> bytes:
    """224×224 RGB → eight logits in HSEmotion's order: red pulls to anger, green to happiness, blue to sadness."""
    weight = np.zeros((3, 8), np.float32)
    weight[0, 0] = weight[1, 4] = weight[2, 6] = 5.0
    nodes = [
        onnx.helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
        onnx.helper.make_node("Flatten", ["pooled"], ["flat"]),
        onnx.helper.make_node("MatMul", ["flat", "weight"], ["output"]),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "network",
        [onnx.helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [batch, 3, 224, 224])],
        [onnx.helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [batch, 8])],
        [onnx.numpy_helper.from_array(weight, "weight")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def describe(**changes: object) -> dict[str, object]:
    return {
        "licence": "test",
        "input": {"size": [224, 224], "colour": "rgb", "mean": MEAN, "std": STD},
        "output": {"labels": LABELS, "kind": "logits"},
        "crop": {"margin": 0.1},
    } | changes


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file with its manifest beside it."""
    file = tmp_path / "other.onnx"
    file.write_bytes(make_network())
    file.with_suffix(".json").write_text(json.dumps(describe()))
    return file


@pytest.mark.parametrize("batch", ["n", 1])
def test_another_order_size_colour_and_logits(model: Path, batch: int | str) -> None:
    model.write_bytes(make_network(batch))
    installed = install(str(model))
    classifier = EmotionClassifier(manifest=find("other"))
    assert classifier.model.sha256 == installed.sha256 == sha256(model.read_bytes())
    plain = np.zeros((3, 60, 50, 3), np.uint8)
    for row, channel in enumerate((2, 1, 0)):  # BGR: red, green, blue
        plain[row, :, :, channel] = 255
    probabilities = classifier.classify_crops(plain)
    assert [NAMES[best] for best in probabilities.argmax(1)] == ["anger", "happiness", "sadness"]
    values = (np.array([1, 0, 0]) - MEAN) / STD  # of the red one, by hand
    logits = np.array([5 * values[0], 0, 0, 0, 5 * values[1], 0, 5 * values[2], 0])
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert probabilities[0, NAMES.index("anger")] == pytest.approx(expected[0], abs=1e-4)
    assert probabilities.sum(1) == pytest.approx(1)
    assert classifier.classify_crops(np.zeros((2, 48, 48), np.uint8)).shape == (2, 8)


def test_fewer_emotions_and_a_temperature(model: Path) -> None:
    labels = [label for label in LABELS if label != "Contempt"]
    model.with_suffix(".json").write_text(json.dumps(describe(output={"labels": labels, "kind": "logits"})))
    with pytest.raises(ModelError, match="does not run"):
        install(str(model))
    hot = describe(temperature=1000.0)
    model.with_suffix(".json").write_text(json.dumps(hot))
    install(str(model), name="hot")
    probabilities = EmotionClassifier(manifest=find("hot")).classify_crops(np.zeros((1, 48, 48), np.uint8))
    assert probabilities == pytest.approx(0.125, abs=0.01)


def test_recognize_uses_it(model: Path, astronaut: Image, tmp_path: Path) -> None:
    install(str(model), name="other-1.0")
    (face,) = EmotionRecognizer(manifest=find("other-1.0")).recognize(astronaut)
    assert face.unclear is None
    import cv2

    cv2.imwrite(str(tmp_path / "face.png"), astronaut)
    command = ["recognize", "--json", str(tmp_path / "face.png")]
    theirs = json.loads(runner.invoke(app, [*command, "--model", "other-1.0"], catch_exceptions=False).stdout)
    ours = json.loads(runner.invoke(app, command, catch_exceptions=False).stdout)
    assert theirs[0]["faces"][0]["box"] == ours[0]["faces"][0]["box"]
    assert theirs[0]["faces"][0]["probabilities"] != ours[0]["faces"][0]["probabilities"]
    missing = runner.invoke(app, [*command, "--model", "nobody"])
    assert "one of emotion, other-1.0" in str(missing.exception)


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = make_network()
        if self.path == "/gone.onnx":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:100] if self.path == "/short.onnx" else content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_from_a_server(address: str, data: Path) -> None:
    digest = sha256(make_network())
    command = ["models", "install", f"{address}/enet_b0.onnx", "--manifest", "hsemotion", "--sha256", digest.upper()]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert "Installed enet_b0" in result.output
    assert {path.name for path in installed_folder().iterdir()} == {"enet_b0.onnx", "enet_b0.json"}
    rows = json.loads(runner.invoke(app, ["models", "list", "--json"], catch_exceptions=False).stdout)
    assert [row["sha256"] for row in rows if row["name"] == "enet_b0"] == [digest]
    assert "enet_b0: good" in runner.invoke(app, ["models", "verify"], catch_exceptions=False).output


@pytest.mark.parametrize(
    ("path", "options", "sentence"),
    [
        ("enet.onnx", {"manifest": "hsemotion", "digest": "0" * 64}, "its sha256 is"),
        ("short.onnx", {"manifest": "hsemotion", "digest": "0" * 64}, "broke off after 100 of"),
        ("gone.onnx", {"manifest": "hsemotion", "digest": "0" * 64}, "404"),
        ("enet.onnx", {"manifest": "hsemotion"}, "only taken with --sha256"),
        ("enet.onnx", {"manifest": "hsemotion", "digest": "12"}, "64 hexadecimal"),
        ("enet.onnx", {"digest": "0" * 64}, "add --manifest"),
        ("enet.onnx", {"manifest": "nowhere.json", "digest": "0" * 64}, "can't be read"),
    ],
)
def test_what_goes_wrong_leaves_nothing(address: str, path: str, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        install(f"{address}/{path}", **options)
    assert not installed_folder().exists() or not list(installed_folder().iterdir())


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="can't be downloaded"):
        install("http://127.0.0.1:9/model.onnx", manifest="hsemotion", digest="0" * 64)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"output": {"labels": ["joy", "boredom"]}}, "unknown: boredom"),
        ({"output": {"labels": ["joy", "happy"]}}, "named twice"),
        ({"output": {"labels": LABELS, "kind": "probabilities"}}, '"kind"'),
        ({"output": {"labels": LABELS, "kind": "odds"}}, "odds"),
        ({"output": None}, "can't be used"),
        ({"input": {"size": [224, 224], "colour": "cmyk", "mean": 0, "std": 1}}, "cmyk"),
        ({"input": {"size": [224, 200], "colour": "rgb", "mean": 0, "std": 1}}, "224x200"),
        ({"input": {"size": [64, 64], "colour": "rgb", "mean": 0, "std": 1}}, "does not run"),
        ({"input": {"size": [224, 224], "colour": "gray", "mean": 0, "std": 1}}, "does not run"),
        ({"input": {"size": [224, 224], "colour": "rgb", "mean": [0, 0], "std": 1}}, "3 numbers"),
        ({"input": {"size": [224, 224], "colour": "rgb", "mean": 0, "std": 0}}, "above 0"),
        ({"input": {"colour": "rgb"}}, "lacks 'size'"),
        ({"crop": {"margin": 7}}, "margin of 7"),
        ({"crop": {"landmarks": [[1, 2]]}}, "five points"),
        ({"sha256": "ab"}, "its manifest names"),
    ],
)
def test_a_manifest_that_does_not_fit(model: Path, changes: dict[str, object], sentence: str) -> None:
    good = install(str(model))
    model.with_suffix(".json").write_text(json.dumps(describe(**changes)))
    with pytest.raises(ModelError, match=sentence):
        install(str(model))
    # the one of that name that was there before still is
    assert EmotionClassifier(manifest=find("other")).model.sha256 == good.sha256
    assert {path.name for path in installed_folder().iterdir()} == {"other.onnx", "other.json"}


def test_names_files_and_manifests_that_are_none(model: Path) -> None:
    for name in ("emotion", "../up", "Big", ""):
        if name:
            with pytest.raises(ModelError, match="no name for a model"):
                install(str(model), name=name)
    with pytest.raises(ModelError, match="can't be read"):
        install(str(model.with_name("none.onnx")), manifest=str(model.with_suffix(".json")))
    model.with_suffix(".json").write_text("{")
    with pytest.raises(ModelError, match="no JSON"):
        install(str(model))
    model.with_suffix(".json").unlink()
    with pytest.raises(ModelError, match="says what the model expects"):
        install(str(model))


def test_verify_names_what_is_damaged(model: Path) -> None:
    install(str(model))
    file = installed_folder() / "other.onnx"
    file.write_bytes(file.read_bytes()[:-1])
    result = runner.invoke(app, ["models", "verify"])
    assert result.exit_code == ModelError.exit_status
    assert "emotion: good" in result.output
    assert "other: The model" in result.output
    listed = runner.invoke(app, ["models", "list"])
    assert listed.exit_code == ModelError.exit_status


def test_the_template_of_another_size() -> None:
    assert template(48) == pytest.approx(np.array(TEMPLATE), abs=1e-4)
    wide = template(96, 0.5)
    # half of the frame on each side: the frame's middle stays the middle, distances stay in pixels
    assert wide.mean(0) == pytest.approx((np.array(TEMPLATE) + 0.5).mean(0) + 24 - 0.5, abs=1e-4)
    manifest = describe() | {"crop": {"margin": 0.0}}
    assert Contract.of(manifest).template == pytest.approx(template(224))
