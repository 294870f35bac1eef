"""`feeling doctor`, run as its user runs it: what it says must be what is there."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from feeling_manager import __version__, paths
from feeling_manager.inference import models
from tests.cli.conftest import Feeling

Findings = dict[str, dict[str, Any]]


def findings(done: "subprocess.CompletedProcess[str]") -> Findings:
    return {finding["what"]: finding for finding in json.loads(done.stdout)}


@pytest.fixture
def here(feeling: Feeling) -> Findings:
    done = feeling("doctor", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return findings(done)


def test_versions_models_and_providers(here: Findings) -> None:
    assert here["Feeling Manager"]["found"].startswith(f"{__version__}, Python {sys.version.split()[0]}")
    assert here["ONNX Runtime"]["found"] == onnxruntime.__version__
    assert "libavcodec" in here["PyAV"]["found"]
    assert "cpu" in here["execution providers"]["found"].split(", ")
    for name, model in (("face detector", models.load_detector()), ("emotion model", models.load_emotion())):
        digest = hashlib.sha256(model.content).hexdigest()
        assert here[name]["found"].startswith(digest[:12])
        assert "verified" in here[name]["found"]


def test_whatever_is_missing_says_how_to_get_it(here: Findings) -> None:
    assert set(here) >= {"H.264 encoder", "cameras", "display", "font for Korean", "cache folder", "data folder"}
    for finding in here.values():
        assert finding["ok"] == (finding["remedy"] == "")
        assert "\n" not in finding["remedy"]
    assert here["cameras"]["ok"] == any(Path("/dev").glob("video*"))
    assert here["cache folder"]["found"] == str(paths.cache_dir())


def test_the_table_says_the_same(feeling: Feeling, here: Findings) -> None:
    done = feeling("doctor", COLUMNS="200")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    for what, finding in here.items():
        line = next(line for line in lines if what in line)
        assert ("ok" in line.split()) == finding["ok"]
        assert ("optional" in line.split()) == (not finding["ok"])


def test_a_display_is_told(feeling: Feeling) -> None:
    shown = findings(feeling("doctor", "--json", DISPLAY=":77"))["display"]
    assert (shown["ok"], shown["found"]) == (True, ":77")
    hidden = findings(feeling("doctor", "--json", DISPLAY="", WAYLAND_DISPLAY=""))["display"]
    assert not hidden["ok"]
    assert "--headless" in hidden["remedy"]


def test_folders_that_cannot_be_written(feeling: Feeling, tmp_path: Path) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs a folder that not even root can write to")
    told = findings(
        feeling("doctor", "--json", FEELING_CACHE_DIR="/proc/none/cache", FEELING_DATA_DIR=str(tmp_path / "new" / "x"))
    )
    assert not told["cache folder"]["ok"]
    assert "FEELING_CACHE_DIR" in told["cache folder"]["remedy"]
    assert told["data folder"]["ok"]
    assert not (tmp_path / "new").exists()
    # without a cache the detector is made in memory, so nothing essential is missing
    assert told["face detector"]["ok"]


def test_a_damaged_model_is_found_and_made_anew(feeling: Feeling, tmp_path: Path) -> None:
    whole = models.load_detector()
    folder = tmp_path / "models"
    folder.mkdir()
    index = {"source": models.CENTERFACE_SHA256, "float32": whole.sha256, "int12": whole.sha256}
    (folder / "detector.json").write_text(json.dumps(index))
    (folder / f"{whole.sha256}.onnx").write_bytes(whole.content[:-1000])
    done = feeling("doctor", "--json", FEELING_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0
    assert findings(done)["face detector"]["ok"]
    assert (folder / f"{whole.sha256}.onnx").read_bytes() == whole.content


def test_a_library_that_is_missing_is_essential(feeling: Feeling, tmp_path: Path) -> None:
    """What a bare Debian says of OpenCV."""
    (tmp_path / "cv2.py").write_text('raise ImportError("libGL.so.1: cannot open shared object file")\n')
    done = feeling("doctor", "--json", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    missing = findings(done)["versions"]
    assert missing["essential"]
    assert not missing["ok"]
    assert "libgl1" in missing["remedy"]
    table = feeling("doctor", PYTHONPATH=str(tmp_path), COLUMNS="200")
    assert table.returncode == 1
    assert "missing" in table.stdout
