import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from feeling_manager import EmotionRecognizer, analyze_video
from feeling_manager.concurrency import Interrupts, ThreadedSink
from feeling_manager.errors import OutputError, SourceError, SourceLostError, UsageError
from feeling_manager.inference.models import BUNDLED
from feeling_manager.pipeline import FaceReader, Run
from feeling_manager.types import Frame, Image, Reading
from tests.clips import clicks, moving_face, write_clip

ALL = {
    "annotated.mp4",
    "merged.mp4",
    "chart.gif",
    "timeline.png",
    "cumulative.png",
    "readings.csv",
    "readings.parquet",
    "emotions.vtt",
    "report.html",
    "summary.json",
    "run.json",
}


@pytest.fixture(scope="module")
def recognizer() -> EmotionRecognizer:
    return EmotionRecognizer(threads=1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", moving_face(50), sound=clicks(2.0))


@pytest.fixture(scope="module")
def two_faces(tmp_path_factory: pytest.TempPathFactory, astronaut: Image) -> Path:
    """A large and a small face, both still."""
    canvas = np.zeros((240, 420, 3), np.uint8)
    canvas[:240, :240] = cv2.resize(astronaut[:380, 40:420], (240, 240), interpolation=cv2.INTER_AREA)
    canvas[60:200, 260:400] = cv2.resize(astronaut[:380, 40:420], (140, 140), interpolation=cv2.INTER_AREA)
    return write_clip(tmp_path_factory.mktemp("clips") / "two.mp4", [canvas] * 12)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_everything_comes_out(clip: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    analysis = analyze_video(clip, tmp_path, recognizer=recognizer)
    assert names(tmp_path) == ALL
    assert (analysis.frames, analysis.readings, analysis.dropped) == (50, 50, 0)
    assert not analysis.interrupted
    with av.open(str(tmp_path / "annotated.mp4")) as film:
        assert film.streams.audio
        assert len(list(film.decode(video=0))) == 50
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert recognizer.classifier.model.sha256 in json.dumps(summary)
    lines = (tmp_path / "readings.csv").read_text().splitlines()
    assert len(lines) == 51
    assert {line.split(",")[2] for line in lines[1:]} == {"1"}


def test_only_some(clip: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    analyze_video(clip, tmp_path, only={"csv", "vtt"}, start=0.4, end=1.2, every=4, recognizer=recognizer)
    assert names(tmp_path) == {"readings.csv", "emotions.vtt", "run.json"}
    times = [float(line.split(",")[0]) for line in (tmp_path / "readings.csv").read_text().splitlines()[1:]]
    assert times == pytest.approx([0.48, 0.64, 0.8, 0.96, 1.12], abs=0.05)
    with pytest.raises(UsageError, match="csv"):
        analyze_video(clip, tmp_path / "no", only={"excel"}, recognizer=recognizer)


def test_the_largest_face_alone(two_faces: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    every = analyze_video(two_faces, tmp_path / "all", only={"csv"}, recognizer=recognizer)
    alone = analyze_video(two_faces, tmp_path / "largest", only={"csv"}, face="largest", recognizer=recognizer)
    assert (every.readings, alone.readings) == (24, 12)
    with pytest.raises(UsageError, match="all or largest"):
        FaceReader(recognizer, face="prettiest")


@pytest.mark.parametrize("face", ["all", "largest"])
def test_anonymised_films_show_no_face_at_all(
    two_faces: Path, tmp_path: Path, recognizer: EmotionRecognizer, face: str
) -> None:
    only = {"annotated", "merged", "csv"}
    analyze_video(two_faces, tmp_path, only=only, anonymize=True, face=face, recognizer=recognizer)
    assert len((tmp_path / "readings.csv").read_text().splitlines()) > 10
    for film in ("annotated.mp4", "merged.mp4"):
        with av.open(str(tmp_path / film)) as container:
            for frame in container.decode(video=0):
                found = recognizer.recognize(frame.to_ndarray(format="bgr24"))  # type: ignore[arg-type]
                assert [f for f in found if f.score > 0.6] == []


def test_pictures_in_a_row_and_nobody_there(tmp_path: Path, recognizer: EmotionRecognizer, astronaut: Image) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, image in enumerate((astronaut, np.zeros((100, 80, 3), np.uint8), astronaut[:300])):
        cv2.imwrite(str(folder / f"{number}.png"), image)
    analysis = analyze_video(folder, tmp_path / "out", recognizer=recognizer)
    assert analysis.frames == 3
    assert names(tmp_path / "out") == ALL
    cv2.imwrite(str(tmp_path / "blank.png"), np.zeros((100, 80, 3), np.uint8))
    nobody = analyze_video(tmp_path / "blank.png", tmp_path / "nobody", recognizer=recognizer)
    assert nobody.readings == 0
    assert {"report.html", "summary.json", "readings.csv"} <= names(tmp_path / "nobody")


def test_what_cannot_be_read_leaves_nothing(tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    (tmp_path / "text.mp4").write_text("text")
    with pytest.raises(SourceError):
        analyze_video(tmp_path / "text.mp4", tmp_path / "out", recognizer=recognizer)
    assert not (tmp_path / "out").exists()


def test_an_unwritable_folder(clip: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="choose"):
        analyze_video(clip, tmp_path / "file", recognizer=recognizer)
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_full_disk(clip: Path, recognizer: EmotionRecognizer) -> None:
    full = Path("/dev/full")
    if not full.exists() or os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root only")
    folder = Path("/tmp") / f"feeling-full-{os.getpid()}"  # noqa: S108 - a mount point
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    try:
        with pytest.raises(OutputError, match="disk is full"):
            analyze_video(clip, folder, recognizer=recognizer)
        # nothing unfinished under a final name
        for name in names(folder):
            assert name.endswith(".part") or (folder / name).stat().st_size > 0
        assert "annotated.mp4" not in names(folder)
        held = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert [name for name in held if name.startswith(str(folder))] == []
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


class _Sink:
    """Counts what it is given; fails at a given frame."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.fail_at, self.seen, self.left_with = fail_at, 0, "nothing"

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if self.seen == self.fail_at:
            raise OutputError("The disk is full.")
        self.seen += 1

    def __enter__(self) -> "_Sink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self.left_with = kind.__name__ if kind else "no error"


def test_a_sink_behind_gets_every_frame() -> None:
    sink = _Sink()
    with ThreadedSink(sink, room=2) as behind:
        for _ in range(100):
            behind.write(Frame(np.zeros((1, 1, 3), np.uint8)), [])
    assert (sink.seen, sink.left_with) == (100, "no error")


def _fill(behind: ThreadedSink) -> None:
    for _ in range(1000):
        behind.write(Frame(np.zeros((1, 1, 3), np.uint8)), [])


def test_an_error_behind_comes_forward() -> None:
    sink = _Sink(fail_at=3)
    with pytest.raises(OutputError, match="disk is full"), ThreadedSink(sink) as behind:
        _fill(behind)
    assert (sink.seen, sink.left_with) == (3, "OutputError")


def test_an_error_of_the_last_frame_comes_forward_too() -> None:
    sink = _Sink(fail_at=0)
    with pytest.raises(OutputError), ThreadedSink(sink) as behind:
        behind.write(Frame(np.zeros((1, 1, 3), np.uint8)), [])


def test_a_lost_source_ends_a_run_as_its_end_does() -> None:
    def pairs() -> Generator[tuple[Frame, list[Reading]]]:
        yield Frame(np.zeros((1, 1, 3), np.uint8), 1.5), []
        raise SourceLostError("The camera is gone.")

    run = Run()
    run.follow(pairs(), lambda *_: False, Interrupts())
    assert (run.frames, run.seconds, str(run.lost)) == (1, 1.5, "The camera is gone.")


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "long.mp4", moving_face(1500), sound=clicks(60.0))


def default_ctrl_c() -> None:
    """Where the tests themselves run in the background, their shell has Ctrl-C ignored, and so would a child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _started(clip: Path, out: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "feeling_manager", "analyze", str(clip), "--out", str(out)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=default_ctrl_c
    )
    part = out / "readings.csv.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 20_000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_ctrl_c_finishes_what_was_read(long_clip: Path, tmp_path: Path) -> None:
    process = _started(long_clip, tmp_path / "out")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped, what was read so far is whole" in output
    assert "Traceback" not in errors
    assert names(tmp_path / "out") == ALL
    rows = len((tmp_path / "out" / "readings.csv").read_text().splitlines()) - 1
    with av.open(str(tmp_path / "out" / "annotated.mp4")) as film:
        assert len(list(film.decode(video=0))) == rows < 1500


def test_killed_it_can_be_read_and_rebuilt(long_clip: Path, tmp_path: Path) -> None:
    process = _started(long_clip, tmp_path / "out")
    process.kill()
    process.wait()
    left = names(tmp_path / "out")
    assert all(name.endswith(".part") for name in left - {"run.json", "run.lock"})
    rows = (tmp_path / "out" / "readings.csv.part").read_text().splitlines()
    read = float(rows[-2].split(",")[0])
    with av.open(str(tmp_path / "out" / "annotated.mp4.part")) as film:
        last = [frame.time for frame in film.decode(video=0)][-1]
    assert last == pytest.approx(read, abs=1.5)
    command = [sys.executable, "-m", "feeling_manager", "report", str(tmp_path / "out" / "readings.csv.part")]
    subprocess.run([*command, "--out", str(tmp_path / "again")], check=True, capture_output=True)
    assert {"report.html", "summary.json", "timeline.png", "cumulative.png", "emotions.vtt"} <= names(
        tmp_path / "again"
    )


def test_landmarks_are_drawn_by_a_model_that_finds_them(clip: Path, tmp_path: Path) -> None:
    analyze_video(clip, tmp_path, only={"csv"}, landmarks=True, end=0.4)
    lines = (tmp_path / "readings.csv").read_text().splitlines()
    assert lines[0].endswith(",eye_openness,mouth_openness")
    assert all(0 < float(value) < 1 for value in lines[1].split(",")[-2:])
    manifest = json.loads(BUNDLED.read_text())
    del manifest["landmarks68"]
    (tmp_path / "other.json").write_text(json.dumps(manifest))
    (tmp_path / manifest["file"]).write_bytes(BUNDLED.with_name(manifest["file"]).read_bytes())
    without = EmotionRecognizer(threads=1, manifest=tmp_path / "other.json")
    with pytest.raises(UsageError, match="use the model emotion"):
        analyze_video(clip, tmp_path / "other", landmarks=True, recognizer=without)
