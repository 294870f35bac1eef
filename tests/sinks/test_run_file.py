"""A second run never harms the first: `run.json` and its lock."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feeling_manager.errors import BusyError, OccupiedError, UsageError
from feeling_manager.sinks.run_file import RunFolder, RunRecord, input_of, read

OUTPUTS = ["readings.csv", "report.html"]


def record(name: str = "a.mp4", *, every: int = 1, repeatable: bool = True) -> RunRecord:
    return RunRecord(inputs=[{"name": name}], options={"every": every}, models={"m": "1"}, repeatable=repeatable)


def run(folder: Path, of: RunRecord, text: str = "x", *, overwrite: bool = False) -> None:
    with RunFolder(folder, of, OUTPUTS, overwrite=overwrite) as taken:
        (folder / "readings.csv").write_text(text)
        taken.keep(interrupted=False, frames=1)


def test_the_same_run_goes_on_and_another_is_refused(tmp_path: Path) -> None:
    run(tmp_path, record())
    said = read(tmp_path)
    assert said is not None
    assert (said["state"], said["outputs"], said["result"]["frames"]) == ("whole", ["readings.csv"], 1)
    with RunFolder(tmp_path, record(), OUTPUTS) as again:
        assert again.whole
    for other in (record("b.mp4"), record(every=2), record(repeatable=False)):
        with pytest.raises(OccupiedError, match=r"holds the results of another run \(a.mp4\)"):
            run(tmp_path, other, "lost")
    assert (tmp_path / "readings.csv").read_text() == "x"
    assert not (tmp_path / "run.lock").exists()


def test_results_without_a_run_file_are_somebodys_too(tmp_path: Path) -> None:
    (tmp_path / "readings.csv.part").write_text("mine")
    (tmp_path / "holiday.jpg").write_text("mine")
    with pytest.raises(OccupiedError, match=r"holds another run's readings\.csv"):
        run(tmp_path, record())
    assert (tmp_path / "readings.csv.part").read_text() == "mine"


def test_overwriting_leaves_nothing_of_the_other_run(tmp_path: Path) -> None:
    with RunFolder(tmp_path, record("b.mp4"), [*OUTPUTS, "chart.gif"]) as taken:
        for name in ("readings.csv", "report.html", "chart.gif"):
            (tmp_path / name).write_text("old")
        taken.keep(interrupted=False)
    (tmp_path / "notes.txt").write_text("mine")
    run(tmp_path, record(), "new", overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"readings.csv", "run.json", "notes.txt"}


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    source = tmp_path / "readings.csv"
    source.write_text("input")
    for overwrite in (False, True):
        folder = RunFolder(tmp_path, record(), OUTPUTS, overwrite=overwrite, sources=[source])
        with pytest.raises(UsageError, match="would be written over"), folder:
            pass
    assert source.read_text() == "input"
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(UsageError), RunFolder(link, record(), OUTPUTS, sources=[source]):
        pass


def test_a_run_that_fails_before_it_writes_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x"), RunFolder(tmp_path / "out", record(), OUTPUTS):
        raise ValueError("x")
    assert list((tmp_path / "out").iterdir()) == []


HOLD = """
import sys, time
from pathlib import Path
from feeling_manager.sinks.run_file import RunFolder, RunRecord
with RunFolder(Path(sys.argv[1]), RunRecord(inputs=[{"name": "a.mp4"}]), ["readings.csv"]):
    (Path(sys.argv[1]) / "readings.csv.part").write_text("half")
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_at_once_and_a_lock_that_dies_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(BusyError, match=rf"another run \(process {holder.pid}\)"):
                run(tmp_path, record(), overwrite=True)
            os.kill(holder.pid, signal.SIGKILL)
            holder.wait()
            said = read(tmp_path)
            assert said is not None
            assert said["state"] == "running"
            with RunFolder(tmp_path, RunRecord(inputs=[{"name": "a.mp4"}]), ["readings.csv"]) as again:
                assert not again.whole
        finally:
            holder.kill()


def test_a_damaged_run_file_is_another_run(tmp_path: Path) -> None:
    run(tmp_path, record())
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(OccupiedError):
        run(tmp_path, record())


@pytest.mark.parametrize("text", ["{", "[]", '{"mine": 1}', '{"inputs": ["x"]}', '{"format": 2, "inputs": []}'])
def test_what_other_programs_call_run_json_is_theirs(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(OccupiedError, match=r"holds another run's run\.json"):
        run(tmp_path, record())
    assert (tmp_path / "run.json").read_text() == text
    run(tmp_path, record(), overwrite=True)
    assert read(tmp_path) is not None


def test_a_run_whose_results_were_removed_is_not_whole(tmp_path: Path) -> None:
    run(tmp_path, record())
    said = read(tmp_path)
    assert said is not None
    # what it could have written and did not is not missed
    assert said["outputs"] == ["readings.csv"]
    (tmp_path / "readings.csv").unlink()
    with RunFolder(tmp_path, record(), OUTPUTS) as again:
        assert not again.whole


def test_a_name_that_is_no_unicode_can_be_recorded(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    try:
        (tmp_path / name).write_bytes(b"1")
    except OSError:
        pytest.skip("this system has no such names")
    run(tmp_path / "out", RunRecord(inputs=[input_of(tmp_path / name)]))
    said = read(tmp_path / "out")
    assert said is not None
    assert said["inputs"][0]["name"].endswith(r"caf\udce9.mp4")


def test_a_changed_file_is_another_input(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"1")
    before = input_of(file)
    file.write_bytes(b"12")
    assert input_of(file) != before
    assert json.dumps(input_of("rtsp://camera/1")) == '{"name": "rtsp://camera/1"}'
