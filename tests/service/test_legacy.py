"""The old contract: recorded requests and answers, and the faults that are not repeated."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from feeling_manager.service.accounts import repository
from feeling_manager.service.accounts.repository import find_user
from feeling_manager.service.db import to_millis
from feeling_manager.service.journal import repository as journal
from feeling_manager.service.journal import sums
from feeling_manager.service.models import Play
from tests.service.conftest import Make, add_songs, service_of, video

PAIRS = json.loads((Path(__file__).parent / "legacy.json").read_text("utf-8"))
USER = {
    "userId": "minsu", "userPw": "p", "userName": "김민수", "userSex": "1", "userEmail": "m@example.org",
    "anger": "0000010000", "fear": "", "happiness": "1111111111", "sadness": "0000000000", "surprise": "0000000001",
}  # fmt: skip


def test_recorded_pairs(any_client: TestClient) -> None:
    """One session in order; `sent` is the body's very bytes, `answer` the answer's."""
    add_songs(any_client, 1)
    for number, pair in enumerate(PAIRS):
        headers = {"Content-Type": pair.get("type", "application/json")}
        answer = any_client.request(
            pair["method"], pair["path"], content=pair.get("sent", "").encode(), headers=headers, follow_redirects=False
        )
        assert answer.status_code == pair.get("status", 200), (number, pair)
        for name, value in pair.get("headers", {}).items():
            assert answer.headers[name].startswith(value), (number, pair)
        if "answer" in pair:
            assert answer.text == pair["answer"], (number, pair)


def _sign_in(client: TestClient) -> None:
    assert client.post("/member/register", json=USER).text == '{"result": "success"}'
    assert client.post("/member/login", json=USER).text == '{"result": "success"}'


def _play(client: TestClient, at: str, emotion: int) -> None:
    with service_of(client).database.begin() as db:
        user = find_user(db, "minsu")
        assert user is not None
        moment = datetime.fromisoformat(at)
        play = Play(user_id=user.id, song_id=f"yt:{video(0)}", at=moment, emotion=emotion, step=0, skipped=False)
        journal.add_play(db, play, sums.day_of(moment, user.zone))


def test_days_months_and_weeks(any_client: TestClient) -> None:
    _sign_in(any_client)
    add_songs(any_client, 1)
    _play(any_client, "2023-02-21T23:59:59+09:00", 1)
    _play(any_client, "2023-02-22T00:00:00+09:00", 5)
    _play(any_client, "2023-02-01T00:00:00+09:00", 3)
    _play(any_client, "2023-01-31T23:59:59+09:00", 3)
    date = int(datetime.fromisoformat("2023-02-21T12:00:00+09:00").timestamp())

    def count(path: str) -> Any:
        return any_client.get(path).json()["result"]

    found = count(f"/emotion/info_day?date={date}")
    assert found == [
        {
            "datetime": "Tue, 21 Feb 2023 14:59:59 GMT",
            "timestamp": 1676991599,
            "emotion": 1,
            "songUrl": video(0),
        }
    ]
    assert count(f"/emotion/stat_day?date={date}")["count"] == 1
    assert len(count(f"/emotion/info_month?date={date}")) == 3
    assert len(count(f"/emotion/info_week?date={date + 86400}")) == 2
    assert count(f"/emotion/stat_month?date={date}") == {
        "count": 3, "angerCount": 1, "fearCount": 0, "happinessCount": 1, "sadnessCount": 0, "surpriseCount": 1,
    }  # fmt: skip
    assert count("/emotion/stat")["count"] == len(count("/emotion/info")) == 4
    assert any_client.get("/emotion/stat_day?date=never").json() == {"result_f": "undefined error"}
    # a neutral play of the new API is none of the old records
    _play(any_client, "2023-02-21T12:00:00+09:00", 0)
    assert count("/emotion/stat")["count"] == len(count("/emotion/info")) == 4


def test_genres_are_respected(client: TestClient) -> None:
    _sign_in(client)
    add_songs(client, 40)
    given = [client.post("/emotion/recommend", json={"emotion_data": 1}).json()["result"] for _ in range(20)]
    # anger: only genre 6
    assert {int(key[5:]) % 10 + 1 for key in given} == {6}
    anything = {client.post("/emotion/recommend", json={"emotion_data": 4}).json()["result"] for _ in range(40)}
    assert len({int(key[5:]) % 10 for key in anything}) > 3


def test_songs_without_a_video_are_not_given(client: TestClient) -> None:
    _sign_in(client)
    add_songs(client, 20, videos=False)
    assert client.post("/emotion/recommend", json={"emotion_data": 1}).json() == {"result": "undefined error"}
    assert client.get("/emotion/recommend/random").json() == {"result": "undefined error"}
    assert client.get("/emotion/stat").json()["result"]["count"] == 0


def test_the_old_site_on_another_origin(make_client: Make, sqlite_url: str) -> None:
    site = {"Origin": "https://site.example.org"}
    client = make_client(sqlite_url, base="https://testserver", allowed_origins=("https://site.example.org",))
    client.post("/member/register", json=USER, headers=site)
    answer = client.post("/member/login", json=USER, headers=site)
    assert answer.json() == {"result": "success"}
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "samesite=none" in cookie.lower()
    assert answer.headers["access-control-allow-origin"] == site["Origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert client.get("/member/search", headers=site).json()["id"] == "minsu"
    foreign = {"Origin": "https://evil.example.org"}
    assert client.get("/member/search", headers=foreign).json() == {"result": "authentication failed"}
    assert client.post("/member/login", json=USER, headers=foreign).json() == {"result": "fail"}
    assert "access-control-allow-origin" not in client.get("/member/search", headers=foreign).headers


# -- the seven faults -----------------------------------------------------------------------------------------------


def test_fault_1_an_id_in_the_request_is_nobody(client: TestClient) -> None:
    _sign_in(client)
    client.cookies.clear()
    assert client.get("/member/search?userId=minsu").json() == {"result": "authentication failed"}
    body = {"userId": "minsu", "user_id": "minsu", "emotion_data": 1}
    assert client.post("/emotion/recommend?userId=minsu", json=body).json() == {"result": "authentication failed"}
    assert client.get("/emotion/info?user_id=minsu").json() == {"result_f": "authentication failed"}


def test_fault_2_passwords(make_client: Make, sqlite_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    client = make_client(sqlite_url, sign_in_tries=3)
    body = USER | {"userPw": "s3cret-word"}
    client.post("/member/register", json=body)
    with service_of(client).database.begin(write=False) as db:
        user = find_user(db, "minsu")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")
    for _ in range(3):
        assert client.post("/member/login", json=body | {"userPw": "wrong"}).json() == {"result": "fail"}
    # from now on not even the right one, for a while
    assert client.post("/member/login", json=body).json() == {"result": "fail"}
    assert "s3cret-word" not in "".join(capfd.readouterr())


def test_fault_3_statistics_do_not_load_the_rows(client: TestClient) -> None:
    _sign_in(client)
    add_songs(client, 1)
    with service_of(client).database.begin() as db:
        user = find_user(db, "minsu")
        assert user is not None
        start = datetime(2023, 2, 21, 3, tzinfo=UTC)
        db.add_all(
            Play(user_id=user.id, song_id=f"yt:{video(0)}", at=start, emotion=1, step=0, skipped=False)
            for _ in range(2000)
        )
        db.flush()
        sums.recount_at(db, user, [start])
    rows: list[int] = []

    def note(conn: object, cursor: Any, statement: str, *rest: object) -> None:
        if "plays" in statement or "day_sums" in statement:
            rows.append("count(" in statement or "sum(" in statement)

    event.listen(service_of(client).database.engine, "after_cursor_execute", note)
    date = to_millis(start) // 1000
    assert client.get(f"/emotion/stat_day?date={date}").json()["result"]["angerCount"] == 2000
    assert client.get("/emotion/stat").json()["result"]["angerCount"] == 2000
    assert rows
    assert all(rows)


def test_fault_4_now_is_when_the_request_comes(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _sign_in(client)
    add_songs(client, 1)
    _play(client, "2031-05-05T12:00:00+09:00", 2)
    later = datetime.fromisoformat("2031-05-05T23:00:00+09:00").astimezone(UTC)
    assert client.get("/emotion/stat_day").json()["result"]["count"] == 0
    monkeypatch.setattr("feeling_manager.service.legacy.wire.utcnow", lambda: later)
    assert client.get("/emotion/stat_day").json()["result"]["count"] == 1
    assert len(client.get("/emotion/info_week").json()["result"]) == 1


def test_fault_5_a_database_error_is_no_success(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _sign_in(client)
    with service_of(client).database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE genre_preferences")
        connection.exec_driver_sql("DROP TABLE plays")
    assert client.post("/member/modify/genre", json=USER).json() == {"result": "undefined Error"}
    assert client.post("/member/register", json=USER | {"userId": "b", "userEmail": "b@b"}).json() == {
        "result": "undefiend Error"
    }
    assert client.post("/emotion/recommend", json={"emotion_data": 1}).json() == {"result": "undefined error"}
    assert client.get("/emotion/stat_day").json() == {"result_f": "undefined error"}
    with service_of(client).database.begin(write=False) as db:
        assert repository.count_users(db) == 1


def test_fault_6_statistics_and_recommendation_work_together(client: TestClient) -> None:
    _sign_in(client)
    add_songs(client, 5)
    for emotion in (1, 2, 2, 5):
        assert client.post("/emotion/recommend", json={"emotion_data": emotion, "user_id": "x"}).status_code == 200
    counts = client.get("/emotion/stat_day").json()["result"]
    assert (counts["count"], counts["angerCount"], counts["fearCount"], counts["surpriseCount"]) == (4, 1, 2, 1)
    assert len(client.get("/emotion/info_day").json()["result"]) == 4


def test_fault_7_the_clock_of_the_database_has_no_say(any_client: TestClient) -> None:
    """TC8 and TC9 of the presentation: odd titles and zones; the rest is with the catalogue and the recognizer."""
    _sign_in(any_client)
    add_songs(any_client, 1)
    database = service_of(any_client).database
    if database.kind == "mysql":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("SET GLOBAL time_zone = '-11:00'")
        database.engine.dispose()
    before = int(datetime.now(UTC).timestamp())
    any_client.post("/emotion/recommend", json={"emotion_data": 1})
    found = any_client.get("/emotion/info_day").json()["result"][0]
    assert before <= found["timestamp"] <= int(datetime.now(UTC).timestamp())
