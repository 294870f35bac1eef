"""`feeling preprocess` on real faces, stopped at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from feeling_manager.cli import build
from feeling_manager.errors import UsageError
from feeling_manager.inference import EmotionRecognizer
from feeling_manager.sources.images import read_image
from feeling_manager.training.datasets import majority, open_dataset
from feeling_manager.training.preprocess import Options, preprocess
from feeling_manager.types import Image
from tests.training.trees import aihub_entry, picture, save

runner = CliRunner()
app = build(("preprocess", "evaluate"))


@pytest.fixture
def photos(tmp_path: Path, astronaut: Image) -> Path:
    """Two photos with a face, one with two, one with none, one that is damaged."""
    root = tmp_path / "photos"
    small = cv2.resize(astronaut, (300, 300), interpolation=cv2.INTER_AREA)
    save(root / "행복" / "1.jpg", astronaut)
    save(root / "행복" / "2.png", np.ascontiguousarray(astronaut[:, ::-1]))
    save(root / "neutral" / "3.png", np.hstack([small, cv2.resize(small, (150, 300))[:, :, :] // 2, small]))
    save(root / "fear" / "4.png", picture(6, 200))
    (root / "fear" / "5.jpg").write_bytes(b"\xff\xd8 nothing")
    return root


def test_faces_as_recognition_cuts_them(photos: Path, tmp_path: Path, astronaut: Image) -> None:
    out = tmp_path / "faces"
    result = runner.invoke(app, ["preprocess", str(photos), "--out", str(out), "--jobs", "1"], catch_exceptions=False)
    report = json.loads((out / "report.json").read_text())
    assert report["pictures"] == 5
    assert report["found"] == 3
    assert report["several_faces"] == 1
    assert report["without"] == {"no face found": 1, "unreadable picture": 1}
    assert report["by_emotion"]["fear"] == {"pictures": 2, "found": 0}
    assert report["names_without"] == ["fear/4.png", "fear/5.jpg"]
    assert "3 of 5 faces found" in result.output
    dataset = open_dataset(out)
    assert dataset.layout == "table"
    faces = dataset.faces("all")
    assert sorted(majority(faces.votes).tolist()) == [0, 1, 1]
    recognizer = EmotionRecognizer(threads=1)
    photo = read_image(photos / "행복" / "1.jpg")
    (face,) = recognizer.recognize(photo)
    crop = recognizer.classifier.crop(photo, face.landmarks)
    lines = [json.loads(line) for line in (out / "done.jsonl").read_text().splitlines()[1:]]
    index = next(line["index"] for line in lines if line["name"] == "행복/1.jpg")
    small = cv2.imread(str(out / f"48/000/{index:06}.png"), cv2.IMREAD_GRAYSCALE)
    large = cv2.imread(str(out / f"256/000/{index:06}.png"))
    assert small is not None
    assert large is not None
    assert np.array_equal(small, crop)
    assert large.shape == (256, 256, 3)
    grey = cv2.cvtColor(cv2.resize(large, (48, 48), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    assert np.abs(grey.astype(int) - crop).mean() < 4
    # what it makes is measured and trained on like any other set
    measured = runner.invoke(app, ["evaluate", "--data", str(out), "--split", "all", "--json"], catch_exceptions=False)
    assert json.loads(measured.stdout)["n"] == 3


def test_the_face_in_the_box_is_meant(tmp_path: Path, astronaut: Image) -> None:
    """Two faces; the annotators' box is around the smaller one."""
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((512, 768, 3), np.uint8)
    canvas[:, :512] = astronaut
    canvas[:256, 512:] = small
    folder = tmp_path / "set" / "Training" / "기쁨"
    save(folder / "a.jpg", canvas)
    entries = [
        aihub_entry("a.jpg", "기쁨", ("기쁨", "기쁨", "기쁨"), (595, 40, 650, 110)),
        aihub_entry("a.jpg", "기쁨", ("기쁨", "기쁨", "기쁨"), (600, 300, 700, 500)),
    ]
    (folder / "img_emotion_training_data(기쁨).json").write_text(json.dumps(entries), "utf-8")
    report = preprocess(open_dataset(tmp_path / "set"), tmp_path / "faces")
    assert report["found"] == 1
    assert report["without"] == {"no face found": 1}
    line = json.loads((tmp_path / "faces" / "done.jsonl").read_text().splitlines()[1])
    assert line["box"][0] > 512


def test_a_killed_run_goes_on(photos: Path, tmp_path: Path, astronaut: Image) -> None:
    for number in range(30):
        save(photos / "행복" / f"many-{number}.png", np.roll(astronaut, number, 1))
    command = [sys.executable, "-m", "feeling_manager", "preprocess", str(photos), "--jobs", "2", "--out"]
    out = tmp_path / "killed"
    process = subprocess.Popen([*command, str(out)], stderr=subprocess.DEVNULL, start_new_session=True)
    journal = out / "done.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (not journal.exists() or journal.read_text().count("\n") < 5):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = journal.read_text().count("\n")
    assert 5 <= before < 36
    assert not (out / "labels.csv").exists()
    with journal.open("a") as file:
        file.write('{"index": 3, "outc')  # as if killed while writing
    assert subprocess.run([*command, str(out)], check=False, stdout=subprocess.DEVNULL).returncode == 0
    preprocess(open_dataset(photos), tmp_path / "whole")
    for name in ("labels.csv", "report.json"):
        assert (out / name).read_text() == (tmp_path / "whole" / name).read_text()
    assert not list(out.rglob("*.part"))
    for path in (tmp_path / "whole").rglob("*.png"):
        assert path.read_bytes() == (out / path.relative_to(tmp_path / "whole")).read_bytes()


def test_a_folder_of_something_else_is_refused(photos: Path, tmp_path: Path) -> None:
    dataset = open_dataset(photos)
    preprocess(dataset, tmp_path / "faces")
    with pytest.raises(UsageError, match="other data or options"):
        preprocess(dataset, tmp_path / "faces", Options(threshold=0.5))
    with pytest.raises(UsageError, match="other files"):
        preprocess(dataset, photos)
