"""The model that ships: as good as its card says, and the card is about this file."""

import json
from pathlib import Path

import pytest

import feeling_manager
from feeling_manager.inference.models import load_emotion
from feeling_manager.training.datasets import load_ferplus
from feeling_manager.training.evaluate import evaluate

ROOT = Path(feeling_manager.__file__).resolve().parents[2]


def test_the_card_is_about_this_file() -> None:
    model = load_emotion()
    card = (ROOT / "docs" / "model-cards" / "emotion.md").read_text("utf-8")
    assert model.sha256 in card
    assert f"temperature ({model.manifest['temperature']})" in card
    assert f"{model.manifest['metrics']['accuracy']:.2%}".replace("%", " %") in card
    assert len(model.content) <= 5_000_000


def test_figures_on_the_real_validation_faces(shared_data: Path) -> None:
    figures = evaluate(load_ferplus(shared_data / "ferplus.tar.gz", "valid"))
    stated = load_emotion().manifest["metrics"]
    assert figures["n"] == stated["n"] == 3555
    assert figures["accuracy"] == pytest.approx(stated["accuracy"], abs=0.001)
    assert figures["accuracy"] >= 0.82
    assert figures["ece"] <= 0.02
    for rows in figures["slices"].values():
        assert sum(row["n"] for row in rows) == 3555
    assert json.dumps(figures)
