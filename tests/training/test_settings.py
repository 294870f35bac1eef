"""Settings as files: what ships can be repeated from them, and those of 0.1.0 are still read."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from feeling_manager.cli import build
from feeling_manager.errors import UsageError
from feeling_manager.training.settings import Settings
from tests.training.ferplus import write_ferplus
from tests.training.settings import changed

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_committed_configuration_is_read(path: Path) -> None:
    settings = Settings.load(path)
    assert settings.network == "small"
    assert f"--config configs/{path.name}" in path.read_text("utf-8")


def test_settings_come_back_from_their_file(tmp_path: Path) -> None:
    settings = changed(
        Settings(), epochs=3, distillation__teachers=("a.json", "b.pt"), landmarks__file="start", augmentation__mixup=0
    )
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings.to_dict()), "utf-8")
    assert Settings.load(tmp_path / "settings.yaml") == settings


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch: 3", "There is no setting epoch; there are .*epochs"),
        ("optimizer:\n  rate: 3", "There is no setting optimizer.rate"),
        ("optimizer: 3", "optimizer is a group of settings"),
        ("epochs: many", "epochs can't be 'many'"),
        ("epochs: true", "epochs can't be True"),
        ("optimizer:\n  learning_rate: true", "learning_rate can't be True"),
        ("distillation:\n  teachers: a.json", "distillation.teachers can't be 'a.json'"),
        ("[1, 2]", "holds no settings"),
        ("a: [", "can't be read as a configuration"),
    ],
)
def test_a_mistake_in_a_file_is_named(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mistake.yaml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=sentence):
        Settings.load(tmp_path / "mistake.yaml")
    with pytest.raises(UsageError, match="can't be read"):
        Settings.load(tmp_path / "nothing.yaml")


def test_settings_of_the_first_release_are_migrated() -> None:
    before = {
        "network": "small", "epochs": 40, "batch": 64, "rate": 1e-3, "weight_decay": 0.05, "warmup": 0.05,
        "decay": 0.4, "mixing": 0.0, "mix_until": 0.8, "average": 0.99, "held_out": 0.0, "patience": 0,
        "teachers": ["a.pt"], "teach": 0.4, "like": 0.5, "start": "b.onnx", "frozen": 2, "landmarks": "points.npz",
        "points": 1.5, "aligned": 0.75, "growing": False, "augmented": True, "gentle": 0.7, "balance": 0.1, "seed": 3,
        "threads": 2, "device": "cpu",
    }  # fmt: skip
    assert Settings.from_dict(before) == changed(
        Settings(),
        network="small",
        epochs=40,
        batch_size=64,
        held_out=0.0,
        start="b.onnx",
        frozen_layers=2,
        optimizer={"learning_rate": 1e-3, "weight_decay": 0.05, "warmup": 0.05, "decay_start": 0.4, "ema_decay": 0.99},
        augmentation__mixup=0.0,
        augmentation__weak=0.7,
        augmentation__progressive_resizing=False,
        augmentation__class_balance=0.1,
        distillation={"teachers": ["a.pt"], "weight": 0.4, "feature_weight": 0.5},
        landmarks={"file": "points.npz", "weight": 1.5, "aligned": 0.75},
        seed=3,
        threads=2,
        device="cpu",
    )


def test_options_win_over_the_file_and_answer_to_their_old_names(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    data = write_ferplus(tmp_path / "ferplus", train=64, valid=16)
    (tmp_path / "run.yaml").write_text(
        "network: tiny\nepochs: 5\nbatch_size: 8\noptimizer:\n  ema_decay: 0.9\n", "utf-8"
    )
    command = ["train", "--data", str(data), "--out", str(tmp_path / "run"), "--config", str(tmp_path / "run.yaml")]
    command += [
        "--epochs",
        "1",
        "--batch",
        "16",
        "--rate",
        "1e-3",
        "--mixing",
        "0.25",
        "--no-growing",
        "--threads",
        "1",
    ]
    result = CliRunner().invoke(build(("train",)), command, catch_exceptions=False)
    assert "epoch 1/1" in result.output
    assert Settings.load(tmp_path / "run" / "settings.yaml") == changed(
        Settings(),
        network="tiny",
        epochs=1,
        batch_size=16,
        optimizer__ema_decay=0.9,
        optimizer__learning_rate=1e-3,
        augmentation__mixup=0.25,
        augmentation__progressive_resizing=False,
        threads=1,
    )
    assert "--batch " not in CliRunner().invoke(build(("train",)), ["train", "--help"]).output
