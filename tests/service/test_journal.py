import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from feeling_manager.labels import NAMES
from feeling_manager.service.app import upkeep
from feeling_manager.service.db import utcnow
from feeling_manager.service.journal.change_points import change_points
from feeling_manager.service.models import SpellRow
from tests.service.conftest import Make, add_songs, register, service_of


def spell(start: datetime, seconds: float = 60.0, emotion: str = "happiness", **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "start": start.isoformat(),
        "end": (start + timedelta(seconds=seconds)).isoformat(),
        "emotion": emotion,
        "probabilities": [0.9 if name == emotion else 0.1 / 7 for name in NAMES],
        "readings": 600,
        "unclear_share": 0.25,
    } | more


def send(client: TestClient, *spells: dict[str, Any]) -> dict[str, int]:
    answer = client.post("/api/v1/journal/spells", json={"spells": spells})
    assert answer.status_code == 200, answer.text
    kept: dict[str, int] = answer.json()
    return kept


def day(client: TestClient, which: str) -> dict[str, Any]:
    answer = client.get("/api/v1/statistics/day", params={"day": which})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)


def test_each_spell_once_in_any_order(any_client: TestClient) -> None:
    register(any_client)
    spells = [spell(NOON + timedelta(minutes=n), emotion=NAMES[n % 8]) for n in range(20)]
    assert send(any_client, *spells[10:]) == {"stored": 10, "known": 0, "expired": 0}
    assert send(any_client, *spells) == {"stored": 10, "known": 10, "expired": 0}
    assert send(any_client, spells[0], spells[0]) == {"stored": 0, "known": 2, "expired": 0}
    twice = spell(NOON + timedelta(hours=1))
    assert send(any_client, twice, twice) == {"stored": 1, "known": 1, "expired": 0}
    found = day(any_client, "2026-11-20")
    assert found["spells"] == 21
    assert found["seconds"] == 21 * 60
    assert found["unclear_share"] == pytest.approx(0.25)
    assert sum(e["share"] for e in found["emotions"]) == pytest.approx(1)


def test_the_last_second_of_a_day_in_seoul_belongs_to_it(any_client: TestClient) -> None:
    register(any_client)
    late = datetime.fromisoformat("2026-11-19T23:59:59+09:00")
    send(any_client, spell(late, 30), spell(late + timedelta(seconds=1), 30))
    assert day(any_client, "2026-11-19")["spells"] == 1
    assert day(any_client, "2026-11-20")["spells"] == 1
    # the same two moments are one day in London
    assert any_client.patch("/api/v1/account", json={"zone": "Europe/London"}).status_code == 200
    assert day(any_client, "2026-11-19")["spells"] == 2
    assert day(any_client, "2026-11-20")["spells"] == 0


def test_what_is_the_others_is_not_seen(client: TestClient) -> None:
    register(client)
    mine = spell(NOON)
    send(client, mine)
    register(client, "other")
    assert client.get("/api/v1/journal/spells").json() == {"spells": [], "next": None}
    assert client.patch(f"/api/v1/journal/spells/{mine['id']}", json={"emotion": "fear"}).status_code == 404
    # the same id is another spell for another person
    assert send(client, mine)["stored"] == 1


def test_correct_and_delete(any_client: TestClient) -> None:
    register(any_client)
    one = spell(NOON, emotion="anger")
    send(any_client, one)
    answer = any_client.patch(f"/api/v1/journal/spells/{one['id']}", json={"emotion": "neutral"})
    assert (answer.json()["emotion"], answer.json()["read_emotion"]) == ("neutral", "anger")
    seconds = {e["emotion"]: e["seconds"] for e in day(any_client, "2026-11-20")["emotions"]}
    assert (seconds["neutral"], seconds["anger"]) == (60, 0)
    assert any_client.delete(f"/api/v1/journal/spells/{one['id']}").status_code == 204
    assert day(any_client, "2026-11-20")["seconds"] == 0


