import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select

from feeling_manager.music.genres import Genre
from feeling_manager.music.song import Song
from feeling_manager.music.store import Fate
from feeling_manager.music.youtube import YouTube
from feeling_manager.service.db import Database
from feeling_manager.service.models import LearnedStatistics, Play, SongRow
from feeling_manager.service.songs.catalogue import SqlCatalogue
from feeling_manager.service.songs.videos import VideoFinder
from tests.music.youtube_server import Service as YouTubeMusic
from tests.music.youtube_server import hit, serving
from tests.service.conftest import PASSWORD, Make, add_songs, database_for, register, service_of, video


def _song(number: int, **more: object) -> Song:
    values: dict[str, object] = {"id": f"song:{number}", "title": f"Title {number}", "artist": "Artist"}
    return Song(**(values | more))  # type: ignore[arg-type]


@pytest.fixture
def catalogue(any_url: str) -> SqlCatalogue:
    return SqlCatalogue(database_for(any_url))


def test_the_store_keeps_its_promises(catalogue: SqlCatalogue) -> None:
    first = _song(1, video_id=video(1))
    fates = catalogue.add_many([first, _song(2), _song(1), _song(3, video_id=video(1))])
    assert fates == [Fate.INSERTED, Fate.INSERTED, Fate.DUPLICATE, Fate.DUPLICATE]
    assert catalogue.get_many(["song:1", "song:2", "song:3"]) == {"song:1": first, "song:2": _song(2)}
    changed = _song(1, title="New")
    assert catalogue.add_many([changed, _song(2)], update=True) == [Fate.UPDATED, Fate.DUPLICATE]
    assert catalogue.get_many(["song:1"])["song:1"].video_id == video(1)

    assert [song.id for song in catalogue.without_video_id()] == ["song:2"]
    catalogue.add_many([_song(4)])
    assert catalogue.set_video_id("song:2", None)
    assert [song.id for song in catalogue.without_video_id()] == ["song:4", "song:2"]
    assert not catalogue.set_video_id("song:4", video(1))
    assert catalogue.set_video_id("song:4", video(4))
    assert not catalogue.set_video_id("song:9", video(9))

    assert catalogue.remove_many(["song:1", "song:9"]) == 1
    assert catalogue.count() == 2
    assert catalogue.search("new") == []
    assert [song.id for page in catalogue.pages(size=1) for song in page] == ["song:2", "song:4"]
    # a video that nothing holds any more is free again, and a song that was taken out can come back
    assert catalogue.add_many([_song(5, video_id=video(1)), _song(1)]) == [Fate.INSERTED, Fate.INSERTED]
    assert catalogue.count(genre=Genre.EXTRA) == 4


def test_search_finds_words_by_their_beginnings(catalogue: SqlCatalogue) -> None:
    odd = "He said \"100%\" _ \\ 'quoted'"
    catalogue.add_many(
        [_song(1, title=odd), _song(2, title="밤편지", artist="아이유"), _song(3, title="Café " + "long " * 100)]
    )

    def found(text: str, **more: Any) -> list[str]:
        return [song.id for song in catalogue.search(text, **more)]

    assert [song.title for song in catalogue.search("SAID 100%")] == [odd]
    assert found("아이유 밤") == found("편지") == ["song:2"]
    assert found("cafe") == found("lon caf") == found("long " * 9) == ["song:3"]
    assert found("afe") == found("said cafe") == []
    assert len(found("%")) == 3  # no word at all: everything
    assert sorted(found("", limit=2) + found("", limit=2, offset=2)) == ["song:1", "song:2", "song:3"]
    assert found("a" * 70) == found("ㅋ" * 500) == []


def test_search_gives_each_song_once_whole_words_first(catalogue: SqlCatalogue) -> None:
    titles = ["Lovely love", "Loved", "Love", "Lover's glove", "Long " + "가" * 200]
    catalogue.add_many([_song(n, title=title, genre=Genre(1 + n % 2)) for n, title in enumerate(titles)])
    assert [song.id for song in catalogue.search("love")] == ["song:0", "song:2", "song:1", "song:3"]
    assert [song.id for song in catalogue.search("love", limit=1, offset=1)] == ["song:2"]
    assert [song.id for song in catalogue.search("love artist", genre=Genre.JAZZ)] == ["song:1", "song:3"]
    assert [song.id for song in catalogue.search("가" * 100)] == ["song:4"]
    catalogue.add_many([_song(2, title="Hate")], update=True)
    catalogue.remove_many(["song:1"])
    assert [song.id for song in catalogue.search("love")] == ["song:0", "song:3"]
    catalogue.add_many([_song(1, title="Loved again")])
    assert [song.id for song in catalogue.search("loved")] == ["song:1"]


