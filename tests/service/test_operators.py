"""What those who run the service see of how songs are chosen: the commands on its database, and the page."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from feeling_manager.cli.recommend import app
from feeling_manager.service.errors import ConfigurationError
from tests.service.conftest import Make, add_songs, register
from tests.service.test_learning import listen


@pytest.fixture
def url(any_url: str, make_client: Make) -> str:
    """A database of a service in which one person has listened to a few songs."""
    client = make_client(any_url, repeat_after=0.0)
    add_songs(client, 12)
    register(client, "minsu")
    client.put("/api/v1/preferences", json={"genres": {"sadness": [2]}, "goals": {"sadness": "lift"}})
    for turn in range(8):
        listen(client, {"liked": turn % 2 == 0, "played": 1.0}, "sadness" if turn % 3 else "fear")
    return any_url


def run(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands_work_on_the_services_database(url: str, tmp_path: Path) -> None:
    there = ("--database-url", url)
    assert "8 rewards of 1 people" in run("train", *there)

    found = json.loads(run("evaluate", *there, "--json"))
    assert (found["learned"], found["judged"]) == (4, 4)
    assert [row["policy"].split("-")[0] for row in found["policies"]] == ["random", "genre", "popular", "bandit"]
    for row in found["policies"]:
        assert {"replay", "ips", "snips", "doubly_robust"} <= row.keys()
        assert row["snips"]["low"] <= row["snips"]["value"] <= row["snips"]["high"]

    known = json.loads(run("explain", "minsu", *there, "--json"))
    assert (known["plays"], known["fed"], known["rewards"]) == (8, 8, 8)
    assert known["goals"] == {"sadness": "lift"}
    assert len(known["given"]) == len(known["beliefs"]) == 8
    english, korean = run("explain", "minsu", *there), run("explain", "minsu", *there, "--lang", "ko")
    assert "8 songs given, 8 with feedback" in english
    assert "than for others" in english
    assert "다른 사람들보다" in korean
    assert "선택한 장르: " in korean

    page = tmp_path / "page.html"
    run("report", *there, "--out", str(page), "--lang", "ko")
    assert "정책별 예상 보상" in page.read_text("utf-8")


def test_nobody_of_that_name_is_one_sentence(url: str) -> None:
    from feeling_manager.music.recommender.errors import RecommenderError

    with pytest.raises(RecommenderError, match="Nobody has the id nobody"):
        CliRunner().invoke(app, ["explain", "nobody", "--database-url", url], catch_exceptions=False)


def test_a_database_without_tables_is_one_sentence(sqlite_url: str) -> None:
    for words in (["train"], ["evaluate"], ["report"], ["explain", "a"]):
        with pytest.raises(ConfigurationError, match="migrate"):
            CliRunner().invoke(app, [*words, "--database-url", sqlite_url], catch_exceptions=False)


def test_a_log_without_feedback_has_a_page_too(client: TestClient) -> None:
    operator = TestClient(client.app, client=("127.0.0.1", 1))
    answer = operator.get("/operators/songs")
    assert answer.status_code == 200
    assert "No song was chosen yet." in answer.text


def test_the_page_is_for_operators_only(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, metrics_token="t" * 20)
    add_songs(client, 12)
    register(client)
    for turn in range(6):
        listen(client, {"liked": turn % 2 == 0})
    assert client.get("/operators/songs").status_code == 403
    assert client.get("/operators/songs", headers={"Authorization": "Bearer wrong"}).status_code == 403
    answer = client.get("/operators/songs?lang=ko", headers={"Authorization": "Bearer " + "t" * 20})
    assert answer.status_code == 200
    assert 'lang="ko"' in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    # without a token: this machine, and no other
    local = make_client(sqlite_url)
    assert local.get("/operators/songs").status_code == 403
    assert TestClient(local.app, client=("127.0.0.1", 1)).get("/operators/songs").status_code == 200
