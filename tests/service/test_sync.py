"""The changes of an account: read by a cursor, written by operations, on each database."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from feeling_manager.service.app import upkeep
from feeling_manager.service.db import utcnow
from feeling_manager.service.models import Change, Play, SongRow
from feeling_manager.service.songs.feedback import share
from feeling_manager.service.sync import repository
from feeling_manager.service.sync.repository import Edit
from tests.service.conftest import PASSWORD, add_songs, register, service_of
from tests.service.test_journal import send, spell

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
ENTRY = {"at": NOW.isoformat(), "emotion": "sadness", "note": "rain", "tags": {"place": ["home"]}}


def operation(kind: str, key: str | None = None, value: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"id": str(uuid4()), "kind": kind, "key": key or str(uuid4()), "edited_at": NOW.isoformat()}
    return given | {"value": value} | more


def _now() -> str:
    return datetime.now(UTC).isoformat()


def post(client: TestClient, *operations: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/changes", json={"operations": operations})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def pull(client: TestClient, after: str | None = None, limit: int = 200) -> tuple[dict[tuple[str, str], Any], str]:
    """All that changed since `after`, by kind and key; None for what was deleted. And the cursor."""
    found: dict[tuple[str, str], Any] = {}
    while True:
        params: dict[str, Any] = {"limit": limit} | ({"after": after} if after else {})
        answer = client.get("/api/v1/changes", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for change in page["changes"]:
            assert change["deleted"] == (change["value"] is None)
            found[change["kind"], change["key"]] = change["value"]
        after = page["next"]
        if not page["more"]:
            return found, page["next"]


def test_every_kind_arrives(any_client: TestClient) -> None:
    register(any_client)
    one = spell(NOW)
    play = {"at": NOW.isoformat(), "emotion": "anger", "title": "Own song", "artist": "Me", "source": "local"}
    operations = [
        operation("spell", one["id"], one),
        operation("entry", value=ENTRY),
        operation("play", value=play | {"seconds": 30.0, "duration": 120.0, "skipped": True}),
        operation("ban", "whatever", {"title": "Noise", "artist": "Them"}),
        operation("preferences", "sadness", {"genres": [2, 1]}),
        operation("goals", "anger", {"goal": "calm"}),
        # after the account was made, which set them first
        operation("settings", "account", {"zone": "Europe/London", "language": "en"}, edited_at=_now()),
    ]
    results = post(any_client, *operations)
    assert [result["status"] for result in results] == ["applied"] * 7
    assert [result["status"] for result in post(any_client, *operations)] == ["duplicate"] * 7
    found, cursor = pull(any_client, limit=2)
    assert found["spell", one["id"]]["readings"] == 600
    assert found["entry", operations[1]["key"]]["tags"] == {"place": ["home"]}
    told = found["play", operations[2]["key"]]
    assert (told["seconds"], told["skipped"], told["ended"], told["liked"]) == (30.0, True, None, None)
    assert found["ban", results[3]["key"]]["title"] == "Noise"
    assert found["preferences", "sadness"] == {"genres": [1, 2]}
    assert found["goals", "anger"] == {"goal": "calm"}
    assert found["settings", "account"]["zone"] == "Europe/London"
    assert found["settings", "consents"]["journal"]["withdrawn_at"] is None
    assert pull(any_client, cursor) == ({}, cursor)
    assert any_client.get("/api/v1/account").json()["zone"] == "Europe/London"


def test_a_cursor_never_passes_what_is_not_committed(any_client: TestClient) -> None:
    """Two writers of one account, interleaved: the second can't commit, nor be seen, before the first."""
    user_id = register(any_client)["account"]["id"]
    _, cursor = pull(any_client)
    database = service_of(any_client).database
    first_wrote, second_done = threading.Event(), threading.Event()
    ids = [uuid4(), uuid4()]

    def write_second() -> None:
        first_wrote.wait(30)
        with database.begin() as db:
            repository.record(db, user_id, [Edit("spell", str(ids[1]))])
        second_done.set()

    thread = threading.Thread(target=write_second)
    thread.start()
    with database.begin() as db:
        repository.record(db, user_id, [Edit("spell", str(ids[0]))])
        first_wrote.set()
        assert not second_done.wait(1.0), "a second writer passed one that has not committed"
        seen, between = pull(any_client, cursor)
        assert seen == {}
        assert between == cursor
    thread.join(30)
    assert second_done.is_set()
    assert [key for _, key in pull(any_client, between)[0]] == [str(key) for key in ids]


