"""`feeling report` rebuilds what a run made, from its table alone."""

import json
from pathlib import Path

import pytest

from feeling_manager.sinks.outputs import OutputOptions, open_sinks
from feeling_manager.sinks.results import FILES
from tests.cli.conftest import Feeling
from tests.sinks.readings import INFO, Stretch, make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a finished run."""
    out = tmp_path / "run"
    options = OutputOptions(
        only={*FILES, "csv"}, start=1.0, model={"emotion": "ab" * 32}, settings={"every": 2}, dropped=lambda: 1
    )
    persons: list[list[Stretch]] = [
        [("happiness", 1.0, 4.0), ("surprise", 4.0, 7.3)],
        [(None, 0, 2), ("anger", 2.0, 6.5)],
    ]
    with open_sinks(out, INFO, options) as sink:
        for frame, readings in make_run(persons, fps=23.976):
            sink.write(frame, readings)
    return out


def test_everything_is_made_again_just_as_it_was(feeling: Feeling, run: Path, tmp_path: Path) -> None:
    done = feeling("report", run / "readings.csv", "--out", tmp_path / "again")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 people" in done.stdout
    assert {path.name for path in (tmp_path / "again").iterdir()} == {*FILES.values(), "run.json"}
    for file in FILES.values():
        assert (tmp_path / "again" / file).read_bytes() == (run / file).read_bytes(), file


def test_the_folder_of_the_table_is_the_default(feeling: Feeling, run: Path) -> None:
    before = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    done = feeling("report", run / "readings.csv", "--only", "report,vtt")
    assert done.returncode == 0
    assert (run / "report.html").read_bytes() == before


def test_a_table_torn_by_a_kill_is_enough(feeling: Feeling, run: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    content = (run / "readings.csv").read_bytes()
    (killed / "readings.csv.part").write_bytes(content[: len(content) * 2 // 3])
    done = feeling("report", killed / "readings.csv.part")
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads((killed / "summary.json").read_text())
    assert summary["persons"][0]["spells"]
    assert summary["source"] is None


def test_captions_in_korean(feeling: Feeling, run: Path, tmp_path: Path) -> None:
    done = feeling("report", run / "readings.csv", "--out", tmp_path / "ko", "--only", "vtt", "--lang", "ko")
    assert done.returncode == 0
    assert "사람 1: 행복" in (tmp_path / "ko" / "emotions.vtt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["missing.csv"], 3, "can't be read"),
        (["{run}/summary.json"], 3, "is not a table"),
        (["{run}/chart.gif"], 3, "is not a table"),
        (["{run}"], 3, "can't be read"),
        (["{run}/readings.csv", "--only", "annotated"], 2, "choose from gif, timeline"),
        (["{run}/readings.csv", "--lang", "xx"], 2, "en, ko"),
        (["{run}/readings.csv", "--out", "{run}/readings.csv"], 4, "--out"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    feeling: Feeling, run: Path, arguments: list[str], status: int, sentence: str
) -> None:
    done = feeling("report", *(argument.format(run=run) for argument in arguments))
    assert done.returncode == status
    assert sentence in done.stderr
    assert done.stderr.startswith("feeling: ")
    assert done.stderr.count("\n") == 1
