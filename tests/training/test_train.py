import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch

from feeling_manager.errors import DatasetError, ModelError, UsageError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.training import export as exporting
from feeling_manager.training.augment import augment
from feeling_manager.training.datasets import Faces, load_ferplus
from feeling_manager.training.evaluate import evaluate, write_report
from feeling_manager.training.train import Settings, load_network, train
from tests.training.ferplus import write_ferplus

SETTINGS = Settings(network="tiny", epochs=3, batch=16, threads=1, rate=5e-3)


@pytest.fixture(scope="module")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ferplus(tmp_path_factory.mktemp("data") / "ferplus", train=320)


@pytest.fixture(scope="module")
def faces(ferplus: Path) -> Faces:
    return load_ferplus(ferplus, "train")


@pytest.fixture(scope="module")
def checkpoint(faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(faces, tmp_path_factory.mktemp("run"), replace(SETTINGS, epochs=12))


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return load_network(checkpoint)[0].state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_an_interrupted_run_ends_as_an_uninterrupted_one(faces: Faces, tmp_path: Path) -> None:
    whole = train(faces, tmp_path / "whole", SETTINGS)

    class StopError(Exception):
        pass

    def stop(row: dict[str, float]) -> None:
        if row["epoch"] == 0:
            raise StopError

    with pytest.raises(StopError):
        train(faces, tmp_path / "parts", SETTINGS, stop)
    rows: list[dict[str, float]] = []
    resumed = train(faces, tmp_path / "parts", SETTINGS, rows.append)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert same(weights(whole), weights(resumed))
    assert len((tmp_path / "parts" / "history.csv").read_text().splitlines()) == 4
    assert (tmp_path / "parts" / "curves.png").stat().st_size > 1000


def test_another_seed_gives_other_weights(faces: Faces, tmp_path: Path) -> None:
    one = train(faces, tmp_path / "0", replace(SETTINGS, epochs=1))
    other = train(faces, tmp_path / "1", replace(SETTINGS, epochs=1, seed=1))
    assert not same(weights(one), weights(other))


def test_a_folder_of_another_run_is_refused(faces: Faces, tmp_path: Path) -> None:
    train(faces, tmp_path, replace(SETTINGS, epochs=1))
    with pytest.raises(UsageError, match="other settings"):
        train(faces, tmp_path, replace(SETTINGS, epochs=2))


def test_too_few_faces_and_unknown_networks(faces: Faces, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="fewer than one batch"):
        train(faces, tmp_path, replace(SETTINGS, batch=1000))
    with pytest.raises(UsageError, match="choose one of"):
        train(faces, tmp_path, replace(SETTINGS, network="huge"))
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="no checkpoint"):
        load_network(tmp_path / "checkpoint.pt")


def test_it_stops_when_it_no_longer_learns(faces: Faces, tmp_path: Path) -> None:
    rows: list[dict[str, float]] = []
    train(faces, tmp_path, replace(SETTINGS, epochs=20, rate=0.0, patience=2), rows.append)
    assert len(rows) < 20


def test_it_learns_and_what_ships_is_what_was_trained(checkpoint: Path, ferplus: Path, tmp_path: Path) -> None:
    valid = load_ferplus(ferplus, "valid")
    out = tmp_path / "emotion.onnx"
    manifest = exporting.export(checkpoint, out, valid, "patterns")
    assert manifest["metrics"]["drift"] <= exporting.DRIFT
    result = evaluate(valid, out.with_suffix(".json"))
    assert result["accuracy"] > 0.6  # eight patterns; chance is 0.125
    assert result["n"] == len(valid)
    write_report(result, tmp_path / "report")
    assert json.loads((tmp_path / "report" / "metrics.json").read_text())["n"] == len(valid)
    assert (tmp_path / "report" / "confusion.png").exists()
    network, _ = load_network(checkpoint)
    classifier = EmotionClassifier(manifest=out.with_suffix(".json"))
    shipped = exporting._Shipped(network, manifest["temperature"])
    theirs = exporting._probabilities(shipped, valid.images)
    assert classifier.classify_crops(valid.images) == pytest.approx(theirs, abs=exporting.DRIFT)


def test_export_fails_on_drift(
    checkpoint: Path, ferplus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(network: torch.nn.Module) -> bytes:
        with torch.no_grad():
            next(iter(network.parameters())).add_(0.3)
        content = to_onnx(network)
        with torch.no_grad():
            next(iter(network.parameters())).sub_(0.3)
        return content

    to_onnx = exporting.to_onnx
    monkeypatch.setattr(exporting, "to_onnx", spoiled)
    with pytest.raises(ModelError, match="is off by"):
        exporting.export(checkpoint, tmp_path / "emotion.onnx", load_ferplus(ferplus, "valid"), "patterns")
    assert not (tmp_path / "emotion.onnx").exists()


def test_a_student_learns_from_a_teacher(checkpoint: Path, faces: Faces, ferplus: Path, tmp_path: Path) -> None:
    exporting.export(checkpoint, tmp_path / "teacher.onnx", load_ferplus(ferplus, "valid"), "patterns")
    taught = replace(SETTINGS, epochs=1, teachers=(str(tmp_path / "teacher.json"),), teach=1.0)
    alone = train(faces, tmp_path / "alone", replace(SETTINGS, epochs=1))
    student = train(faces, tmp_path / "student", taught)
    assert not same(weights(alone), weights(student))


def test_augmented_faces_stay_faces() -> None:
    torch.manual_seed(0)
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 1, 48, 48), dtype=np.uint8))
    result = augment(images)
    assert result.shape == images.shape
    assert result.dtype is torch.float32
    assert 0 <= float(result.min()) <= float(result.max()) <= 1
    assert not torch.equal(result, augment(images))
    assert augment(images[:3]).shape == (3, 1, 48, 48)
