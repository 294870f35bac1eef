"""Many pictures are many pictures: a row a face with its file, nobody followed, nothing lost."""

import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pillow

from feeling_manager import EmotionRecognizer
from feeling_manager.errors import SourceError, UsageError
from feeling_manager.pictures import PictureAnalysis, analyze_pictures
from feeling_manager.sinks import fonts
from feeling_manager.sinks.contact_sheet import GAP, SIDE
from feeling_manager.sources.inputs import expand
from feeling_manager.types import Image
from tests.cli.conftest import Feeling, feeling  # noqa: F401 (a fixture)
from tests.clips import moving_face, write_clip


@pytest.fixture(scope="module")
def recognizer() -> EmotionRecognizer:
    return EmotionRecognizer(threads=1)


@pytest.fixture(scope="module")
def portrait(astronaut: Image) -> Image:
    return cv2.resize(astronaut[:380, 40:420], (240, 240), interpolation=cv2.INTER_AREA).astype(np.uint8)


@pytest.fixture
def album(portrait: Image, tmp_path: Path) -> Path:
    """Four people's pictures, one of two faces, one of none, a broken one, a film, a text and a HEIC."""
    folder = tmp_path / "나의 album"
    (folder / "trip").mkdir(parents=True)
    for name in ("1.jpg", "2.png", "10.jpg", "trip/3.jpg"):
        cv2.imencode(Path(name).suffix, portrait)[1].tofile(folder / name)
    cv2.imencode(".png", np.hstack([portrait, portrait[:, ::-1]]))[1].tofile(folder / "two.png")
    cv2.imencode(".png", np.full((200, 200, 3), 90, np.uint8))[1].tofile(folder / "blank.png")
    (folder / "5.jpg").write_bytes(cv2.imencode(".jpg", portrait)[1].tobytes()[:200])
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.jpg").write_text("hidden")
    write_clip(folder / "film.mp4", moving_face(10))
    return folder


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "readings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_inputs_are_sorted_into_films_and_pictures(album: Path) -> None:
    found = expand([str(album)])
    assert [name for name, _ in found.named()] == [
        "1.jpg", "2.png", "5.jpg", "10.jpg", "blank.png", "trip/3.jpg", "two.png",
    ]  # fmt: skip
    assert found.films == [str(album / "film.mp4")]
    assert [(each.file, each.reason) for each in found.left_out] == [("notes.txt", "neither a picture nor a film")]
    assert len(expand([str(album / "*.jpg")]).pictures) == 3
    assert len(expand([str(album / "**" / "*.jpg")]).pictures) == 4
    two = expand([str(album / "1.jpg"), str(album / "2.png")])
    assert [name for name, _ in two.named()] == ["1.jpg", "2.png"]
    # one picture by itself, a folder as a film, a camera, an address
    assert expand([str(album / "1.jpg")]).films == [str(album / "1.jpg")]
    assert expand([str(album)], as_film=True).films == [str(album)]
    assert expand(["0", "rtsp://camera/*"]).films == ["0", "rtsp://camera/*"]
    with pytest.raises(SourceError, match="No file matches"):
        expand([str(album / "*.bmp")])
    (album / "nothing").mkdir()
    with pytest.raises(SourceError, match="holds no pictures and no films"):
        expand([str(album / "nothing")])


def test_an_animation_among_pictures_is_a_film(portrait: Image, tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(np.roll(portrait[:, :, ::-1], 9 * shift, 1)) for shift in range(3)]
    pictures[0].save(tmp_path / "moves.webp", save_all=True, append_images=pictures[1:], duration=100)
    pictures[0].save(tmp_path / "still.webp")
    found = expand([str(tmp_path)])
    assert found.films == [str(tmp_path / "moves.webp")]
    assert found.pictures == [tmp_path / "still.webp"]