def test_what_is_deleted_leaves_no_content_and_never_returns(any_client: TestClient) -> None:
    register(any_client)
    one, two = spell(NOW), spell(NOW + timedelta(minutes=2))
    send(any_client, one, two)
    write, drop = operation("entry", value=ENTRY), operation("spell", one["id"], deleted=True)
    assert [r["status"] for r in post(any_client, write, drop)] == ["applied", "applied"]
    late = (NOW + timedelta(days=1)).isoformat()
    again = post(any_client, operation("spell", one["id"], one, edited_at=late))
    assert again[0]["status"] == "superseded"
    assert again[0]["current"]["value"] is None
    assert send(any_client, one)["known"] == 1
    assert any_client.delete(f"/api/v1/journal/entries/{write['key']}").status_code == 204
    found, _ = pull(any_client)
    assert found["spell", one["id"]] is None
    assert found["entry", write["key"]] is None
    assert found["spell", two["id"]] is not None
    assert (
        any_client.get("/api/v1/statistics/day", params={"day": NOW.astimezone().date().isoformat()}).status_code == 200
    )
    listed = any_client.get("/api/v1/journal/spells").json()["spells"]
    assert [row["id"] for row in listed] == [two["id"]]


def test_of_two_edits_the_later_counts(any_client: TestClient) -> None:
    register(any_client)
    key = str(uuid4())
    early, late = NOW.isoformat(), (NOW + timedelta(hours=1)).isoformat()
    one = operation("entry", key, ENTRY | {"note": "late"}, edited_at=late)
    other = operation("entry", key, ENTRY | {"note": "early"}, edited_at=early)
    assert post(any_client, one)[0]["status"] == "applied"
    lost = post(any_client, other)[0]
    assert (lost["status"], lost["current"]["value"]["note"]) == ("superseded", "late")
    # a clock that is a year ahead counts as now: an edit after it wins
    ahead = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    assert post(any_client, operation("goals", "fear", {"goal": "calm"}, edited_at=ahead))[0]["status"] == "applied"
    threading.Event().wait(0.01)
    now = datetime.now(UTC).isoformat()
    assert post(any_client, operation("goals", "fear", {"goal": "lift"}, edited_at=now))[0]["status"] == "applied"
    # at one time the greater operation
    small, great = str(UUID(int=1)), str(UUID(int=2))
    for ids, note in (((small, great), "great"), ((great, small), "great")):
        key = str(uuid4())
        post(
            any_client,
            *(operation("entry", key, ENTRY | {"note": "great" if i == great else "small"}, id=i) for i in ids),
        )
        assert pull(any_client)[0]["entry", key]["note"] == note


def test_a_ban_is_lifted_and_given_again(client: TestClient) -> None:
    register(client)
    value = {"title": "Noise", "artist": "Them"}
    for n, deleted in enumerate((False, True, False)):
        at = (NOW + timedelta(minutes=n)).isoformat()
        result = post(client, operation("ban", "x", value, deleted=deleted, edited_at=at))[0]
        assert result["status"] == "applied"
        assert (pull(client)[0]["ban", result["key"]] is None) == deleted
        assert len(client.get("/api/v1/bans").json()["songs"]) == (0 if deleted else 1)


def test_one_that_is_refused_stops_no_other(client: TestClient) -> None:
    register(client)
    future = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    results = post(
        client,
        operation("spell", value=spell(NOW)),
        operation("entry", value=ENTRY | {"at": future}),
        operation("preferences", "joy", {"genres": [1]}),
        operation("settings", "consents", {}),
        operation("entry", value=ENTRY | {"mood": 1}),
        operation("spell", (old := spell(NOW - timedelta(days=900)))["id"], old),
        operation("entry", value=ENTRY),
    )
    assert [r["status"] for r in results] == ["refused"] * 6 + ["applied"]
    assert [r["code"] for r in results] == ["invalid"] * 5 + ["expired", None]
    assert all(r["detail"] for r in results[:6])
    assert client.get("/api/v1/changes", params={"after": "nonsense"}).status_code == 422


