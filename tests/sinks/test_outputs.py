import csv
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feeling_manager.errors import FeelingError, MissingDependencyError, OutputError, SourceLostError, UsageError
from feeling_manager.sinks import fonts, outputs, results
from feeling_manager.sinks.outputs import FILES, OutputOptions, choose, open_sinks
from feeling_manager.types import Frame, Image, Reading, SourceInfo
from tests.clips import clicks, heard_clicks, moving_face, read_images, read_times, write_clip
from tests.sinks.readings import GREY, INFO, make_reading, make_run

RUN = list(make_run([[("happiness", 0, 2), ("sadness", 2, 4)], [("anger", 1, 3)]], fps=10.0))
DEFAULT = {FILES[name] for name in choose(None)}
TEN = INFO._replace(fps=10.0)


def write_all(
    out: Path,
    run: list[tuple[Frame, list[Reading]]],
    info: SourceInfo = TEN,
    options: OutputOptions | None = None,
) -> None:
    with open_sinks(out, info, options or OutputOptions()) as sink:
        for frame, readings in run:
            sink.write(frame, readings)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_run_leaves_every_output_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    options = OutputOptions(only=set(FILES), dropped=lambda: 3, model={"emotion": "ab"}, settings={"every": 1})
    write_all(out, RUN, options=options)
    assert names(out) == set(FILES.values())
    for name in ("annotated.mp4", "merged.mp4"):
        assert read_times(out / name) == pytest.approx([frame.time for frame, _ in RUN], abs=0.001)
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["frames"], summary["dropped"], summary["readings"]) == (40, 3, 60)
    assert summary["model"] == {"emotion": "ab"}
    with (out / "readings.csv").open() as file:
        assert len(list(csv.reader(file))) == 61


def test_only_what_is_asked_for_is_made(tmp_path: Path) -> None:
    write_all(tmp_path, RUN, options=OutputOptions(only={"csv", "vtt"}))
    assert names(tmp_path) == {"readings.csv", "emotions.vtt"}


@pytest.mark.parametrize("only", [{"csv", "mp3"}, set[str]()])
def test_an_unknown_output_is_told_with_the_choices(tmp_path: Path, only: set[str]) -> None:
    with pytest.raises(UsageError, match=r"choose from annotated, merged, gif, timeline, .*csv, parquet, jsonl"):
        open_sinks(tmp_path / "out", INFO, OutputOptions(only=only))
    assert not (tmp_path / "out").exists()


def test_a_missing_font_is_told_at_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(fonts.VARIABLE, raising=False)
    fonts.find.cache_clear()
    try:
        with pytest.raises(MissingDependencyError):
            open_sinks(tmp_path, INFO, OutputOptions(lang="ko"))
        write_all(tmp_path, RUN, options=OutputOptions(lang="ko", only={"csv", "vtt", "summary"}))
    finally:
        fonts.find.cache_clear()
    assert "사람 1: 행복" in (tmp_path / "emotions.vtt").read_text(encoding="utf-8")


def test_korean_outputs(tmp_path: Path) -> None:
    try:
        fonts.find("ko")
    except FeelingError:
        pytest.skip("no font with Hangul on this machine")
    write_all(tmp_path, RUN, options=OutputOptions(lang="ko"))
    assert names(tmp_path) == DEFAULT
    assert '<html lang="ko">' in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "image",
    [np.full((240, 320), 90, np.uint8), np.full((1, 1, 3), 90, np.uint8), np.full((241, 121, 3), 9, np.uint8)],
)
def test_grey_tiny_and_odd_pictures(tmp_path: Path, image: Image) -> None:
    info = SourceInfo("pictures/", image.shape[1], image.shape[0], None, None, 2, audio=False, live=False)
    write_all(
        tmp_path,
        [(Frame(image, time, index), [make_reading(time=time)]) for index, time in enumerate((0.0, 1.0))],
        info,
    )
    assert names(tmp_path) == DEFAULT
    assert len(read_times(tmp_path / "annotated.mp4")) == 2


def test_a_run_without_faces(tmp_path: Path) -> None:
    write_all(tmp_path, [(frame, []) for frame, _ in RUN])
    assert names(tmp_path) == DEFAULT
    assert json.loads((tmp_path / "summary.json").read_text())["persons"] == []
    assert "No face was found" in (tmp_path / "report.html").read_text()


def test_a_source_without_frames_leaves_older_films_and_reports_alone(tmp_path: Path) -> None:
    for name in ("annotated.mp4", "report.html"):
        (tmp_path / name).write_text("older")
    write_all(tmp_path, [])
    assert (tmp_path / "annotated.mp4").read_text() == (tmp_path / "report.html").read_text() == "older"
    assert not [name for name in names(tmp_path) if name.endswith(".part")]