def test_a_folder_of_pictures(feeling: Feeling, album: Path, tmp_path: Path) -> None:  # noqa: F811
    done = feeling("analyze", album, "--out", "out")
    assert done.returncode == 0, done.stderr
    assert "left out: 5.jpg: " in done.stderr
    assert "left out: notes.txt: neither a picture nor a film" in done.stderr
    assert "6 pictures, 6 faces, 2 files left out -> out/" in done.stdout
    out = tmp_path / "out"
    rows = rows_of(out)
    assert [row["file"] for row in rows] == ["1.jpg", "2.png", "10.jpg", "trip/3.jpg", "two.png", "two.png"]
    # nobody is the same person, and none inherits what the one before showed
    assert [row["track_id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert {row["label"] for row in rows} == {"happiness"}
    assert pq.read_table(out / "readings.parquet").column("file").to_pylist() == [row["file"] for row in rows]
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert (summary["pictures"], summary["pictures_with_faces"], summary["faces"]) == (6, 5, 6)
    assert {each["file"] for each in summary["left_out"]} == {"5.jpg", "notes.txt"}
    page = (out / "report.html").read_text("utf-8")
    assert 'src="contact-sheet-1.jpg"' in page
    assert "5.jpg" in page
    assert cv2.imread(str(out / "contact-sheet-1.jpg")) is not None
    # the film beside them is a film
    assert (out / "film" / "annotated.mp4").exists()
    assert not list(out.glob("*.part"))
    # the same again has nothing to do; its results are not read as pictures
    again = feeling("analyze", album, "--out", album)
    assert again.returncode == 0, again.stderr
    assert feeling("analyze", album, "--out", album).stdout.startswith("6 pictures, 6 faces")
    other = feeling("analyze", album, "--out", "out", "--anonymize")
    assert other.returncode == 4
    assert "holds the results of another run" in other.stderr


def test_options_of_time_say_nothing_of_pictures(feeling: Feeling, album: Path) -> None:  # noqa: F811
    for options in (["--every", "2"], ["--start", "1"], ["--on", "anger>0.5", "--exec", "true"]):
        done = feeling("analyze", album, *options)
        assert done.returncode == 2
        assert "Pictures have no time" in done.stderr
    done = feeling("analyze", album / "*.jpg", "--only", "annotated")
    assert done.returncode == 2
    assert "Of pictures there are csv" in done.stderr


def test_as_a_film_they_are_followed(feeling: Feeling, album: Path, tmp_path: Path) -> None:  # noqa: F811
    done = feeling("analyze", album, "--as-film", "--only", "csv", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert "file" not in rows_of(tmp_path / "out")[0]


def analyse(album: Path, out: Path, recognizer: EmotionRecognizer, **options: object) -> PictureAnalysis:
    return analyze_pictures(
        expand([str(album)]).named(),
        out,
        recognizer=recognizer,
        inputs=[str(album)],
        **options,  # type: ignore[arg-type]
    )


def test_a_stopped_run_goes_on(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    for number in range(20):
        shutil.copy(album / "1.jpg", album / f"more-{number}.jpg")
    seen: list[int] = []
    first = analyse(
        album, tmp_path / "out", recognizer, progress=lambda done, _: seen.append(done), stopped=lambda: len(seen) >= 5
    )
    assert first.interrupted
    assert 5 <= first.pictures + len(first.left_out) < 27
    # what was read until then is whole, and what a kill in the middle of a line leaves is no harm
    assert len(rows_of(tmp_path / "out")) == first.faces
    with (tmp_path / "out" / "pictures.jsonl.part").open("a") as file:
        file.write('{"file": "torn')
    seen.clear()
    second = analyse(album, tmp_path / "out", recognizer, progress=lambda done, _: seen.append(done))
    assert not second.interrupted
    assert len(seen) == 27 - first.pictures - len(first.left_out)
    whole = analyse(album, tmp_path / "whole", recognizer)
    assert rows_of(tmp_path / "out") == rows_of(tmp_path / "whole")
    assert (second.pictures, second.faces) == (whole.pictures, whole.faces)
    sheets = [cv2.imread(str(tmp_path / name / "contact-sheet-1.jpg")) for name in ("out", "whole")]
    assert sheets[0] is not None
    assert sheets[1] is not None
    assert np.array_equal(sheets[0], sheets[1])


def test_killed_it_goes_on_too(album: Path, tmp_path: Path) -> None:
    for number in range(60):
        shutil.copy(album / "two.png", album / f"more-{number}.png")
    command = [sys.executable, "-m", "feeling_manager", "analyze", str(album), "--out", "out", "--only", "csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        journal = tmp_path / "out" / "pictures.jsonl.part"
        deadline = time.monotonic() + 60
        while not (journal.exists() and journal.read_bytes().count(b"\n") > 8):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    part = (tmp_path / "out" / "readings.csv.part").read_text("utf-8").splitlines()
    assert len(part) > 8
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "66 pictures, 126 faces" in done.stdout
    ids = [int(row["track_id"]) for row in rows_of(tmp_path / "out")]
    assert ids == list(range(1, 127))


def test_a_second_run_reads_only_what_came_since(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    out = tmp_path / "out"
    whole = analyse(album, out, recognizer)
    before = rows_of(out)
    seen: list[int] = []
    analyse(album, out, recognizer, progress=lambda done, _: seen.append(done))
    assert seen == []
    assert rows_of(out) == before
    shutil.copy(album / "1.jpg", album / "zz.jpg")
    # stopped at once, it has lost nothing
    analyse(album, out, recognizer, stopped=lambda: True)
    assert rows_of(out)[: len(before)] == before
    grown = analyse(album, out, recognizer)
    assert (grown.pictures, grown.faces) == (whole.pictures + 1, whole.faces + 1)


def test_a_picture_that_was_mended_is_not_left_out(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    out = tmp_path / "out"
    assert [each.file for each in analyse(album, out, recognizer).left_out] == ["5.jpg"]
    shutil.copy(album / "1.jpg", album / "5.jpg")
    (album / "2.png").unlink()
    mended = analyse(album, out, recognizer)
    assert mended.left_out == ()
    files = [row["file"] for row in rows_of(out)]
    assert files == ["1.jpg", "5.jpg", "10.jpg", "trip/3.jpg", "two.png", "two.png"]
    assert [row["track_id"] for row in rows_of(out)] == ["1", "2", "3", "4", "5", "6"]


def test_no_sheet_is_left_of_pictures_that_are_gone(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    out = tmp_path / "out"
    for number in range(70):
        shutil.copy(album / "blank.png", album / f"more-{number}.png")
    analyse(album, out, recognizer)
    assert len(list(out.glob("contact-sheet-*"))) == 3
    for path in album.glob("more-*.png"):
        path.unlink()
    analyse(album, out, recognizer)
    assert [path.name for path in out.glob("contact-sheet-*")] == ["contact-sheet-1.jpg"]
    for number in range(70):
        shutil.copy(album / "blank.png", album / f"more-{number}.png")
    analyse(album, out, recognizer)
    analyse(album, out, recognizer, only={"csv"}, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["pictures.jsonl", "readings.csv", "run.json"]


def test_odd_names(feeling: Feeling, portrait: Image, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "odd"
    folder.mkdir()
    content = cv2.imencode(".jpg", portrait)[1].tobytes()
    (tmp_path / "elsewhere.jpg").write_bytes(content)
    (folder / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    for name in ("새 사진 1.jpg", "[1].jpg", "=1.jpg", "two\nlines.jpg", os.fsdecode(b"caf\xe9.jpg")):
        (folder / name).write_bytes(content)
    (folder / os.fsdecode(b"broken\xe9.jpg")).write_bytes(b"no picture")
    done = feeling("analyze", "odd", "odd/link.jpg", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert sorted(row["file"] for row in rows_of(tmp_path / "out")) == sorted(
        ["새 사진 1.jpg", "[1].jpg", "=1.jpg", "two\nlines.jpg", r"caf\udce9.jpg", "link.jpg"]
    )
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["left_out"][0]["file"] == (
        r"broken\udce9.jpg"
    )


def test_anonymised_sheets_show_no_face(
    album: Path, portrait: Image, tmp_path: Path, recognizer: EmotionRecognizer
) -> None:
    (tmp_path / "one").mkdir()
    shutil.copy(album / "1.jpg", tmp_path / "one" / "1.jpg")
    sheets = []
    for anonymize in (False, True):
        out = tmp_path / f"out-{anonymize}"
        analyse(tmp_path / "one", out, recognizer, anonymize=anonymize)
        sheet = cv2.imread(str(out / "contact-sheet-1.jpg"), cv2.IMREAD_GRAYSCALE)
        assert sheet is not None
        # the middle of the face, away from the box that is drawn around it
        zoom = SIDE / portrait.shape[0]
        (face,) = recognizer.recognize(portrait)
        x, y = (round(GAP + zoom * middle) for middle in face.box.centre)
        sheets.append(float(cv2.Laplacian(sheet[y - 12 : y + 12, x - 12 : x + 12], cv2.CV_64F).var()))
    assert sheets[1] < 0.2 * sheets[0]


def test_korean(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    try:
        fonts.find("ko")
    except Exception:
        pytest.skip("no font with Hangul")
    analyse(album, tmp_path / "out", recognizer, lang="ko")
    assert "사진 속 표정" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_what_can_not_be_asked_for(album: Path, tmp_path: Path, recognizer: EmotionRecognizer) -> None:
    with pytest.raises(UsageError, match="no output named 'gif'"):
        analyse(album, tmp_path / "out", recognizer, only={"gif"})
    with pytest.raises(UsageError, match="faces to read"):
        analyse(album, tmp_path / "out", recognizer, face="second")
    with pytest.raises(SourceError, match="no pictures"):
        analyze_pictures([], tmp_path / "out", recognizer=recognizer)
    assert not (tmp_path / "out").exists()


@pytest.mark.soak
def test_memory_stays_flat_over_ten_thousand_pictures(
    portrait: Image, tmp_path: Path, recognizer: EmotionRecognizer
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.jpg"), portrait)
    for number in range(1, 10_000):
        os.link(folder / "0.jpg", folder / f"{number}.jpg")
    peaks: list[int] = []

    def note(done: int, _: int) -> None:
        if done in (1000, 10_000):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    found = analyse(folder, tmp_path / "out", recognizer, progress=note)
    assert found.faces == 10_000
    assert peaks[1] < 1.15 * peaks[0]