def test_storing_needs_consent(client: TestClient) -> None:
    register(client, consents=False)
    refused = client.post("/api/v1/journal/spells", json={"spells": [spell(NOW)]})
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_missing")
    one = spell(NOW)
    results = post(client, operation("spell", one["id"], one), operation("goals", "anger", {"goal": "calm"}))
    assert [r["code"] for r in results] == ["consent_missing", None]
    assert client.get("/api/v1/journal/spells").json()["spells"] == []


def test_withdrawing_removes_what_was_read_and_tells_devices(any_client: TestClient) -> None:
    register(any_client)
    add_songs(any_client)
    any_client.put("/api/v1/consents/measuring", json={"version": "1"})
    one = spell(NOW)
    write = operation("entry", value=ENTRY)
    post(any_client, operation("spell", one["id"], one), write)
    given = any_client.post("/api/v1/recommendations", json={"emotion": "anger", "goal": "calm"}).json()
    any_client.put(f"/api/v1/journal/plays/{given['play']}/feedback", json={"valence": 0.2, "arousal": -0.3})
    found, cursor = pull(any_client)
    assert found["play", given["uuid"]]["arousal"] == -0.3
    assert any_client.get("/api/v1/account/export").json()["plays"][0]["arousal"] == -0.3
    assert any_client.delete("/api/v1/consents/journal").json() == {"spells": 1, "measurements": 1}
    gone = any_client.get("/api/v1/changes", params={"after": cursor})
    assert (gone.status_code, gone.json()["code"]) == (410, "consent_withdrawn")
    found, cursor = pull(any_client)
    assert found["spell", one["id"]] is None
    assert found["play", given["uuid"]]["arousal"] is None
    assert found["entry", write["key"]]["note"] == "rain"
    assert found["settings", "consents"]["journal"]["withdrawn_at"] is not None
    assert pull(any_client, cursor)[0] == {}
    day = (NOW + timedelta(hours=9)).date().isoformat()
    assert any_client.get("/api/v1/statistics/day", params={"day": day}).json()["seconds"] == 0
    with service_of(any_client).database.begin(write=False) as db:
        row = db.scalars(select(SongRow).where(SongRow.id == given["song"]["id"])).one()
        assert row.measured == 0
        assert row.felt_arousal == pytest.approx(0)


def test_devices_of_a_deleted_account_are_told(any_client: TestClient) -> None:
    register(any_client)
    body = {"username": "minsu", "password": PASSWORD, "bearer": True}
    token = any_client.post("/api/v1/session", json=body).json()["token"]
    assert any_client.post("/api/v1/account/deletion", json={"password": PASSWORD}).status_code == 204
    bearer = {"Authorization": f"Bearer {token}"}
    for answer in (
        any_client.get("/api/v1/changes", headers=bearer),
        any_client.post("/api/v1/changes", json={"operations": []}, headers=bearer),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "account_deleted")
    assert any_client.get("/api/v1/account", headers=bearer).status_code == 401


def test_retention_deletes_everywhere_and_tombstones_end(any_client: TestClient) -> None:
    user_id = register(any_client)["account"]["id"]
    any_client.patch("/api/v1/account", json={"retention_days": 60})
    one = spell(NOW - timedelta(days=50))
    send(any_client, one)
    _, cursor = pull(any_client)
    any_client.patch("/api/v1/account", json={"retention_days": 30})
    upkeep(service_of(any_client))
    found, later = pull(any_client, cursor)
    assert found["spell", one["id"]] is None
    with service_of(any_client).database.begin() as db:
        assert repository.prune(db, user_id, utcnow() + timedelta(seconds=1)) == 1
        assert db.scalar(select(Change.sequence).where(Change.user_id == user_id, Change.deleted)) is None
    expired = any_client.get("/api/v1/changes", params={"after": cursor})
    assert (expired.status_code, expired.json()["code"]) == (410, "cursor_expired")
    assert pull(any_client, later)[0] == {}


