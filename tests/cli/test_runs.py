"""Two of everything on the command line: runs, films, interrupts, folders; and numbers that can't be."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Feeling
from tests.clips import moving_face, write_clip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two films of the same name in different folders."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "b").mkdir()
    write_clip(folder / "talk.mp4", moving_face(12))
    write_clip(folder / "b" / "talk.mp4", moving_face(20))
    return folder


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("long") / "long.mp4", moving_face(900, 160, 120))


def rows(folder: Path) -> int:
    return len((folder / "readings.csv").read_text("utf-8").splitlines()) - 1


def test_two_runs_without_out_leave_both_results(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    for film in (films / "talk.mp4", films / "b" / "talk.mp4"):
        assert feeling("analyze", film, "--only", "csv").returncode == 0
    assert rows(tmp_path / "feeling-out" / "talk") == 12
    assert rows(tmp_path / "feeling-out" / "talk-2") == 20
    again = feeling("analyze", films / "talk.mp4", "--only", "csv")
    assert "analysed before -> feeling-out/talk/" in again.stdout
    assert sorted(path.name for path in (tmp_path / "feeling-out").iterdir()) == ["talk", "talk-2"]


def test_another_run_is_refused_unless_told_to_overwrite(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    first, second = films / "talk.mp4", films / "b" / "talk.mp4"
    assert feeling("analyze", first, "--only", "csv,summary", "--out", "out").returncode == 0
    refused = feeling("analyze", second, "--only", "csv", "--out", "out")
    assert refused.returncode == 4
    assert "out holds the results of another run (talk.mp4)" in refused.stderr
    # what is refused for another reason loses nothing either
    assert feeling("analyze", second, "--out", "out", "--overwrite", "--lang", "fr").returncode == 2
    assert feeling("analyze", "nothing.mp4", "--out", "out", "--overwrite").returncode == 3
    assert rows(tmp_path / "out") == 12
    assert feeling("analyze", second, "--only", "csv", "--out", "out", "--overwrite").returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"readings.csv", "run.json"}
    assert rows(tmp_path / "out") == 20
    refused = feeling("report", "out/readings.csv", "--out", "out/../out2")
    assert refused.returncode == 0
    assert (
        feeling(
            "report", tmp_path / "out" / "readings.csv", "--lang", "en", "--out", "out2", "--only", "vtt"
        ).returncode
        == 4
    )


def test_an_input_is_never_written_over(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    film = tmp_path / "annotated.mp4"
    film.write_bytes((films / "talk.mp4").read_bytes())
    for more in ([], ["--overwrite"]):
        refused = feeling("analyze", "annotated.mp4", "--out", ".", "--only", "annotated", *more)
        assert refused.returncode == 2
        assert "annotated.mp4 would be written over by the results" in refused.stderr
    assert film.read_bytes() == (films / "talk.mp4").read_bytes()


def test_a_recording_is_kept(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    command = ["live", str(films / "talk.mp4"), "--headless", "--record", "kept"]
    assert feeling(*command).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}
    refused = feeling(*command)
    assert refused.returncode == 4
    assert "kept holds the results of another run" in refused.stderr
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()} == before
    assert feeling(*command, "--overwrite").returncode == 0


def default_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder: Path, *arguments: str, code: str | None = None) -> "subprocess.Popen[str]":
    command = ["-c", code] if code else ["-m", "feeling_manager"]
    return subprocess.Popen(
        [sys.executable, *command, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_ctrl_c,
        start_new_session=True,
    )


def wait_for(path: Path, size: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not (path.exists() and path.stat().st_size > size):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


STARTED = """
import os
from feeling_manager.__main__ import main
os.write(1, b"started\\n")
main()
"""


def interrupt(folder: Path, film: Path, rng: random.Random, number: int) -> None:
    """One run that is interrupted at some moment, once or twice: whole results, no traceback, and it ends."""
    out = folder / f"out{number}"
    words = ("analyze", str(film), "--out", str(out), "--only", "csv,parquet,summary,annotated")
    # what comes before is the interpreter's own start, whose tracebacks are not ours
    process = start(folder, *words, code=STARTED)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    if rng.random() < 0.8:
        wait_for(out / "readings.csv.part", rng.randrange(0, 60_000), process)
    else:
        time.sleep(rng.uniform(0.0, 1.5))
    times = rng.choice((1, 1, 2))
    for _ in range(times):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(rng.uniform(0.0, 0.02))
    output, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors
    assert "closed file" not in errors
    assert process.returncode in (0, 130, -signal.SIGINT), (output, errors)
    if "stopped, what was read so far is whole" in output:
        assert pq.read_table(out / "readings.parquet").num_rows == rows(out)
        assert json.loads((out / "run.json").read_text("utf-8"))["state"] == "interrupted"
        assert not list(out.glob("*.part"))


def test_ctrl_c_at_some_moments(long_film: Path, tmp_path: Path) -> None:
    rng = random.Random(0)
    for number in range(3):
        interrupt(tmp_path, long_film, rng, number)


@pytest.mark.soak
def test_ctrl_c_at_two_hundred_moments(long_film: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    for number in range(200):
        interrupt(tmp_path, long_film, rng, number)


INTERRUPTED_IMPORT = """
import os, runpy, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
runpy.run_module("feeling_manager", run_name="__main__")
"""


def test_ctrl_c_while_modules_are_imported_leaves_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT],
        capture_output=True,
        text=True,
        preexec_fn=default_ctrl_c,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "feeling: Stopped.\n")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ctrl_c_while_processes_begin_leaves_no_traceback(long_film: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        os.link(long_film, tmp_path / name)
    for number in range(3):
        process = start(
            tmp_path, "analyze", "a.mp4", "b.mp4", "c.mp4", "--out", str(number), "--only", "csv", "--jobs", "2"
        )
        begun = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 60
        # the first is multiprocessing's own
        while len(begun.read_text().split()) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
        time.sleep(0.1 * number)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 130, errors
        assert "Traceback" not in errors
        assert "was not read to its end" not in errors


def test_ctrl_c_with_jobs_begins_no_other_film(long_film: Path, tmp_path: Path) -> None:
    names = [f"{letter}.mp4" for letter in "abcde"]
    for name in names:
        os.link(long_film, tmp_path / name)
    process = start(tmp_path, "analyze", *names, "--out", "out", "--only", "csv", "--jobs", "2")
    for name in names[:2]:
        wait_for(tmp_path / "out" / name[0] / "readings.csv.part", 2000, process)
    # as a terminal does: to all of them
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert output.count("stopped, what was read so far is whole") == 2
    left = re.search(r"Stopped: 3 not begun: (.*)\.\n", errors)
    assert left is not None
    assert left[1] == "c.mp4, d.mp4, e.mp4"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "b"]
    assert 0 < rows(tmp_path / "out" / "a") < 900


def test_a_process_that_is_killed_is_said(long_film: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        os.link(long_film, tmp_path / name)
    process = start(tmp_path, "analyze", "a.mp4", "b.mp4", "c.mp4", "--out", "out", "--only", "csv", "--jobs", "2")
    wait_for(tmp_path / "out" / "a" / "readings.csv.part", 2000, process)
    # the lock says who writes
    os.kill(int((tmp_path / "out" / "a" / "run.lock").read_text()), signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in errors
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        assert f"feeling: {name} was not read to its end" in errors


def test_films_whose_names_some_systems_take_for_one(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    for folder, name in (("1", "talk"), ("2", "Talk"), ("3", "\uac00"), ("4", "\u1100\u1161")):
        (tmp_path / folder).mkdir()
        os.link(films / "talk.mp4", tmp_path / folder / f"{name}.mp4")
    names = ["1/talk.mp4", "2/Talk.mp4", "3/\uac00.mp4", "4/\u1100\u1161.mp4"]
    assert feeling("analyze", *names, "--only", "csv", "--out", "out").returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"talk", "Talk-2", "\uac00", "\u1100\u1161-2"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["analyze", "x.mp4", "--detection-side", "-5"], "--detection-side"),
        (["analyze", "x.mp4", "--detection-side", "100000"], "--detection-side"),
        (["recognize", "x.jpg", "--threshold", "5"], "--threshold"),
        (["analyze", "x.mp4", "--start", "nan"], "start"),
        (["analyze", "x.mp4", "--every", "0"], "--every"),
        (["live", "--fps", "0"], "--fps"),
        (["analyze", "x.mp4", "--on", "anger>6", "--exec", "true"], "anger lies between 0 and 1"),
        (["analyze", "x.mp4", "--on", "valence<-1", "--exec", "true"], "can never happen"),
        (["analyze"], "Missing argument"),
        (["bogus"], "No such command"),
        (["analyze", "x.mp4", "--bogus"], "No such option"),
    ],
)
def test_what_can_not_be_is_said_in_one_form(
    feeling: Feeling, films: Path, arguments: list[str], sentence: str
) -> None:
    known = {"x.mp4": str(films / "talk.mp4")}
    done = feeling(*(known.get(word, word) for word in arguments))
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("feeling: ")
    assert len(done.stderr.splitlines()) == 1
    assert sentence in done.stderr
    assert done.stdout == ""


def test_half_a_film_is_no_success(feeling: Feeling, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "half.mkv", moving_face(75))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = feeling("analyze", "half.mkv", "--only", "csv,summary", "--out", "out")
    assert done.returncode == 3
    assert re.search(r"half\.mkv should last 3\.0 s, and \d\.\d s of it could be read", done.stderr)
    assert 0 < rows(tmp_path / "out") < 75
    again = feeling("analyze", "half.mkv", "--only", "csv,summary", "--out", "out")
    assert again.returncode == 3
    assert "analysed before" in again.stdout
    assert "half.mkv should last 3.0 s" in again.stderr


def test_outputs_in_any_case_and_with_commas_too_many(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    assert (
        feeling("analyze", films / "talk.mp4", "--only", "csv, ,Parquet,", "--only", "CSV", "--out", "out").returncode
        == 0
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"readings.csv", "readings.parquet", "run.json"}


def test_a_report_from_excel_from_parquet_and_from_stdin(feeling: Feeling, films: Path, tmp_path: Path) -> None:
    assert feeling("analyze", films / "talk.mp4", "--only", "csv,parquet", "--out", "out").returncode == 0
    table = tmp_path / "out" / "readings.csv"
    excel = tmp_path / "excel.csv"
    excel.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n"))
    captions = []
    for number, source in enumerate((table, excel, tmp_path / "out" / "readings.parquet")):
        done = feeling("report", source, "--only", "vtt", "--out", f"made{number}")
        assert done.returncode == 0, done.stderr
        captions.append((tmp_path / f"made{number}" / "emotions.vtt").read_text("utf-8"))
    done = feeling("report", "-", "--only", "vtt", "--out", "made3", stdin=table.read_text("utf-8"))
    assert done.returncode == 0, done.stderr
    captions.append((tmp_path / "made3" / "emotions.vtt").read_text("utf-8"))
    assert len(set(captions)) == 1
    assert feeling("report", "-", stdin="x").returncode == 2
    (tmp_path / "no.parquet").write_bytes(b"PAR1")
    refused = feeling("report", "no.parquet")
    assert refused.returncode == 3
    assert "not a Parquet file that can be read" in refused.stderr


def test_a_picture_on_stdin(films: Path, tmp_path: Path) -> None:
    import cv2
    import skimage.data

    jpeg = cv2.imencode(".jpg", skimage.data.astronaut()[:, :, ::-1])[1].tobytes()
    command = [sys.executable, "-m", "feeling_manager", "recognize", "-", "--json"]
    done = subprocess.run(command, input=jpeg, capture_output=True, cwd=tmp_path, check=True)
    assert json.loads(done.stdout)[0]["faces"][0]["emotion"] == "happiness"


def test_events_say_why_they_were_not_delivered(feeling: Feeling, films: Path) -> None:
    rule = ["--on", "faces>=1", "--only", "csv"]
    done = feeling("analyze", films / "talk.mp4", *rule, "--webhook", "http://127.0.0.1:9/", "--out", "a")
    assert re.search(r"1 not delivered: the receiver (can't be reached|took longer)", done.stderr)
    done = feeling("analyze", films / "talk.mp4", *rule, "--exec", "false", "--out", "b")
    assert "1 not delivered: " in done.stderr
