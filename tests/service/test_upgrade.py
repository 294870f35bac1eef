"""The database that version 0.1.0 left behind, on each kind of database; see `field/make.py`."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from feeling_manager.service.app import create_app, upkeep
from feeling_manager.service.backup import restore
from feeling_manager.service.db import Database
from feeling_manager.service.migrate import differences
from feeling_manager.service.models import LearnedStatistics, Play
from feeling_manager.service.songs.learning import SqlStore
from tests.service.conftest import PASSWORD, service_of, settings_for
from tests.service.test_sync import pull

FIELD = Path(__file__).parent / "field"


@pytest.fixture
def upgraded(any_url: str) -> Iterator[TestClient]:
    database = Database(any_url)
    restore(database, FIELD / "backup.jsonl.gz")
    assert differences(database) == []
    database.close()
    with TestClient(create_app(settings_for(any_url))) as client:
        yield client


def _sign_in(client: TestClient, username: str) -> None:
    body = {"username": username, "password": PASSWORD}
    assert client.post("/api/v1/session", json=body).status_code == 200


def test_days_and_corrections_mean_what_they_do_now(upgraded: TestClient) -> None:
    _sign_in(upgraded, "minsu")
    first = upgraded.get("/api/v1/statistics/day", params={"day": "2026-11-19"}).json()
    second = upgraded.get("/api/v1/statistics/day", params={"day": "2026-11-20"}).json()
    assert (first["seconds"], first["spells"]) == (120, 1)
    assert (second["seconds"], second["spells"]) == (180, 1)
    assert second["days"][0]["moments"] == {"fear": 1}
    # two minutes of a face that was read so, and one that the person said was happy
    read = 166114.28571428577 / 240000
    assert second["valence"] == pytest.approx((2 * read + 0.81) / 3)
    found, _ = pull(upgraded)
    corrected = found["spell", str(UUID(int=2))]
    assert (corrected["emotion"], corrected["read_emotion"], corrected["valence"]) == ("happiness", "sadness", 0.81)
    assert corrected["read_valence"] == pytest.approx(-34997.14285714286 / 60000)
    # what the migration made of the sums is what counting anew makes of them
    sums = upgraded.get("/api/v1/statistics", params={"first": "2026-11-01", "last": "2026-12-31"}).json()
    for zone in ("Europe/London", "Asia/Seoul"):
        assert upgraded.patch("/api/v1/account", json={"zone": zone}).status_code == 200
    again = upgraded.get("/api/v1/statistics", params={"first": "2026-11-01", "last": "2026-12-31"}).json()
    for name in ("seconds", "spells", "entries", "plays"):
        assert again[name] == sums[name]
    assert again["valence"] == pytest.approx(sums["valence"])
    assert again["arousal"] == pytest.approx(sums["arousal"])
    assert again["unclear_share"] == pytest.approx(sums["unclear_share"])


def test_everything_is_in_the_changes(upgraded: TestClient) -> None:
    _sign_in(upgraded, "minsu")
    found, _ = pull(upgraded, limit=3)
    kinds = [kind for kind, _ in found]
    assert sorted(set(kinds)) == ["ban", "entry", "goals", "play", "settings", "spell"]
    assert [kinds.count(kind) for kind in ("spell", "entry", "play", "ban", "goals")] == [2, 1, 4, 1, 1]
    assert found["entry", str(UUID(int=3))]["note"] == "exam"
    assert found["goals", "anger"] == {"goal": "lift"}


def test_played_that_nobody_measured_is_unknown(upgraded: TestClient) -> None:
    _sign_in(upgraded, "minsu")
    plays = upgraded.get("/api/v1/journal/plays").json()["plays"]
    assert [play["played"] for play in plays] == [None, 0.5, None, None]
    told = {value["number"]: value for (kind, _), value in pull(upgraded)[0].items() if kind == "play"}
    assert [told[n]["skipped"] for n in (1, 2, 3, 4)] == [None, False, True, None]


def test_learning_is_built_again_without_it(upgraded: TestClient) -> None:
    service = service_of(upgraded)
    upkeep(service)
    with service.database.begin() as db:
        # the song of which half was heard and which was liked, and the one that was skipped
        assert db.scalars(select(Play.id).where(Play.learned).order_by(Play.id)).all() == [2, 3]
        person = SqlStore(db).person("1")
        assert person is not None
        assert person.count == 2
        assert db.scalar(select(func.count()).select_from(LearnedStatistics)) == 2


def test_nothing_ticked_means_any(upgraded: TestClient) -> None:
    _sign_in(upgraded, "minsu")
    assert upgraded.get("/api/v1/preferences").json()["genres"] == {}
    answer = upgraded.post("/api/v1/recommendations", json={"emotion": "happiness"}).json()
    assert answer["motive"] != "genre"
    assert "ticked" not in answer["reason"]
    assert "선택하신" not in answer["reason"]
    # the old contract keeps what it gave by itself
    upgraded.cookies.clear()
    assert upgraded.post("/member/login", json={"userId": "old", "userPw": "secret"}).json() == {"result": "success"}
    found = upgraded.get("/member/search").json()
    assert (found["anger"], found["fear"]) == ("1000000000", "0000000001")
    assert upgraded.get("/emotion/stat").json()["result"]["sadnessCount"] == 1


def test_an_old_client_goes_on(upgraded: TestClient) -> None:
    """What version 0.1.0 sends, with the consent that its sign-in gives."""
    _sign_in(upgraded, "minsu")
    _, cursor = pull(upgraded)
    body = {"emotion": "anger"}
    play = upgraded.post("/api/v1/recommendations", json=body).json()["play"]
    feedback = {"liked": None, "skipped": None, "played": 1, "banned": None, "valence": None, "arousal": None}
    assert upgraded.put(f"/api/v1/journal/plays/{play}/feedback", json=feedback).status_code == 204
    told = next(value for (kind, _), value in pull(upgraded, cursor)[0].items() if kind == "play")
    assert (told["seconds"], told["ended"], told["skipped"]) == (None, None, None)
