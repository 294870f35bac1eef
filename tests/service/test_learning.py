"""What songs teach the service: kept in its database, added to by several servers, rebuilt from the log, forgotten."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest
from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from feeling_manager.music.recommender.feedback import RewardWeights
from feeling_manager.service.db import Database
from feeling_manager.service.migrate import _config, migrate
from feeling_manager.service.models import Choice, LearnedStatistics, Play, SongRow
from feeling_manager.service.songs import log
from feeling_manager.service.songs.training import train
from tests.service.conftest import PASSWORD, Make, add_songs, register, service_of

LIKED = {"liked": True, "played": 1.0}
Learned = dict[tuple[str, str], tuple[int, npt.NDArray[np.float64]]]


def listen(client: TestClient, feedback: Mapping[str, object], emotion: str = "happiness") -> int:
    """One song and what came of it; the number of the play."""
    given = client.post("/api/v1/recommendations", json={"emotion": emotion})
    assert given.status_code == 201, given.text
    number: int = given.json()["play"]
    answer = client.put(f"/api/v1/journal/plays/{number}/feedback", json=feedback)
    assert answer.status_code == 204, answer.text
    return number


def learned(database: Database) -> Learned:
    """Count and sums of every person and group that has any."""
    with database.begin(write=False) as db:
        rows = list(db.scalars(select(LearnedStatistics)))
    return {(row.scope, row.owner): (row.count, np.frombuffer(row.content, "<f8")) for row in rows if row.count}


def same(one: Learned, other: Learned) -> None:
    assert one.keys() == other.keys()
    for key, (count, content) in one.items():
        assert count == other[key][0]
        np.testing.assert_allclose(content, other[key][1], atol=1e-6)


def test_the_learning_policy_is_the_usual_one(client: TestClient) -> None:
    """From the first song on: a ticked genre is likelier than by chance, and the log has all that it takes."""
    add_songs(client, 40)
    register(client)
    client.put("/api/v1/preferences", json={"genres": {"sadness": [2]}, "goals": {"sadness": "lift"}})
    given = [client.post("/api/v1/recommendations", json={"emotion": "sadness"}).json() for _ in range(4)]
    assert {answer["policy"] for answer in given} == {"bandit-1/0"}
    first = [(given[0]["song"], given[0]["probability"])]
    first += [(other["song"], other["probability"]) for other in given[0]["alternatives"]]
    # four of the forty
    assert sum(chance for song, chance in first if song["genre"] == 2) > 0.4
    with service_of(client).database.begin(write=False) as db:
        plays = list(db.scalars(select(Play).order_by(Play.id)))
        assert db.scalar(select(Choice.play_id).where(Choice.play_id == plays[0].id))
    assert {play.goal for play in plays} == {"lift"}
    # one song further on the way with each
    assert [play.step for play in plays] == [0, 1, 2, 3]


def test_two_servers_add_up(any_url: str, make_client: Make) -> None:
    """Two servers on one database, four people at once, all of one group: nothing that was taught is lost."""
    servers = [make_client(any_url, repeat_after=0.0) for _ in range(2)]
    add_songs(servers[0], 12)
    people = []
    for number, server in enumerate(servers):
        # the framework builds its routes at the first request, and is not made for two at once
        warm = TestClient(server.app, raise_server_exceptions=False)
        register(warm, f"warm{number}", language="en")
        listen(warm, LIKED)
    for number in range(4):
        person = TestClient(servers[number % 2].app, raise_server_exceptions=False)
        register(person, f"person{number}")
        people.append(person)

    def live(person: TestClient) -> None:
        for turn in range(6):
            listen(person, {"liked": turn % 2 == 0, "played": 0.5})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(live, people))
    database = service_of(servers[0]).database
    found = learned(database)
    assert sorted(count for (scope, _), (count, _) in found.items() if scope == "person") == [1, 1, 6, 6, 6, 6]
    assert found["group", "ko"][0] == 24
    # and it is what the log says, so the one command changes nothing
    assert train(database, RewardWeights()).rewards == 26
    same(learned(database), found)


def test_training_while_people_listen(any_url: str, make_client: Make) -> None:
    client = make_client(any_url, repeat_after=0.0)
    add_songs(client, 5)
    register(client)
    listen(client, LIKED)
    database = service_of(client).database
    with ThreadPoolExecutor(2) as pool:
        songs = pool.submit(lambda: [listen(client, LIKED) for _ in range(8)])
        trained = [pool.submit(train, database, RewardWeights()).result() for _ in range(3)]
        songs.result()
    assert trained[-1].people == 1
    found = learned(database)
    assert found["group", "ko"][0] == 9
    train(database, RewardWeights())
    same(learned(database), found)


def test_what_is_known_later_takes_the_place_of_what_was(any_url: str, make_client: Make) -> None:
    client = make_client(any_url)
    add_songs(client)
    register(client)
    number = listen(client, {"played": 0.2})
    database = service_of(client).database
    client.put(f"/api/v1/journal/plays/{number}/feedback", json={"liked": True})
    client.put(f"/api/v1/journal/plays/{number}/feedback", json={"banned": True})
    found = learned(database)
    assert {count for count, _ in found.values()} == {1}
    train(database, RewardWeights())
    same(learned(database), found)


def test_a_ban_that_is_taken_back_is_unlearned(any_url: str, make_client: Make) -> None:
    client = make_client(any_url)
    add_songs(client)
    register(client)
    number = listen(client, {"played": 0.8})
    database = service_of(client).database
    before = learned(database)
    client.put(f"/api/v1/journal/plays/{number}/feedback", json={"banned": True})
    assert not np.allclose(learned(database)["group", "ko"][1], before["group", "ko"][1])
    song = client.get("/api/v1/bans").json()["songs"][0]["id"]
    assert client.delete(f"/api/v1/bans/{song}").status_code == 204
    same(learned(database), before)
    train(database, RewardWeights())
    same(learned(database), before)


def test_who_leaves_takes_everything_along(any_url: str, make_client: Make) -> None:
    client = make_client(any_url, repeat_after=0.0)
    add_songs(client, 4)
    other = TestClient(client.app, raise_server_exceptions=False)
    register(other, "other")
    listen(other, LIKED)
    database = service_of(client).database
    before = learned(database)
    with database.begin(write=False) as db:
        songs = {row.id: (row.plays, row.likes, row.measured, row.cell) for row in db.scalars(select(SongRow))}
    register(client)
    client.put("/api/v1/consents/measuring", json={"version": "1"})
    for _ in range(5):
        listen(client, LIKED | {"valence": 0.4, "arousal": -0.2})
    assert learned(database)["group", "ko"][0] == 6
    assert client.post("/api/v1/account/deletion", json={"password": PASSWORD}).status_code == 204
    same(learned(database), before)
    with database.begin(write=False) as db:
        assert songs == {row.id: (row.plays, row.likes, row.measured, row.cell) for row in db.scalars(select(SongRow))}
        assert len(list(db.scalars(select(Choice.play_id)))) == 1


def test_faces_are_kept_with_consent_only_and_move_a_song(client: TestClient) -> None:
    add_songs(client, 1)
    register(client)
    shown = {"valence": 0.9, "arousal": 0.9}
    number = listen(client, shown | {"played": 1.0}, "neutral")
    database = service_of(client).database

    def song() -> SongRow:
        with database.begin(write=False) as db:
            return db.scalars(select(SongRow)).one()

    unmoved = song()
    assert (unmoved.measured, unmoved.felt_valence) == (0, 0.0)
    client.put("/api/v1/consents/measuring", json={"version": "1"})
    path = f"/api/v1/journal/plays/{number}/feedback"
    assert client.put(path, json=shown).status_code == 204
    moved = song()
    assert moved.measured == 1
    assert moved.felt_valence > 0.5
    assert moved.cell != unmoved.cell
    # a face that was read wrongly says nothing of the song
    assert client.put(path, json={"corrected": "anger"}).status_code == 204
    assert song().measured == 0
    assert song().cell == unmoved.cell


def test_the_log_is_what_was_chosen_from(client: TestClient) -> None:
    add_songs(client, 30)
    register(client)
    client.put("/api/v1/preferences", json={"genres": {"happiness": [3, 4]}})
    listen(client, LIKED)
    listen(client, {"skipped": True, "played": 0.1})
    with service_of(client).database.begin(write=False) as db:
        first, second = log.records(db, RewardWeights(), 10)
    assert first.reward == 1.0
    assert second.reward == pytest.approx(0.05)
    assert {c.song for c in first.candidates} - {c.song for c in second.candidates} == {first.song}
    assert len(first.candidates) == 30
    assert first.context.preferences == {3, 4}
    assert 0.0 < first.probability <= 1.0


def test_older_databases_keep_their_rows(any_url: str) -> None:
    """What the first version wrote is there after this one's tables came."""
    database = Database(any_url)
    with database.engine.connect() as connection:
        command.upgrade(_config(connection), "0001")
        connection.commit()
        for statement in (
            "INSERT INTO users (id, username, username_key, name, password_hash, zone, language, retention_days,"
            " created_at) VALUES (1, 'a', 'a', 'a', 'x', 'Asia/Seoul', 'ko', 730, 0)",
            "INSERT INTO songs (id, title, artist, genre, moods, source, words, added_at, plays, likes)"
            " VALUES ('s', 't', 'a', 1, '', '', '', 0, 1, 0)",
            "INSERT INTO plays (id, user_id, song_id, at, emotion, step, skipped, learned)"
            f" VALUES (1, 1, 's', 0, 1, 0, {'false' if database.kind == 'postgresql' else 0},"
            f" {'false' if database.kind == 'postgresql' else 0})",
        ):
            connection.execute(text(statement))
        connection.commit()
    assert migrate(database)
    with database.begin(write=False) as db:
        play = db.scalars(select(Play)).one()
        assert (play.banned, play.fed_at) == (False, None)
        assert db.scalars(select(SongRow)).one().measured == 0
    database.close()
