"""What `feeling evaluate --out` leaves behind, and what is done to faces for it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import feeling_manager
from feeling_manager.cli import build
from feeling_manager.errors import DatasetError
from feeling_manager.inference.models import load_emotion
from feeling_manager.training.datasets import open_dataset
from feeling_manager.training.evaluate import cross_check
from feeling_manager.training.metrics import cross_fitted_threshold, measure, reliability, unsure_threshold
from feeling_manager.training.report import card, confusions, written
from feeling_manager.training.robustness import CONDITIONS, disturbed, examples
from feeling_manager.types import Image
from tests.training.ferplus import write_ferplus
from tests.training.trees import picture, save

ROOT = Path(feeling_manager.__file__).resolve().parents[2]
runner = CliRunner()
app = build(("evaluate",))


@pytest.fixture
def photos(tmp_path: Path, astronaut: Image) -> Path:
    """Two faces and a picture without one."""
    save(tmp_path / "photos" / "happy" / "1.png", astronaut)
    save(tmp_path / "photos" / "happy" / "2.png", np.ascontiguousarray(astronaut[:, ::-1]))
    save(tmp_path / "photos" / "sad" / "3.png", picture(3, 100))
    return tmp_path / "photos"


def test_page_card_and_json(tmp_path: Path, photos: Path) -> None:
    data = write_ferplus(tmp_path / "ferplus", train=8, valid=16)
    out = tmp_path / "report"
    command = ["evaluate", "--data", str(data), "--cross", str(photos), "--out", str(out)]
    printed = runner.invoke(app, command, catch_exceptions=False).output
    result = json.loads((out / "metrics.json").read_text())
    assert result["command"] == "feeling evaluate --data ferplus --split valid --cross photos"
    assert [row["condition"] for row in result["robustness"]] == ["as they are", *CONDITIONS]
    assert result["robustness"][0]["accuracy"] == round(result["accuracy"], 4)
    (cross,) = result["cross"]
    assert (cross["raw"]["n"], cross["raw_where_found"]["n"], cross["aligned"]["n"]) == (3, 2, 2)
    assert cross["aligned"]["recall"]["happiness"] == 1.0
    page = (out / "report.html").read_text()
    assert len(re.findall(r'src="data:image/png;base64,', page)) == 5
    assert "http" not in page
    assert "mask over nose" in page
    text = (out / "model-card.md").read_text()
    for part in (result["sha256"], "## Robustness", "## Other data: photos", "## Not measured", "## Uses"):
        assert part in text
    assert "Robustness" in printed
    assert not re.search(r"\n\n\n", text)


def test_the_committed_card_is_made_of_its_figures_and_words() -> None:
    folder = ROOT / "docs" / "model-cards"
    result = json.loads((folder / "emotion.json").read_text("utf-8"))
    model = load_emotion()
    assert result["sha256"] == model.sha256
    assert result["accuracy"] == pytest.approx(model.manifest["metrics"]["accuracy"], abs=1e-3)
    assert card(result, written(model)) == (folder / "emotion.md").read_text("utf-8")


def test_every_condition_changes_faces_and_is_always_the_same() -> None:
    images = np.stack([picture(emotion) for emotion in range(8)])
    for name in CONDITIONS:
        changed = disturbed(images, name)
        assert changed.shape == images.shape
        assert changed.dtype == np.uint8
        assert not np.array_equal(changed, images), name
        assert np.array_equal(changed, disturbed(images, name))
    assert examples(images[0]).shape == (144, 48 * -(-(len(CONDITIONS) + 1) // 3))


def test_nothing_to_compare_with(tmp_path: Path) -> None:
    save(tmp_path / "happy" / "1.png", picture(1))
    with pytest.raises(DatasetError, match="can be read and found"):
        cross_check(open_dataset(tmp_path))


def test_calibration_and_a_bar_that_was_not_chosen_on_its_faces() -> None:
    rng = np.random.default_rng(4)
    confidence = rng.uniform(0.3, 1, 4000)
    probabilities = np.zeros((4000, 8), np.float32)
    probabilities[:, 1] = confidence
    probabilities[:, 0] = 1 - confidence
    probabilities[confidence < 0.5] = probabilities[confidence < 0.5][:, [1, 0, *range(2, 8)]]
    right = rng.uniform(size=4000) < probabilities.max(1)
    labels = np.where(right, probabilities.argmax(1), 7)
    rows = reliability(probabilities, labels)
    assert sum(row["n"] for row in rows) == 4000
    for row in rows:
        assert row["accuracy"] == pytest.approx(row["confidence"], abs=0.08)
    fitted = cross_fitted_threshold(probabilities, labels)
    assert fitted["accuracy_above"] > measure(probabilities, labels)["accuracy"] - 0.01
    assert all(bar == pytest.approx(unsure_threshold(probabilities, labels), abs=0.08) for bar in fitted["thresholds"])


def test_confusions_are_shares_of_what_is_misread() -> None:
    counts = np.zeros((8, 8), int)
    counts[0] = [90, 0, 0, 9, 1, 0, 0, 0]
    counts[5] = [0, 0, 0, 0, 6, 4, 0, 0]
    assert confusions({"confusion": counts.tolist()}) == [
        {"label": "disgust", "read": "anger", "n": 6, "of": 10, "share": 0.6}
    ]
