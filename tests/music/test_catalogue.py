"""Songs in and out of files: every line's fate, odd titles, encodings, round trips."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeling_manager.errors import FeelingError, OutputError
from feeling_manager.music.catalogue import Totals, export_file, import_file, read_songs
from feeling_manager.music.errors import CatalogueError
from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Mood, Song, clean_text, song_id
from feeling_manager.music.starter import starter_songs
from tests.music.memory import MemoryStore

ODD = (
    "He said \"Hi\", and left; 100% 'sure' 🎵 " + "긴 제목 " * 40,
    '=HYPERLINK("http://example.com","x")',
    "+1 (Martin Solveig)",
    "@everyone",
    "-=1=-",
    "'=quoted",
    "'Cause",
    "''-twice",
    "DROP TABLE songs;--",
    "_x0041_ not A",
    "<b>&amp;</b>",
    "100",
    "007",
    "true",
    "÷",
)


def songs_of(path: Path) -> list[Song]:
    return [song for _, song in read_songs(path) if isinstance(song, Song)]


def problems_of(path: Path) -> list[tuple[str, str]]:
    return [(where, str(song)) for where, song in read_songs(path) if isinstance(song, FeelingError)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "euc-kr"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_old_columns_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [("url", "title", "genre"), ("aaaaaaaaaa1", "좋은 날", "3"), ("aaaaaaaaaa2", "밤편지", "발라드")]
    path = write(tmp_path / "data.csv", "\r\n".join(delimiter.join(row) for row in rows), encoding)
    found = songs_of(path)
    assert [(song.video_id, song.title, song.genre) for song in found] == [
        ("aaaaaaaaaa1", "좋은 날", Genre.POP),
        ("aaaaaaaaaa2", "밤편지", Genre.BALLAD),
    ]
    assert found[0].id == "yt:aaaaaaaaaa1"


def test_old_workbook_with_odd_titles(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["url", "title", "genre"])
    for number, title in enumerate(ODD):
        sheet.append([f"aaaaaaaa{number:03}", title, 3])
    sheet.append([None, None, None])
    sheet.append(["aaaaaaaa999", 1989, 3.0])
    book.save(tmp_path / "data.xlsx")
    found = songs_of(tmp_path / "data.xlsx")
    assert [song.title for song in found] == [*(clean_text(title) for title in ODD), "1989"]
    assert {song.genre for song in found} == {Genre.POP}


def test_a_bad_line_stops_nothing_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = write(
        tmp_path / "data.csv",
        "url,title,genre\n"
        "aaaaaaaaaa1,Good,3\n"
        "not a video,Bad id,3\n"
        "aaaaaaaaaa2,,3\n"
        "\n"
        "aaaaaaaaaa3,No genre,\n"
        "aaaaaaaaaa4,Bad genre,99\n"
        "aaaaaaaaaa5,Too,many,3\n"
        'aaaaaaaaaa6,"Never closed,4\n'
        'aaaaaaaaaa7,Say "Hi",5\n'
        'aaaaaaaaaa8,"Two\nlines",6\n'
        'aaaaaaaaaa9,"Wrong"ly quoted,6\n',
    )
    assert [song.title for song in songs_of(path)] == [
        "Good",
        '"Never closed',
        'Say "Hi"',
        "Two lines",
        '"Wrong"ly quoted',
    ]
    problems = problems_of(path)
    assert [where.removeprefix("data.csv, line ") for where, _ in problems] == ["3", "4", "6", "7", "8"]
    for (_, sentence), word in zip(problems, ("no YouTube", "no title", "no genre", "'99'", "4 fields"), strict=True):
        assert word in sentence


def test_every_fate_is_logged_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    path = write(
        tmp_path / "data.csv",
        "url,title,genre\naaaaaaaaaa1,A,3\naaaaaaaaaa1,A again,3\nbroken,B,3\naaaaaaaaaa2,C,4\n",
    )
    with caplog.at_level(logging.INFO, logger="feeling_manager.music.catalogue"):
        totals = import_file(store, path)
    assert totals == Totals(inserted=2, duplicates=1, failed=1)
    assert totals.elements == 4
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "ERROR", "INFO", "INFO"]
    assert caplog.records[-1].getMessage() == "Totals: elements 4, inserted 2, updated 0, duplicates 1, failed 1"
    again = import_file(store, path)
    assert (again.inserted, again.duplicates, again.failed) == (0, 3, 1)
    # what is there stays as it is, unless asked
    write(path, "url,title,genre\naaaaaaaaaa1,A new,3\n")
    import_file(store, path)
    assert store.songs["yt:aaaaaaaaaa1"].title == "A"
    assert import_file(store, path, update=True).updated == 1
    assert store.songs["yt:aaaaaaaaaa1"].title == "A new"


def test_a_long_file_is_stored_in_parts(tmp_path: Path) -> None:
    lines = "".join(f"{number:011},Song {number},3\n" for number in range(1201))
    store = MemoryStore()
    assert import_file(store, write(tmp_path / "data.csv", "url,title,genre\n" + lines)).inserted == 1201
    assert max(store.batches) <= 500


def test_a_genre_can_be_given_for_all(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", "title,artist\nA,B\n")
    assert "no genre" in problems_of(path)[0][1]
    [(_, song)] = read_songs(path, genre=Genre.JAZZ)
    assert isinstance(song, Song)
    assert song.genre is Genre.JAZZ
    assert song.id == song_id(title="A", artist="B")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "are read from"),
        ("a.csv", b"", "no column 'title'"),
        ("a.csv", b"url,name\n1,2\n", "no column 'title'"),
        ("a.csv", b"url,title\n\xff\xff\x80,x\n", "neither UTF-8 nor CP949"),
        ("a.xlsx", b"no zip", "no XLSX workbook"),
        ("a.xlsx", b"PK\x05\x06" + bytes(18), "no XLSX workbook"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.json", b'{"a": 1}', "no list of songs"),
        ("a.json", b"\xff", "no JSON"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CatalogueError, match=words):
        list(read_songs(tmp_path / name))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="can't be read"):
        list(read_songs(tmp_path / "none.csv"))
    with pytest.raises(CatalogueError, match="can't be read"):
        list(read_songs(tmp_path / "none.xlsx"))


def test_json_takes_lists_and_numbers(tmp_path: Path) -> None:
    entries = [
        {"title": "A", "genre": 2, "moods": ["joy", "pumped up"], "year": 1999, "explicit": True, "valence": -0.5},
        "nonsense",
        {"title": "B", "genre": "jazz", "moods": "nostalgia"},
        {"title": "C", "genre": "jazz", "year": "soon"},
        {"title": "D", "genre": "jazz", "year": "inf"},
        {"title": None, "genre": "jazz"},
        {"title": "lone \ud800 surrogate", "genre": 1},
    ]
    path = write(tmp_path / "a.json", json.dumps({"songs": entries}))
    first, last = songs_of(path)
    assert first.moods == (Mood.JOY, Mood.PUMPED_UP)
    assert (first.year, first.explicit, first.valence) == (1999, True, -0.5)
    assert last.title == "lone \ufffd surrogate"
    assert [where for where, _ in problems_of(path)] == [f"a.json, entry {n}" for n in (2, 3, 4, 5, 6)]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".json"])
def test_what_goes_out_comes_back_alike(tmp_path: Path, suffix: str) -> None:
    odd = [
        Song(
            id=song_id(title=title),
            title=clean_text(title),
            artist="=cmd|'/c calc'!A1",
            genre=Genre.GAME,
            language="ko",
            year=2001,
            moods=(Mood.JOY, Mood.PUMPED_UP),
            valence=-0.25,
            arousal=0.5,
            path=Path("/music/-odd/=x.mp3"),
            duration=12.5,
            explicit=False,
            source="local",
        )
        for title in ODD
    ]
    songs = [*odd, Song(id="yt:-aaaaaaaaa1", title="x", video_id="-aaaaaaaaa1", explicit=True), *starter_songs()]
    path = tmp_path / f"out{suffix}"
    assert export_file(iter(songs), path) == len(songs)
    assert [song for _, song in read_songs(path)] == songs
    assert sorted(tmp_path.iterdir()) == [path]


def test_no_spreadsheet_takes_a_cell_for_a_formula(tmp_path: Path) -> None:
    songs = [Song(id=str(number), title=clean_text(title), artist="=1+1") for number, title in enumerate(ODD)]
    export_file(songs, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in text
    assert ",=" not in text
    assert ',"=' not in text
    export_file(songs, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    marked = [cell for cell in cells if cell.value == "=1+1"]
    assert marked
    assert all(getattr(cell, "quotePrefix", False) for cell in marked)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30).filter(lambda text: bool(clean_text(text))), min_size=1, max_size=5))
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json"])
def test_any_title_survives(tmp_path: Path, suffix: str, titles: list[str]) -> None:
    songs = [Song(id=f"{number}", title=clean_text(title)) for number, title in enumerate(titles)]
    path = tmp_path / f"any{suffix}"
    export_file(songs, path)
    assert [song for _, song in read_songs(path)] == songs


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(OutputError, match="can't be written"):
        export_file([], tmp_path / "none" / "out.csv")

    def breaking() -> object:
        yield replace(starter_songs()[0])
        raise CatalogueError("the database went away.")

    with pytest.raises(CatalogueError):
        export_file(breaking(), path)  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(CatalogueError, match="too long for a cell"):
        export_file([Song(id="1", title="x" * 40_000)], tmp_path / "out.xlsx")
    with pytest.raises(CatalogueError, match="are written to"):
        export_file([], tmp_path / "out.pdf")
