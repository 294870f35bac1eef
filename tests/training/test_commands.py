"""`feeling train`, `export` and `evaluate`, as a user runs them."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feeling_manager.cli import build
from feeling_manager.errors import DatasetError, MissingDependencyError, UsageError
from feeling_manager.inference.models import BUNDLED
from tests.training.ferplus import pack, write_ferplus

runner = CliRunner()
app = build(("train", "evaluate", "export"))


def test_faces_in_a_measured_file_out(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    data = pack(write_ferplus(tmp_path / "ferplus", train=64, valid=16), tmp_path / "ferplus.tar.gz")
    run, model = tmp_path / "run", tmp_path / "model" / "emotion.onnx"
    options = ["--network", "tiny", "--epochs", "2", "--batch", "16", "--threads", "1"]
    trained = runner.invoke(app, ["train", "--data", str(data), "--out", str(run), *options], catch_exceptions=False)
    assert "64 faces, 0 rows left out" in trained.output
    assert "epoch 2/2" in trained.output
    exported = runner.invoke(
        app, ["export", str(run / "checkpoint.pt"), "--data", str(data), "--out", str(model)], catch_exceptions=False
    )
    assert "n = 16" in exported.output
    measured = ["evaluate", "--data", str(data), "--model", str(model.with_suffix(".json"))]
    figures = json.loads(runner.invoke(app, [*measured, "--json"], catch_exceptions=False).stdout)
    assert figures["n"] == 16
    assert figures["sha256"] == json.loads(model.with_suffix(".json").read_text())["sha256"]
    table = runner.invoke(app, [*measured, "--out", str(tmp_path / "report")], catch_exceptions=False)
    assert "n = 16" in table.output
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES


def test_the_bundled_model_goes_on_learning(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    data = write_ferplus(tmp_path / "ferplus", train=16, valid=8)
    options = ["--data", str(data), "--out", str(tmp_path / "run"), "--start", "emotion", "--teacher", "emotion"]
    more = ["--epochs", "1", "--batch", "8", "--held-out", "0", "--threads", "1"]
    assert isinstance(runner.invoke(app, ["train", *options, *more]).exception, UsageError)
    network = json.loads(BUNDLED.read_text())["network"]["name"]
    trained = runner.invoke(app, ["train", *options, *more, "--network", network], catch_exceptions=False)
    assert "epoch 1/1" in trained.output


FILES = {
    "metrics.json",
    "report.html",
    "model-card.md",
    *(f"{name}.png" for name in ("confusion", "calibration", "coverage", "robustness", "conditions")),
}


def test_the_bundled_model_is_measured_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    data = write_ferplus(tmp_path / "ferplus", train=8, valid=8)
    result = runner.invoke(app, ["evaluate", "--data", str(data), "--json"], catch_exceptions=False)
    assert json.loads(result.stdout)["n"] == 8


@pytest.mark.parametrize("command", [["train"], ["export", "checkpoint.pt"]])
def test_without_torch_one_sentence_says_how_to_get_it(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("feeling_manager.cli.torch"), "find_spec", lambda _: None)
    result = runner.invoke(app, [*command, "--data", str(tmp_path)])
    assert isinstance(result.exception, MissingDependencyError)
    assert 'pip install "feeling-manager[train]"' in str(result.exception)


def test_data_that_are_none(tmp_path: Path) -> None:
    result = runner.invoke(app, ["evaluate", "--data", str(tmp_path / "nowhere")])
    assert isinstance(result.exception, DatasetError)
