"""`feeling analyze` with several inputs and events, as a user runs it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Feeling
from tests.clips import moving_face, write_clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two of the same name in different folders."""
    folder = tmp_path_factory.mktemp("clips")
    (folder / "b").mkdir()
    return write_clip(folder / "a.mp4", moving_face(20)), write_clip(folder / "b" / "a.mp4", moving_face(30))


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_several_inputs_get_a_folder_each(
    feeling: Feeling, clips: tuple[Path, Path], tmp_path: Path, jobs: str
) -> None:
    (tmp_path / "text.mp4").write_text("text")
    done = feeling("analyze", *clips, "text.mp4", "--only", "csv", "--out", "out", "--jobs", jobs)
    assert done.returncode == 3
    assert "text.mp4 is not a video that can be read" in done.stderr
    assert "Traceback" not in done.stderr
    rows = {name: len((tmp_path / "out" / name / "readings.csv").read_text().splitlines()) for name in ("a", "a-2")}
    assert rows == {"a": 21, "a-2": 31}
    assert not (tmp_path / "out" / "text").exists()


def test_only_by_commas_and_an_unknown_output(feeling: Feeling, clips: tuple[Path, Path], tmp_path: Path) -> None:
    assert feeling("analyze", clips[0], "--only", "csv,vtt", "--only", "jsonl", "--out", "out").returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "readings.csv",
        "emotions.vtt",
        "readings.jsonl",
        "run.json",
    }
    refused = feeling("analyze", clips[0], "--only", "excel", "--out", "no")
    assert refused.returncode == 2
    assert "no output named 'excel': choose from annotated" in refused.stderr


def test_an_event_of_a_film(feeling: Feeling, clips: tuple[Path, Path], tmp_path: Path) -> None:
    done = feeling(
        "analyze", clips[1], "--only", "csv", "--on", "happiness>0.6 for 0.5s", "--exec", f"touch {tmp_path / 'rang'}"
    )
    assert done.returncode == 0
    assert (tmp_path / "rang").exists()
    assert "1 event(s): 1 delivered" in done.stderr
    bad = feeling("analyze", clips[1], "--only", "csv", "--on", "joy>0.6", "--exec", "true")
    assert bad.returncode == 2
    assert "names 'joy'; choose one of neutral" in bad.stderr


def test_korean(feeling: Feeling, clips: tuple[Path, Path], tmp_path: Path) -> None:
    done = feeling("analyze", clips[0], "--only", "vtt", "--lang", "ko", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert "행복" in (tmp_path / "out" / "emotions.vtt").read_text("utf-8")
