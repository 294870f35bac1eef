"""`feeling catalog` on the service's database, and what a signed-in person then sees of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from feeling_manager.cli import catalog
from feeling_manager.music.youtube import YouTube
from tests.music.test_library import make_file
from tests.music.youtube_server import Service, entry, grey, header, hit, serving
from tests.service.conftest import Make, register, video

Run = Callable[..., Any]


@pytest.fixture
def client(make_client: Make, any_url: str, tmp_path: Path) -> TestClient:
    client = make_client(any_url, music_folders=(tmp_path / "music",))
    register(client)
    return client


@pytest.fixture
def run(client: TestClient, any_url: str) -> Run:
    """A command while the service runs: its JSON, or what it printed."""

    def go(*words: str) -> Any:
        done = CliRunner().invoke(catalog.app, [*words, "--database-url", any_url], env={"COLUMNS": "200"})
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return go


@pytest.fixture
def youtube(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    local = Service()
    with serving(local) as adapter:
        monkeypatch.setattr(catalog, "_youtube", lambda *_, **__: YouTube(adapter=adapter(retries=0)))
        yield local


def _seen(client: TestClient, words: str = "") -> dict[str, Any]:
    return {song["title"]: song for song in client.get("/api/v1/songs", params={"q": words}).json()["songs"]}


def test_files_come_in_and_go_out(client: TestClient, run: Run, tmp_path: Path, servers: Any, any_url: str) -> None:
    (tmp_path / "a.csv").write_text(f'url,title,genre\n{video(1)},"그대\'s 100% ""밤""",7\nbad,B,3\n', "cp949")
    book = openpyxl.Workbook()
    for row in (("url", "title", "genre"), (video(1), "again", 7), (video(2), "=SUM(1)", 3)):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "b.xlsx")
    (tmp_path / "c.json").write_text(json.dumps([{"title": "t" * 300, "artist": "Long", "genre": "jazz"}]), "utf-8")
    files = [str(tmp_path / name) for name in ("a.csv", "b.xlsx", "c.json")]
    totals = run("import", *files, "--json", "--quiet")
    assert totals == {"elements": 5, "inserted": 3, "updated": 0, "duplicates": 1, "failed": 1}
    assert set(_seen(client)) == {'그대\'s 100% "밤"', "=SUM(1)", "t" * 300}
    assert _seen(client, "100 밤")['그대\'s 100% "밤"']["embed_url"].endswith(video(1))
    assert [row["artist"] for row in run("list", "long", "--json")] == ["Long"]
    assert "3 of 3 songs" in run("list")
    for name in ("out.csv", "out.xlsx", "out.json"):
        run("export", str(tmp_path / name))
        new = servers("sqlite").new()
        words = ["import", str(tmp_path / name), "--json", "--quiet", "--database-url", new]
        again = CliRunner().invoke(catalog.app, words)
        assert json.loads(again.stdout)["inserted"] == 3, name
        whole = [
            CliRunner().invoke(catalog.app, ["export", "-", "--database-url", url]).stdout for url in (new, any_url)
        ]
        assert whole[0] == whole[1]
        assert len(json.loads(whole[0])) == 3


def test_a_music_folder_is_heard_by_its_owner(client: TestClient, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    make_file(folder / "a.mp3", title="Morning", artist="Somebody", genre="Jazz")
    make_file(folder / "Other - Evening.wav")
    (folder / "broken.flac").write_bytes(b"no music")
    found = run("scan", str(folder), "--json", "--quiet")
    assert (found["inserted"], found["failed"], found["removed"]) == (2, 1, 0)
    song = _seen(client, "morn")["Morning"]
    assert song["genre"] == 2
    part = client.get(song["audio_url"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, (folder / "a.mp3").read_bytes()[:10])
    shutil.move(folder / "a.mp3", tmp_path / "elsewhere.mp3")
    assert run("scan", str(folder), "--json", "--quiet")["removed"] == 1
    assert set(_seen(client)) == {"Evening"}
    assert client.get(song["audio_url"]).status_code == 404


def test_a_playlist_is_read_and_videos_are_found(client: TestClient, run: Run, youtube: Service) -> None:
    youtube.header = header("발라드 모음", 151)
    many = [entry(video(n), f"노래 {n}") for n in range(150)]
    youtube.playlists["PLabc"] = [many[:100], [*many[100:], grey("gone")]]
    (row,) = run("crawl", "PLabc", "--yes", "--delay", "0", "--json", "--quiet")
    assert (row["inserted"], row["unplayable"]) == (150, 1)
    assert _seen(client, "149")["노래 149"]["genre"] == 7
    (row,) = run("crawl", "PLabc", "--yes", "--json", "--quiet")
    assert (row["inserted"], row["duplicates"]) == (0, 150)
    assert client.post("/emotion/recommend", json={"emotion_data": 4}).json()["result"] in map(video, range(150))


def test_resolve_fills_in_videos(client: TestClient, run: Run, youtube: Service, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("title,artist,genre\n좋은 날,아이유,7\nNowhere,Nobody,3\n", "utf-8")
    run("import", str(tmp_path / "a.csv"), "--quiet")
    assert client.get("/emotion/recommend/random").json() == {"result": "undefined error"}
    youtube.found["아이유 좋은 날"] = [hit(video(7), "좋은 날", "아이유")]
    assert run("resolve", "--delay", "0", "--json", "--quiet") == {"found": 1, "missing": 1, "failed": 0}
    assert _seen(client)["좋은 날"]["video_id"] == video(7)
    assert client.get("/emotion/recommend/random").json() == {"result": video(7)}
