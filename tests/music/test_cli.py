"""`feeling catalog`: crawl, import, scan, list, export, resolve."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from feeling_manager.cli import catalog
from feeling_manager.errors import FeelingError, UsageError
from feeling_manager.music.errors import CatalogueError, YouTubeError
from feeling_manager.music.genres import Genre
from feeling_manager.music.starter import starter_songs
from feeling_manager.music.youtube import YouTube
from tests.music.memory import MemoryStore
from tests.music.test_library import make_file
from tests.music.youtube_server import LocalAdapter, Service, entry, grey, header, hit, serving

LIST = "PLabc"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    memory = MemoryStore()

    @contextmanager
    def opened(_: str | None) -> Iterator[MemoryStore]:
        yield memory

    monkeypatch.setattr(catalog, "_store", opened)
    return memory


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    local = Service()
    with serving(local) as make:

        def youtube(delay: float, *, refresh: bool = False) -> YouTube:
            options: dict[str, float] = {"max_age": 0.0} if refresh else {}
            adapter: LocalAdapter = make(cache=tmp_path / "cache", retries=0, **options)
            return YouTube(adapter=adapter)

        monkeypatch.setattr(catalog, "_youtube", youtube)
        yield local


@pytest.fixture
def run(store: MemoryStore) -> Callable[..., Result]:
    def go(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(catalog.app, list(words), input=typed, env={"COLUMNS": "200"})

    return go


def problem(result: Result) -> FeelingError:
    assert isinstance(result.exception, FeelingError), result.exception
    return result.exception


def test_import_logs_every_song_and_prints_totals(
    run: Callable[..., Result], store: MemoryStore, tmp_path: Path
) -> None:
    file, log = tmp_path / "data.csv", tmp_path / "songs.log"
    file.write_text("url,title,genre\naaaaaaaaaa1,[MV] 좋은 날,3\naaaaaaaaaa1,again,3\nbad,B,3\n", encoding="cp949")
    result = run("import", str(file), "--json", "--log", str(log))
    assert json.loads(result.stdout) == {"elements": 3, "inserted": 1, "updated": 0, "duplicates": 1, "failed": 1}
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines == [line for line in result.stderr.splitlines() if line]
    assert [line.split()[2] for line in lines] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert lines[0].startswith("20")
    assert "[MV] 좋은 날" in run("list").stdout
    assert run("import", str(file), "--quiet").stderr.count("INFO") == 0


def test_import_takes_a_genre_for_the_rest(run: Callable[..., Result], store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"title": "A"}]')
    assert run("import", str(tmp_path / "a.json"), "--genre", "발라드").exit_code == 0
    assert [song.genre for song in store.songs.values()] == [Genre.BALLAD]
    assert isinstance(problem(run("import", str(tmp_path / "a.json"), "--genre", "polka")), UsageError)
    assert isinstance(problem(run("import", str(tmp_path / "none.csv"))), CatalogueError)
    assert "can't be written" in str(problem(run("import", str(tmp_path / "a.json"), "--log", str(tmp_path / "x/y"))))


def test_list_and_export(run: Callable[..., Result], store: MemoryStore, tmp_path: Path) -> None:
    store.add_many(starter_songs())
    found = json.loads(run("list", "아이유", "밤편지", "--json").stdout)
    assert [song["title"] for song in found] == ["밤편지"]
    assert found[0]["watch"].startswith("https://www.youtube.com/results")
    assert f"10 of {store.count(genre=Genre.TROT)} songs" in run("list", "--genre", "trot", "--limit", "10").stdout
    assert "songs written" in run("export", str(tmp_path / "a.xlsx")).stderr
    assert json.loads(run("export", "-", "--genre", "jazz").stdout)[0]["genre"] == 2
    other = MemoryStore()
    store.songs, other.songs = {}, store.songs
    run("import", str(tmp_path / "a.xlsx"), "--quiet")
    assert store.songs == other.songs


def test_scan(run: Callable[..., Result], store: MemoryStore, tmp_path: Path) -> None:
    make_file(tmp_path / "music/a.mp3", title="A", genre="Jazz")
    (tmp_path / "music/b.mp3").write_bytes(b"x")
    result = run("scan", str(tmp_path / "music"), "--json")
    assert json.loads(result.stdout) == {
        "elements": 2, "inserted": 1, "updated": 0, "duplicates": 0, "failed": 1, "removed": 0,
    }  # fmt: skip
    assert isinstance(problem(run("scan", str(tmp_path / "none"))), CatalogueError)


def test_crawl_with_a_genre_given(run: Callable[..., Result], store: MemoryStore, service: Service) -> None:
    service.playlists[LIST] = [[entry("aaaaaaaaaa1", 'He said "100%"'), grey("Gone")], [entry("aaaaaaaaaa2", "B")]]
    result = run("crawl", f"https://music.youtube.com/playlist?list={LIST}", "--genre", "3", "--json")
    [row] = json.loads(result.stdout)
    assert (row["inserted"], row["unplayable"], row["expected"]) == (2, 1, 3)
    assert {song.title for song in store.songs.values()} == {'He said "100%"', "B"}
    assert {song.genre for song in store.songs.values()} == {Genre.POP}
    assert "duplicate" in run("crawl", LIST, "--genre", "3").stderr


def test_crawl_asks_or_guesses_the_genre(
    run: Callable[..., Result], store: MemoryStore, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.playlists[LIST] = [[entry("aaaaaaaaaa1", "A")]]
    service.header = header("K-Pop hits", 1)

    def genre() -> str:
        return store.songs["yt:aaaaaaaaaa1"].genre.text()

    assert "give --genre" in str(problem(run("crawl", LIST)))
    assert run("crawl", LIST, "--yes").exit_code == 0
    assert genre() == "idol"
    monkeypatch.setattr(catalog, "_interactive", lambda: True)
    store.songs.clear()
    result = run("crawl", LIST, typed="polka\n\n")
    assert "'polka' is none of them" in result.stderr
    assert genre() == "idol"
    store.songs.clear()
    service.header = header("My mix", 1)
    run("crawl", LIST, "--refresh", typed="8\n")
    assert genre() == "game"
    assert "give --genre" in str(problem(run("crawl", LIST, "--yes", "--refresh")))


def test_a_crawl_that_breaks_off_keeps_what_it_read_and_goes_on(
    run: Callable[..., Result], store: MemoryStore, service: Service
) -> None:
    service.playlists[LIST] = [[entry(f"aaaaaaaaaa{n}", f"S{n}")] for n in range(3)]
    real, asked = service.answer, []

    def answer(path: str, body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        asked.append(body)
        return (503, {}, b"") if len(asked) == 3 else real(path, body)

    service.answer = answer  # type: ignore[method-assign]
    assert isinstance(problem(run("crawl", LIST, "--genre", "3")), YouTubeError)
    assert store.count() == 2
    [row] = json.loads(run("crawl", LIST, "--genre", "3", "--json").stdout)
    assert (row["inserted"], row["duplicates"]) == (1, 2)
    assert len(asked) == 4


def test_a_playlist_that_lists_less_than_it_counts_is_told(
    run: Callable[..., Result], store: MemoryStore, service: Service
) -> None:
    service.playlists[LIST] = [[entry("aaaaaaaaaa1", "A")]]
    service.header = header("Songs", 5)
    assert "counts 5 songs, YouTube Music listed 1" in run("crawl", LIST, "--genre", "3").stderr
    assert isinstance(problem(run("crawl", "http://example.com", "--genre", "3")), CatalogueError)


def test_resolve(run: Callable[..., Result], store: MemoryStore, service: Service) -> None:
    song = next(song for song in starter_songs() if song.title == "밤편지")
    store.add_many([song])
    service.found[f"{song.artist} {song.title}"] = [hit("aaaaaaaaaa1", "밤편지 (Through the Night)", "IU", "4:14")]
    assert json.loads(run("resolve", "--json").stdout) == {"found": 1, "missing": 0, "failed": 0}
    assert store.songs[song.id].video_id == "aaaaaaaaaa1"
    assert json.loads(run("resolve", "--json").stdout) == {"found": 0, "missing": 0, "failed": 0}