def test_pages_and_filters(any_client: TestClient) -> None:
    register(any_client)
    spells = [spell(NOON + timedelta(minutes=n // 2), emotion=("fear", "anger")[n % 2]) for n in range(25)]
    send(any_client, *reversed(spells))
    seen: list[str] = []
    after = None
    while True:
        page = any_client.get(
            "/api/v1/journal/spells", params={"limit": 7} | ({"after": after} if after else {})
        ).json()
        seen += [row["start"] for row in page["spells"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 25
    assert seen == sorted(seen)
    rows = any_client.get("/api/v1/journal/spells", params={"emotion": "fear"}).json()["spells"]
    assert len(rows) == 13
    some = {"from": (NOON + timedelta(minutes=5)).isoformat(), "until": (NOON + timedelta(minutes=6)).isoformat()}
    assert len(any_client.get("/api/v1/journal/spells", params=some).json()["spells"]) == 2


def test_entries(any_client: TestClient) -> None:
    register(any_client)
    path = f"/api/v1/journal/entries/{uuid4()}"
    body = {
        "at": NOON.isoformat(),
        "emotion": "sadness",
        "note": "비 😢 100%",
        "tags": {"place": ["집"], "other": ["rain"]},
    }
    assert any_client.put(path, json=body).status_code == 201
    assert any_client.put(path, json=body | {"at": (NOON - timedelta(days=2)).isoformat()}).status_code == 200
    assert any_client.get(path).json()["tags"] == {"other": ["rain"], "place": ["집"]}
    assert day(any_client, "2026-11-20")["entries"] == 0
    assert day(any_client, "2026-11-18")["entries"] == 1
    assert len(any_client.get("/api/v1/journal/entries", params={"tag": "집"}).json()["entries"]) == 1
    assert any_client.get("/api/v1/journal/entries", params={"tag": "%"}).json()["entries"] == []
    assert any_client.delete(path).status_code == 204
    assert any_client.get(path).status_code == 404
    assert day(any_client, "2026-11-18")["entries"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"end": "2026-11-20T02:00:00Z"},
        {"start": "2026-11-20T00:00:00Z"},
        {"start": "2026-11-20T03:00:00"},
        {"start": 1763600000},
        {"emotion": "joy"},
        {"probabilities": [1.0]},
        {"probabilities": [2.0] + [0.0] * 7},
        {"id": "x"},
        {"readings": "5"},
        {"extra": 1},
    ],
)
def test_a_bad_spell_is_refused_whole(client: TestClient, change: dict[str, Any]) -> None:
    register(client)
    answer = client.post("/api/v1/journal/spells", json={"spells": [spell(NOON), spell(NOON) | change]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid"
    assert day(client, "2026-11-20")["spells"] == 0


def test_a_spell_of_the_future_is_refused(client: TestClient) -> None:
    register(client)
    answer = client.post("/api/v1/journal/spells", json={"spells": [spell(utcnow() + timedelta(days=2))]})
    assert answer.status_code == 422


def test_old_spells_become_sums(any_client: TestClient) -> None:
    register(any_client)
    old = utcnow() - timedelta(days=40)
    old_day = (old + timedelta(hours=9)).date().isoformat()
    send(any_client, spell(old), spell(utcnow() - timedelta(minutes=5)))
    assert any_client.patch("/api/v1/account", json={"retention_days": 30}).status_code == 200
    before = day(any_client, old_day)
    upkeep(service_of(any_client))
    assert len(any_client.get("/api/v1/journal/spells").json()["spells"]) == 1
    assert day(any_client, old_day) == before
    assert before["spells"] == 1
    # what comes later for such a day is told, and changes nothing
    assert send(any_client, spell(old)) == {"stored": 0, "known": 0, "expired": 1}
    assert any_client.patch("/api/v1/account", json={"zone": "UTC"}).status_code == 200
    assert sum(d["seconds"] for d in _year(any_client)["days"]) == 120


def _year(client: TestClient) -> dict[str, Any]:
    now = utcnow().date()
    answer = client.get("/api/v1/statistics", params={"first": str(now - timedelta(days=300)), "last": str(now)})
    found: dict[str, Any] = answer.json()
    return found


def test_periods(client: TestClient) -> None:
    register(client)
    send(client, *(spell(NOON - timedelta(days=n)) for n in range(40)))
    spells = {
        period: client.get(f"/api/v1/statistics/{period}", params={"day": "2026-11-20"}).json()["spells"]
        for period in ("day", "week", "month", "year")
    }
    # 20 November 2026 is a Friday
    assert spells == {"day": 1, "week": 5, "month": 20, "year": 40}
    assert client.get("/api/v1/statistics/century").status_code == 422
    wrong = {"first": "2026-11-20", "last": "2026-11-19"}
    assert client.get("/api/v1/statistics", params=wrong).status_code == 422


def test_the_sums_are_those_of_the_rows(client: TestClient) -> None:
    """Whatever is added, corrected and deleted, the daily sums equal what the rows add up to."""
    register(client)
    rng = np.random.default_rng(4)
    alive: list[str] = []
    for _ in range(60):
        if alive and rng.random() < 0.3:
            key = alive.pop(int(rng.integers(len(alive))))
            assert client.delete(f"/api/v1/journal/spells/{key}").status_code == 204
        elif alive and rng.random() < 0.4:
            key = alive[int(rng.integers(len(alive)))]
            emotion = NAMES[int(rng.integers(8))]
            assert client.patch(f"/api/v1/journal/spells/{key}", json={"emotion": emotion}).status_code == 200
        else:
            new = spell(NOON - timedelta(minutes=int(rng.integers(9000))), int(rng.integers(10, 300)))
            send(client, new)
            alive.append(new["id"])
    rows = client.get("/api/v1/journal/spells", params={"limit": 500}).json()["spells"]
    total = sum((datetime.fromisoformat(r["end"]) - datetime.fromisoformat(r["start"])).total_seconds() for r in rows)
    found = _year(client)
    assert found["spells"] == len(rows) == len(alive)
    assert found["seconds"] == pytest.approx(total)


def test_mood_and_its_changes(client: TestClient) -> None:
    register(client)
    moods = ["sadness"] * 20 + ["happiness"] * 20
    send(client, *(spell(NOON - timedelta(days=40 - n), emotion=mood) for n, mood in enumerate(moods)))
    answer = client.get("/api/v1/mood", params={"first": "2026-10-01", "last": "2026-11-20"}).json()
    assert answer["step"] == "day"
    assert len(answer["points"]) == 40
    valence = [c for c in answer["changes"] if c["measure"] == "valence"]
    assert len(valence) == 1
    assert valence[0]["time"] == answer["points"][20]["time"]
    assert valence[0]["before"] < 0 < valence[0]["after"]
    hours = client.get("/api/v1/mood", params={"first": "2026-11-19", "last": "2026-11-19"}).json()
    assert (hours["step"], len(hours["points"])) == ("spell", 1)


def test_change_points_are_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    levels = np.repeat([0.0, 0.6, -0.2], [50, 30, 70])
    found = change_points(levels + rng.normal(0, 0.1, 150))
    assert len(found) == 2
    assert abs(found[0] - 50) <= 1
    assert abs(found[1] - 80) <= 1
    false = sum(bool(change_points(np.random.default_rng(seed).normal(0, 0.1, 200))) for seed in range(100))
    assert false <= 5
    assert change_points([]) == change_points([1.0, 2.0]) == []


def test_export_holds_everything(any_client: TestClient) -> None:
    register(any_client, email="me@example.org")
    add_songs(any_client)
    send(any_client, *(spell(NOON + timedelta(seconds=n)) for n in range(101)))
    send(any_client, *(spell(NOON + timedelta(hours=1, seconds=n)) for n in range(450)))
    any_client.put(f"/api/v1/journal/entries/{uuid4()}", json={"at": NOON.isoformat(), "note": "=1+1"})
    any_client.post("/api/v1/recommendations", json={"emotion": "fear"})
    data = json.loads(any_client.get("/api/v1/account/export").text)
    assert data["account"]["email"] == "me@example.org"
    assert len(data["devices"]) == 1
    assert (len(data["spells"]), len(data["entries"]), len(data["plays"])) == (551, 1, 1)
    table = any_client.get("/api/v1/account/export", params={"format": "csv", "table": "spells"}).text
    assert len(list(csv.DictReader(io.StringIO(table)))) == 551
    notes = any_client.get("/api/v1/account/export", params={"format": "csv", "table": "entries"}).text
    assert next(csv.DictReader(io.StringIO(notes)))["note"] == "'=1+1"


def test_delete_takes_everything(any_client: TestClient, make_client: Make) -> None:
    register(any_client)
    send(any_client, spell(NOON))
    body = {"password": "correct horse battery"}
    assert any_client.post("/api/v1/account/deletion", json=body).status_code == 204
    with service_of(any_client).database.begin(write=False) as db:
        assert db.scalar(select(func.count()).select_from(SpellRow)) == 0