def test_another_database_is_noticed(client: TestClient) -> None:
    register(client)
    _, cursor = pull(client)
    before = client.get("/api/v1/account").json()
    with service_of(client).database.begin() as db:
        repository.renew_identity(db)
    assert client.get("/api/v1/account").json()["database"] != before["database"]
    expired = client.get("/api/v1/changes", params={"after": cursor})
    assert (expired.status_code, expired.json()["code"]) == (410, "cursor_expired")


def test_what_happened_to_a_song_is_learned_once(client: TestClient) -> None:
    register(client)
    add_songs(client)
    given = client.post("/api/v1/recommendations", json={"emotion": "anger"}).json()
    found, _ = pull(client)
    value = found["play", given["uuid"]]
    assert (value["offered_at"], value["opened_at"], value["seconds"], value["skipped"]) == (
        value["at"],
        None,
        None,
        None,
    )
    with service_of(client).database.begin(write=False) as db:
        assert db.scalars(select(Play.learned)).one() is False
    opened = value | {"opened_at": value["at"], "source": "link"}
    assert post(client, operation("play", given["uuid"], opened, edited_at=value["at"]))[0]["status"] == "superseded"
    now = datetime.now(UTC).isoformat()
    assert post(client, operation("play", given["uuid"], opened, edited_at=now))[0]["status"] == "applied"
    with service_of(client).database.begin(write=False) as db:
        # opening is not hearing
        assert db.scalars(select(Play.learned)).one() is False
    heard = opened | {"seconds": 90.0, "duration": 180.0, "ended": False}
    threading.Event().wait(0.01)
    now = datetime.now(UTC).isoformat()
    assert post(client, operation("play", given["uuid"], heard, edited_at=now))[0]["status"] == "applied"
    with service_of(client).database.begin(write=False) as db:
        play = db.scalars(select(Play)).one()
        assert (play.learned, play.played) == (True, 0.5)
    assert share(30.0, None) is None
    assert share(400.0, 200.0) == 1.0


def test_a_song_of_a_device_goes_with_its_last_play(client: TestClient) -> None:
    register(client)
    value = {"at": NOW.isoformat(), "emotion": "anger", "title": "Own song", "source": "local"}
    play = operation("play", value=value)
    post(client, play)
    upkeep(service_of(client))
    assert pull(client)[0]["play", play["key"]]["title"] == "Own song"
    assert client.get("/api/v1/songs", params={"q": "own"}).json()["songs"] == []
    post(client, operation("play", play["key"], deleted=True))
    upkeep(service_of(client))
    with service_of(client).database.begin(write=False) as db:
        assert db.scalars(select(SongRow)).all() == []


def test_old_addresses_are_in_the_changes(client: TestClient) -> None:
    register(client)
    add_songs(client)
    one = spell(NOW)
    steps: list[tuple[tuple[str, str], Any]] = [
        (("spell", one["id"]), lambda: send(client, one)),
        (("spell", one["id"]), lambda: client.patch(f"/api/v1/journal/spells/{one['id']}", json={"emotion": "fear"})),
        (("entry", str(UUID(int=5))), lambda: client.put(f"/api/v1/journal/entries/{UUID(int=5)}", json=ENTRY)),
        (("preferences", "anger"), lambda: client.put("/api/v1/preferences", json={"genres": {"anger": [3]}})),
        (("goals", "fear"), lambda: client.put("/api/v1/preferences", json={"goals": {"fear": "lift"}})),
        (("ban", "yt:video000001"), lambda: client.put("/api/v1/bans/yt:video000001")),
        (("ban", "yt:video000001"), lambda: client.delete("/api/v1/bans/yt:video000001")),
        (("settings", "account"), lambda: client.patch("/api/v1/account", json={"name": "Min"})),
        (("settings", "consents"), lambda: client.put("/api/v1/consents/camera", json={"version": "1"})),
        (("spell", one["id"]), lambda: client.delete(f"/api/v1/journal/spells/{one['id']}")),
    ]
    _, cursor = pull(client)
    for key, step in steps:
        step()
        found, cursor = pull(client, cursor)
        assert list(found) == [key]
    client.post("/api/v1/recommendations", json={"emotion": "fear"})
    found, cursor = pull(client, cursor)
    assert [kind for kind, _ in found] == ["play"]
    client.post("/emotion/recommend", json={"emotion_data": 2})
    assert [kind for kind, _ in pull(client, cursor)[0]] == ["play"]