def test_a_song_for_a_feeling(any_url: str, make_client: Make) -> None:
    any_client = make_client(any_url, policy="genre")
    register(any_client)
    add_songs(any_client)
    any_client.put("/api/v1/preferences", json={"genres": {"sadness": [2, 3]}})
    given = any_client.post("/api/v1/recommendations", json={"emotion": "sadness", "goal": "lift"}).json()
    assert given["song"]["genre"] in (2, 3)
    assert given["reason"]
    assert given["probability"] == pytest.approx(1 / 6)
    plays = any_client.get("/api/v1/journal/plays").json()["plays"]
    assert [play["song"] for play in plays] == [given["song"]["id"]]
    with service_of(any_client).database.begin(write=False) as db:
        play = db.scalars(select(Play)).one()
    assert (play.policy, play.goal) == ("genre-1", "lift")
    assert play.probability == pytest.approx(1 / 6)
    assert play.seed is not None


def test_feedback_bans_and_repeats(any_client: TestClient) -> None:
    register(any_client)
    add_songs(any_client, 3)
    seen = set()
    for _ in range(2):
        given = any_client.post("/api/v1/recommendations", json={"emotion": "fear"}).json()
        seen.add(given["song"]["id"])
    assert len(seen) == 2
    feedback = {"liked": True, "played": 0.5, "banned": True, "corrected": "neutral"}
    assert any_client.put(f"/api/v1/journal/plays/{given['play']}/feedback", json=feedback).status_code == 204
    play = any_client.get("/api/v1/journal/plays").json()["plays"][1]
    assert (play["liked"], play["played"], play["emotion"]) == (True, 0.5, "neutral")
    assert any_client.get("/api/v1/bans").json()["songs"] == [given["song"]]
    third = any_client.post("/api/v1/recommendations", json={"emotion": "fear"})
    assert third.json()["song"]["id"] not in seen
    nothing = any_client.post("/api/v1/recommendations", json={"emotion": "fear"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_song")
    assert any_client.delete(f"/api/v1/bans/{given['song']['id']}").status_code == 204
    assert any_client.get("/api/v1/bans").json()["songs"] == []
    assert any_client.delete(f"/api/v1/bans/{given['song']['id']}").status_code == 404


def test_a_ban_is_taken_back(any_url: str, make_client: Make) -> None:
    client = make_client(any_url, repeat_after=0.0)
    register(client)
    add_songs(client, 2, videos=False)
    for number in range(2):
        client.put(f"/api/v1/bans/song:{number}")
    titles = [song["title"] for song in client.get("/api/v1/bans").json()["songs"]]
    assert titles == ["Song 0", "Song 1"]
    assert client.post("/api/v1/recommendations", json={"emotion": "fear"}).status_code == 404
    other = TestClient(client.app, raise_server_exceptions=False)
    register(other, "other")
    assert other.get("/api/v1/bans").json()["songs"] == []
    assert other.delete("/api/v1/bans/song:1").status_code == 404
    assert client.delete("/api/v1/bans/song:1").status_code == 204
    given = [client.post("/api/v1/recommendations", json={"emotion": "fear"}).json() for _ in range(4)]
    assert {answer["song"]["id"] for answer in given} == {"song:1"}


def test_an_empty_catalogue_says_so(client: TestClient) -> None:
    register(client)
    answer = client.post("/api/v1/recommendations", json={"probabilities": [1, 0, 0, 0, 0, 0, 0, 0.0]})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_song")
    assert client.get("/api/v1/journal/plays").json()["plays"] == []


def test_the_random_choice_does_not_read_the_catalogue(any_url: str, make_client: Make) -> None:
    client = make_client(any_url)
    add_songs(client, 3000)
    queries: list[str] = []
    database: Database = service_of(client).database

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        queries.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    found = Counter(client.get("/emotion/recommend/random").json()["result"] for _ in range(200))
    assert len(found) > 150
    draws = [query for query in queries if "video_draw" in query and "ORDER BY" in query]
    assert draws
    assert all("LIMIT" in query or "FETCH" in query for query in draws)
    assert not any("rand" in query.lower() for query in queries)


def test_the_video_of_a_song_is_searched_when_it_is_first_given(any_client: TestClient) -> None:
    register(any_client)
    SqlCatalogue(service_of(any_client).database).add_many([_song(1, title="좋은 날", artist="아이유")])
    youtube = YouTubeMusic()
    youtube.found["아이유 좋은 날"] = [hit("jeqdYqsrsA0", "좋은 날", "아이유")]
    with serving(youtube) as adapter:
        service_of(any_client).videos = VideoFinder(service_of(any_client).database, lambda: YouTube(adapter=adapter()))
        given = any_client.post("/api/v1/recommendations", json={"emotion": "fear"}).json()
        assert given["song"]["embed_url"] is None
        assert "results?search_query=" in given["song"]["watch_url"]
        for _ in range(200):
            song = any_client.get("/api/v1/songs/song:1").json()
            if song["video_id"]:
                break
            time.sleep(0.05)
    assert song["embed_url"] == "https://www.youtube-nocookie.com/embed/jeqdYqsrsA0"
    assert any_client.get("/emotion/recommend/random").json() == {"result": "jeqdYqsrsA0"}


def test_no_video_is_searched_twice_in_vain(any_url: str) -> None:
    database = database_for(any_url)
    SqlCatalogue(database).add_many([_song(n) for n in range(3)])

    def ask(finder: VideoFinder, key: str) -> None:
        with database.begin(write=False) as db:
            row = db.get_one(SongRow, key)
        finder.want(row)

    youtube = YouTubeMusic()
    with serving(youtube) as adapter:
        finder = VideoFinder(database, lambda: YouTube(adapter=adapter()))
        for key in ("song:0", "song:1"):
            ask(finder, key)
        finder.close()
        _ended(finder)
        asked = len(youtube.asked)
        assert asked == 2
        again = VideoFinder(database, lambda: YouTube(adapter=adapter()))
        ask(again, "song:0")
        assert again._thread is None
    # nobody is there: it rests, and asks for nothing more
    made: list[int] = []
    away = VideoFinder(database, lambda: made.append(1) or YouTube(adapter=adapter(retries=0)))  # type: ignore[func-returns-value]
    for _ in range(3):
        ask(away, "song:2")
    away.close()
    _ended(away)
    ask(away, "song:2")
    assert len(made) == 1
    assert away._waiting.empty()
    database.close()


def _ended(finder: VideoFinder) -> None:
    assert finder._thread is not None
    finder._thread.join(30)
    assert not finder._thread.is_alive()


def test_a_local_file_is_streamed_by_parts(client: TestClient, tmp_path: Path) -> None:
    register(client)
    file = tmp_path / "음악.mp3"
    file.write_bytes(bytes(range(256)) * 10)
    SqlCatalogue(service_of(client).database).add_many([_song(1, path=file), _song(2)])
    answer = client.get("/api/v1/songs/song:1/audio", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == bytes(range(10, 20))
    assert client.get("/api/v1/songs/song:2/audio").status_code == 404
    client.cookies.clear()
    assert client.get("/api/v1/songs/song:1/audio").status_code == 401


def test_the_learning_policy_learns_and_forgets(any_url: str, make_client: Make) -> None:
    client = make_client(any_url, policy="bandit", repeat_after=0.0)
    add_songs(client, 2)
    register(client)
    for _ in range(25):
        answer = client.post("/api/v1/recommendations", json={"emotion": "happiness"})
        assert answer.status_code == 201, answer.text
        path = f"/api/v1/journal/plays/{answer.json()['play']}/feedback"
        assert client.put(path, json={"liked": True, "played": 1.0}).status_code == 204
        # a second word on the same play teaches nothing twice
        assert client.put(path, json={"liked": True}).status_code == 204
    database = service_of(client).database
    with database.begin(write=False) as db:
        counts = {row.scope: row.count for row in db.scalars(select(LearnedStatistics))}
    assert counts["person"] == 25
    assert client.post("/api/v1/account/deletion", json={"password": PASSWORD}).status_code == 204
    with database.begin(write=False) as db:
        left = [row for row in db.scalars(select(LearnedStatistics)) if row.scope == "person" or row.count]
    assert left == []


TITLE = "Suite bergamasque: Clair de lune"


def test_songs_that_a_device_gave_by_itself_are_kept_once(any_client: TestClient) -> None:
    me = any_client
    register(me, "mover")
    at = "2026-03-01T09:00:00.123Z"
    play = {"at": at, "emotion": "sadness", "title": TITLE, "artist": "Claude Debussy", "goal": "calm"}
    stranger = play | {"title": "No such song", "artist": "Nobody"}
    first = me.post("/api/v1/journal/plays", json={"plays": [play, stranger]}).json()
    assert first == {"stored": 1, "known": 0, "unknown": 1, "expired": 0}
    again = me.post("/api/v1/journal/plays", json={"plays": [play | {"liked": True, "skipped": True, "banned": True}]})
    assert again.json() == {"stored": 0, "known": 1, "unknown": 0, "expired": 0}
    [kept] = me.get("/api/v1/journal/plays").json()["plays"]
    assert (kept["title"], kept["emotion"], kept["liked"], kept["skipped"]) == (TITLE, "sadness", True, True)
    assert [song["id"] for song in me.get("/api/v1/bans").json()["songs"]] == [kept["song"]]
    # it can be named, but what the catalogue offers is the operator's
    assert me.get("/api/v1/songs", params={"q": "Clair"}).json()["songs"] == []
    late = me.post("/api/v1/journal/plays", json={"plays": [play | {"at": "2999-01-01T00:00:00Z"}]})
    assert late.status_code == 422
    day = me.get("/api/v1/statistics/day", params={"day": "2026-03-01"}).json()
    assert day["plays"] == 1


def test_a_like_is_taken_back_and_is_no_dislike(client: TestClient) -> None:
    register(client)
    add_songs(client, 2)
    given = client.post("/api/v1/recommendations", json={"emotion": "happiness"}).json()
    path = f"/api/v1/journal/plays/{given['play']}/feedback"

    def liked() -> bool | None:
        found: bool | None = client.get("/api/v1/journal/plays").json()["plays"][0]["liked"]
        return found

    client.put(path, json={"liked": True})
    client.put(path, json={"played": 0.5})
    assert liked() is True
    client.put(path, json={"liked": None, "arousal": -0.2})
    assert liked() is None