def test_the_sound_of_the_original_is_in_both_films(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", moving_face(100), sound=clicks(4))
    run: list[tuple[Frame, list[Reading]]] = [(Frame(GREY, 2 + index / 10, 20 + index), []) for index in range(14)]
    options = OutputOptions(audio_from=source, start=2.0, end=3.5)
    write_all(tmp_path / "out", run, INFO._replace(audio=True, fps=10.0), options)
    for name in ("annotated.mp4", "merged.mp4"):
        assert heard_clicks(tmp_path / "out" / name) == pytest.approx([0.5], abs=0.02)
        assert read_times(tmp_path / "out" / name)[0] == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["begin"] == 2.0


def test_a_live_source_counts_from_its_first_frame(tmp_path: Path) -> None:
    run = [(replace(frame, time=frame.time + 77), [replace(r, time=r.time + 77) for r in rs]) for frame, rs in RUN]
    write_all(tmp_path, run, SourceInfo("camera 0", 320, 240, 10.0, None, None, audio=False, live=True))
    assert read_times(tmp_path / "annotated.mp4")[0] == 0
    assert "00:00:00.000 -->" in (tmp_path / "emotions.vtt").read_text()
    assert json.loads((tmp_path / "summary.json").read_text())["begin"] == 77.0


def test_anonymized_films_show_no_face_and_the_frames_stay_as_they_were(tmp_path: Path) -> None:
    images = list(moving_face(5))
    kept = [image.copy() for image in images]
    box = (200.0, 110.0, 70.0, 90.0)
    run = [(Frame(image, i / 10, i), [make_reading(time=i / 10, frame=i, box=box)]) for i, image in enumerate(images)]
    films = {"annotated", "merged"}
    write_all(tmp_path / "open", run, options=OutputOptions(only=films))
    write_all(tmp_path / "covered", run, options=OutputOptions(only=films, anonymize=True))
    np.testing.assert_array_equal(images, kept)

    def detail(image: Image, scale: float) -> float:
        x, y, w, h = (round(value * scale) for value in box)
        inside = image[y + h // 4 : y + 3 * h // 4, x + w // 4 : x + 3 * w // 4].astype(float)
        return float(np.abs(np.diff(inside, axis=1)).mean())

    for name, scale in (("annotated.mp4", 1.0), ("merged.mp4", 1.5)):
        seen, covered = (read_images(tmp_path / folder / name)[0] for folder in ("open", "covered"))
        assert detail(covered, scale) < 0.7 * detail(seen, scale)


def test_when_one_output_fails_the_others_are_finished(tmp_path: Path) -> None:
    out = tmp_path / "out"

    class Failing:
        def __init__(self, path: Path) -> None:
            self.written = 0

        def __enter__(self) -> "Failing":
            return self

        def write(self, frame: Frame, readings: list[Reading]) -> None:
            self.written += 1
            if self.written > 10:
                raise OutputError("The disk is full.")

        def __exit__(self, *_: object) -> None:
            return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "ParquetSink", Failing)
        with pytest.raises(OutputError, match="disk is full"):
            write_all(out, RUN)
    assert names(out) == DEFAULT - {"readings.parquet"}
    assert len(read_times(out / "annotated.mp4")) == 10


def test_when_a_result_fails_at_the_end_the_films_are_still_finished(tmp_path: Path) -> None:
    (tmp_path / "chart.gif").mkdir()
    (tmp_path / "chart.gif" / "x").touch()
    with pytest.raises(OutputError, match=r"chart\.gif"):
        write_all(tmp_path, RUN)
    assert len(read_times(tmp_path / "annotated.mp4")) == len(RUN)
    assert (tmp_path / "readings.csv").exists()


def fail_with(out: Path, error: BaseException) -> None:
    with open_sinks(out, TEN, OutputOptions(only=set(FILES))) as sink:
        for frame, readings in RUN:
            sink.write(frame, readings)
        raise error


def test_a_lost_source_keeps_all_that_was_read(tmp_path: Path) -> None:
    with pytest.raises(SourceLostError):
        fail_with(tmp_path, SourceLostError("The camera is gone."))
    assert names(tmp_path) == set(FILES.values())


def test_any_other_error_keeps_what_can_be_read_as_part(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_with(tmp_path, ZeroDivisionError())
    readable = {"annotated.mp4", "merged.mp4", "readings.csv", "readings.jsonl", "summary.json"}
    assert names(tmp_path) == {f"{name}.part" for name in readable}
    results.rebuild(tmp_path / "readings.csv.part", tmp_path / "again", results.FILES)
    assert names(tmp_path / "again") == set(results.FILES.values())
    assert json.loads((tmp_path / "again" / "summary.json").read_text())["source"]["name"] == "talk.mp4"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--out"):
        open_sinks(tmp_path / "file" / "out", INFO, OutputOptions())


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Files can grow no larger, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_is_one_sentence_and_leaves_no_half_file_under_a_final_name(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    run = [
        (Frame(noise.integers(0, 255, (240, 320, 3)).astype(np.uint8), i / 10, i), [make_reading(time=i / 10)])
        for i in range(150)
    ]
    with largest_file(400_000), pytest.raises(OutputError) as caught:
        write_all(tmp_path, run)
    assert "\n" not in str(caught.value)
    assert not {"annotated.mp4", "merged.mp4"} & names(tmp_path)
    whole = json.loads((tmp_path / "summary.json").read_text())
    assert 0 < whole["frames"] < 150


WRITER = """
import sys
from pathlib import Path
from feeling_manager.sinks.outputs import OutputOptions, open_sinks
from tests.sinks.readings import INFO, make_run
with open_sinks(Path(sys.argv[1]), INFO, OutputOptions(model={"emotion": "ab"})) as sink:
    for frame, readings in make_run([[("happiness", 0, 60)]]):
        sink.write(frame, readings)
        print(frame.index, flush=True)
"""


def test_killed_at_any_moment_the_table_and_the_films_can_be_read(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = next(int(line) for line in process.stdout if int(line) >= 90)
        process.send_signal(signal.SIGKILL)
    assert all(name.endswith(".part") for name in names(tmp_path))
    made = results.rebuild(tmp_path / "readings.csv.part", tmp_path / "again", results.FILES)
    assert made.last is not None
    assert made.last >= last / 25 - 0.05
    assert read_times(tmp_path / "annotated.mp4.part")[-1] >= last / 25 - 1.0
    assert json.loads((tmp_path / "again" / "summary.json").read_text())["model"] == {"emotion": "ab"}
