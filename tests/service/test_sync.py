"""The changes of an account: read by a cursor, written by operations, on each database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient

from tests.service.conftest import register
from tests.service.test_journal import spell

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
ENTRY = {"at": NOW.isoformat(), "emotion": "sadness", "note": "rain", "tags": {"place": ["home"]}}


def operation(kind: str, key: str | None = None, value: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    given = {"id": str(uuid4()), "kind": kind, "key": key or str(uuid4()), "edited_at": NOW.isoformat()}
    return given | {"value": value} | more


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
        operation("settings", "account", {"zone": "Europe/London", "language": "en"}),
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
