"""Random operations on two devices with lost answers and repeats: service and devices end equal, nothing is lost."""

import os
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.conftest import register
from tests.service.test_sync import ENTRY, NOW, pull

SEQUENCES = int(os.environ.get("FEELING_SYNC_SEQUENCES", "50"))
"""1,000 in the long form."""
SHARES = [0.3] + [0.1] * 7
Key = tuple[str, str]


@dataclass
class Device:
    """The least client: rows by kind and key, an outbox, a cursor."""

    rows: dict[Key, Any] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None

    def do(self, operation: dict[str, Any]) -> None:
        self.outbox.append(operation)

    def push(self, client: TestClient, *, lost: bool) -> None:
        """lost: the service got it, the device heard nothing and will send it again."""
        answer = client.post("/api/v1/changes", json={"operations": self.outbox})
        assert answer.status_code == 200, answer.text
        assert {r["status"] for r in answer.json()["results"]} <= {"applied", "duplicate", "superseded"}
        if not lost:
            self.outbox = []

    def pull(self, client: TestClient, *, lost: bool, limit: int) -> None:
        found, cursor = pull(client, self.cursor, limit)
        if not lost:
            self.rows |= found
            self.cursor = cursor


def _value(kind: str, key: str, number: int) -> dict[str, Any]:
    if kind == "entry":
        return ENTRY | {"note": str(number)}
    if kind == "goals":
        return {"goal": ("match", "lift", "calm")[number % 3]}
    if kind == "play":
        return {"at": NOW.isoformat(), "emotion": "anger", "title": "T", "seconds": float(number), "duration": 100.0}
    end = (NOW + timedelta(seconds=30)).isoformat()
    spell = {"id": key, "start": NOW.isoformat(), "end": end, "probabilities": SHARES, "readings": 9}
    said = ("fear", "anger", "happiness")[number % 3]
    return spell | {"unclear_share": 0.0, "emotion": said, "read_emotion": None if number % 3 == 0 else "fear"}


KEYS: list[Key] = [
    *(("entry", str(UUID(int=n))) for n in (1, 2)),
    *(("spell", str(UUID(int=n))) for n in (3, 4)),
    ("play", str(UUID(int=5))),
    ("goals", "anger"),
]
STEP = st.one_of(
    st.tuples(st.just("do"), st.integers(0, 1), st.sampled_from(KEYS), st.booleans(), st.integers(0, 20)),
    st.tuples(st.just("push"), st.integers(0, 1), st.booleans()),
    st.tuples(st.just("pull"), st.integers(0, 1), st.booleans(), st.integers(1, 4)),
)


@pytest.fixture
def shared(client: TestClient) -> TestClient:
    return client


@pytest.mark.timeout(240 + 3 * SEQUENCES)
@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEP, max_size=25))
def test_devices_end_equal(shared: TestClient, steps: list[Any]) -> None:
    test_devices_end_equal.__dict__["count"] = number = test_devices_end_equal.__dict__.get("count", 0) + 1
    shared.cookies.clear()
    register(shared, f"person{number}")
    devices = [Device(), Device()]
    done: list[dict[str, Any]] = []
    for serial, (what, which, *rest) in enumerate(steps):
        if what == "do":
            (kind, key), deleted, place = rest
            # times may be equal, and later operations may have earlier ones, as on two clocks
            at = datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=place)
            operation = {"id": str(UUID(int=serial * 7919 % 997 + 1)), "kind": kind, "key": key, "deleted": deleted}
            operation |= {"edited_at": at.replace(microsecond=0).isoformat()}
            operation |= {"value": None if deleted else _value(kind, key, serial)}
            devices[which].do(operation)
            done.append(deepcopy(operation))
        elif what == "push":
            devices[which].push(shared, lost=rest[0])
        else:
            devices[which].pull(shared, lost=rest[0], limit=rest[1])
    for device in devices:
        device.push(shared, lost=True)
        device.push(shared, lost=False)
    for device in devices:
        device.pull(shared, lost=False, limit=3)
    everything, _ = pull(shared)
    assert devices[0].rows == devices[1].rows == everything
    assert {(o["kind"], o["key"]) for o in done} <= everything.keys()
    for key in KEYS:
        of_key = [o for o in done if (o["kind"], o["key"]) == key]
        if not of_key:
            continue
        own_id = key[0] != "goals"
        last = max(of_key, key=lambda o: (own_id and o["deleted"], o["edited_at"], o["id"]))
        assert (everything[key] is None) == last["deleted"]
        if key[0] == "entry" and not last["deleted"]:
            assert everything[key]["note"] == last["value"]["note"]
        if key[0] == "goals" and not last["deleted"]:
            assert everything[key] == last["value"]
