"""`feeling live` as a user runs it: in a real window on a virtual screen, with a film as its camera."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Feeling
from tests.clips import moving_face, write_clip
from tests.test_pipeline import default_ctrl_c


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", moving_face(60))


@pytest.fixture
def display() -> Iterator[str]:
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        pytest.skip("Xvfb or xdotool is not installed")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1200x700x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as number:
        yield f":{number.readline().strip()}"
    server.terminate()
    server.wait()


def test_json_lines(feeling: Feeling, clip: Path) -> None:
    done = feeling("live", clip, "--headless", "--json", DISPLAY="")
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 60
    assert {"time", "track_id", "happiness", "emotion", "label"} <= set(rows[0])
    assert "Active for 0 min 2.4 s: 60 frames, 60 readings" in done.stderr


def test_a_reader_that_has_enough(clip: Path) -> None:
    command = f"{sys.executable} -m feeling_manager live {clip} --headless --json | head -3"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert len(done.stdout.splitlines()) == 3
    assert "Traceback" not in done.stderr


def test_recording_without_a_window(feeling: Feeling, clip: Path, tmp_path: Path) -> None:
    done = feeling("live", clip, "--headless", "--record", "rec", "--seconds", "1", "--face", "largest")
    assert done.returncode == 0
    assert "Saved: rec" in done.stderr
    assert {"annotated.mp4", "report.html", "readings.csv"} <= {path.name for path in (tmp_path / "rec").iterdir()}


def test_events_without_a_window(feeling: Feeling, clip: Path, tmp_path: Path) -> None:
    done = feeling("live", clip, "--headless", "--on", "happiness>0.5 for 1s", "--exec", f"touch {tmp_path / 'rang'}")
    assert done.returncode == 0
    assert (tmp_path / "rang").exists()
    assert "1 event(s): 1 delivered" in done.stderr


def test_no_display(feeling: Feeling, clip: Path) -> None:
    done = feeling("live", clip, DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 8
    assert "add --headless --json" in done.stderr


def test_the_keys_of_the_window(display: str, tmp_path: Path) -> None:
    long = write_clip(tmp_path / "long.mp4", moving_face(3000, 320, 240), fps=25)
    environment = os.environ | {"DISPLAY": display, "QT_LOGGING_RULES": "*=false"}
    process = subprocess.Popen(
        [sys.executable, "-m", "feeling_manager", "live", str(long), "--out", str(tmp_path / "out")],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_for_window(environment)
        for keys, pause in (("r", 1.5), ("s", 0.5), ("r", 2.0), ("space", 0.5), ("space", 0.5), ("q", 0.5)):
            subprocess.run(["xdotool", "key", keys], env=environment, check=True)
            time.sleep(pause)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "Paused" in errors
    assert "Active for" in errors
    (recording,) = (tmp_path / "out").glob("recording-*")
    (snapshot,) = (tmp_path / "out").glob("snapshot-*.png")
    assert snapshot.stat().st_size > 10_000
    assert {"annotated.mp4", "report.html"} <= {path.name for path in recording.iterdir()}


def _wait_for_window(environment: dict[str, str]) -> None:
    deadline = time.monotonic() + 40
    while subprocess.run(
        ["xdotool", "search", "--name", "Feeling Manager", "windowfocus"],
        env=environment,
        capture_output=True,
        check=False,
    ).returncode:
        assert time.monotonic() < deadline, "no window came"
        time.sleep(0.2)
    time.sleep(1)


def test_ctrl_c_ends_it_like_q(clip: Path, tmp_path: Path) -> None:
    long = write_clip(tmp_path / "long.mp4", moving_face(3000, 320, 240), fps=25)
    process = subprocess.Popen(
        [sys.executable, "-m", "feeling_manager", "live", str(long), "--headless", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_ctrl_c,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Active for" in errors
    assert "Traceback" not in errors
    assert len(output.splitlines()) < 2900
