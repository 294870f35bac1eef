"""`feeling live` as a user runs it: in a real window on a virtual screen, with a film as its camera."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
    out, readings, said = tmp_path / "out", tmp_path / "readings", tmp_path / "said"
    environment = os.environ | {"DISPLAY": display, "QT_LOGGING_RULES": "*=false"}
    with readings.open("w") as stdout, said.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "feeling_manager", "live", str(long), "--json", "--out", str(out)],
            env=environment,
            stdout=stdout,
            stderr=stderr,
        )

    def until(what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not done():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, f"waited for {what}; it said: {said.read_text()}"
            time.sleep(0.05)

    def press(key: str) -> None:
        subprocess.run(["xdotool", "key", key], env=environment, check=True)

    def go_on() -> None:
        enough = len(readings.read_text().splitlines()) + 10
        until("more readings", lambda: len(readings.read_text().splitlines()) >= enough)

    try:
        until("the window", lambda: _focused(environment))
        go_on()
        press("r")
        until("a recording", lambda: "Recording into" in said.read_text())
        go_on()
        press("s")
        until("a snapshot", lambda: any(out.glob("snapshot-*.png")))
        press("r")
        until("its report", lambda: any(out.glob("recording-*/report.html")))
        go_on()
        press("space")
        until("the pause", lambda: "Paused" in said.read_text())
        press("space")
        go_on()
        press("q")
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, said.read_text()
    assert "Active for" in said.read_text()
    (recording,) = out.glob("recording-*")
    (snapshot,) = out.glob("snapshot-*.png")
    assert snapshot.stat().st_size > 10_000
    assert {"annotated.mp4", "report.html"} <= {path.name for path in recording.iterdir()}


def _focused(environment: dict[str, str]) -> bool:
    """Gives the window the keyboard: whether it was there to take it."""
    command = ["xdotool", "search", "--onlyvisible", "--name", "Feeling Manager", "windowfocus"]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


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
