import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from feeling_manager.cli import db, user
from feeling_manager.service import local
from feeling_manager.service.db import Database
from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.logs import configure
from feeling_manager.service.operations import web_files
from tests.service.conftest import PASSWORD, Make, add_songs, database_for, register
from tests.service.databases import Server


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_the_database_goes_and_comes_back(kind: str, servers: Callable[[str], Any], make_client: Make) -> None:
    server: Server = servers(kind)
    client = make_client(server.new())
    add_songs(client, 1)
    register(client)
    server.stop()
    try:
        answer = client.get("/api/v1/account")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert client.get("/emotion/recommend/random").json() == {"result": "undefined error"}
        assert client.get("/emotion/stat").json() == {"result_f": "undefined error"}
        assert client.post("/member/login", json={"userId": "a", "userPw": "b"}).json() == {"result": "fail"}
    finally:
        server.start()
    assert client.get("/api/v1/account").json()["username"] == "minsu"
    assert client.get("/readyz").json() == {"status": "ok"}


def test_metrics(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, metrics_token="t0ken")
    client.get("/healthz")
    assert client.get("/metrics").status_code == 403
    text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).text
    assert 'feeling_requests_total{method="GET",route="/healthz",status="200"} 1.0' in text
    assert make_client(sqlite_url).get("/metrics").status_code == 403  # not from this machine


def test_the_log_is_a_file_a_day_with_request_ids(client: TestClient, tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    try:
        configure(tmp_path, days=3)
        answer = client.get("/api/v1/account", headers={"X-Request-ID": "abc-1"})
        assert answer.headers["x-request-id"] == "abc-1"
        lines = [json.loads(line) for line in (tmp_path / "service.log").read_text("utf-8").splitlines()]
        said = [(line["request_id"], line["route"], line["status"]) for line in lines if line["event"] == "answered"]
        assert said == [("abc-1", "/api/v1/account", 401)]
        file = root.handlers[1]
        assert isinstance(file, logging.handlers.TimedRotatingFileHandler)
        assert (file.when, file.backupCount) == ("MIDNIGHT", 3)
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = before, level
        structlog.reset_defaults()


def test_model_files(client: TestClient) -> None:
    listed = client.get("/models/manifest.json").json()["models"]
    assert {model["name"] for model in listed} >= {"detector"}
    first = client.get(f"/models/{listed[0]['sha256']}.onnx")
    assert len(first.content) == listed[0]["bytes"]
    assert "immutable" in first.headers["cache-control"]
    assert client.get(f"/models/{'0' * 64}.onnx").status_code == 404


def test_web_files(tmp_path: Path, make_client: Make, sqlite_url: str) -> None:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "dist" / "index.html").write_text("<p>app</p>")
    (tmp_path / "dist" / "assets" / "a.js").write_text("plain")
    (tmp_path / "dist" / "assets" / "a.js.br").write_bytes(b"packed")
    client = make_client(sqlite_url, web_dist=tmp_path / "dist")
    assert client.get("/").text == client.get("/journal").text == "<p>app</p>"
    assert client.get("/assets/a.js", headers={"Accept-Encoding": "gzip"}).text == "plain"
    assert client.get("/assets/a.js", headers={"Accept-Encoding": "br"}).headers["content-encoding"] == "br"
    assert client.get("/nothing.js").status_code == 404
    assert client.get("/..%2fsecret.txt").status_code == 404
    assert client.get("/api/v1/none").status_code == 404
    assert web_files(None).routes


def test_asset_links(make_client: Make, sqlite_url: str) -> None:
    assert make_client(sqlite_url).get("/.well-known/assetlinks.json").status_code == 404
    client = make_client(sqlite_url, android_package="org.example.app", android_fingerprints=("AA:BB",))
    assert client.get("/.well-known/assetlinks.json").json()[0]["target"]["package_name"] == "org.example.app"


@pytest.mark.parametrize("target", ["sqlite", "postgresql", "mysql"])
def test_backup_and_restore(
    target: str, any_client: TestClient, any_url: str, servers: Callable[[str], Any], tmp_path: Path, make_client: Make
) -> None:
    """From each kind into each kind."""
    add_songs(any_client, 12)
    register(any_client, email="é@example.org")
    any_client.post("/api/v1/recommendations", json={"emotion": "fear"})
    file, runner = tmp_path / "b.jsonl.gz", CliRunner()
    done = runner.invoke(db.app, ["backup", str(file), "--database-url", any_url])
    assert done.exit_code == 0, done.output
    new = servers(target).new()
    done = runner.invoke(db.app, ["restore", str(file), "--database-url", new])
    assert done.exit_code == 0, done.output
    again = runner.invoke(db.app, ["restore", str(file), "--database-url", new])
    assert isinstance(again.exception, ConfigurationError)
    client = make_client(new)
    answer = client.post("/api/v1/session", json={"username": "minsu", "password": PASSWORD})
    assert answer.json()["account"]["email"] == "é@example.org"
    plays, old = (c.get("/api/v1/journal/plays").json() for c in (client, any_client))
    assert plays == old
    register(client, "next")


def test_a_cut_backup_is_refused_whole(client: TestClient, sqlite_url: str, tmp_path: Path, servers: Any) -> None:
    add_songs(client, 2000)
    file = tmp_path / "b.jsonl.gz"
    CliRunner().invoke(db.app, ["backup", str(file), "--database-url", sqlite_url])
    file.write_bytes(file.read_bytes()[:-200])
    new = servers("sqlite").new()
    done = CliRunner().invoke(db.app, ["restore", str(file), "--database-url", new])
    assert isinstance(done.exception, ConfigurationError)
    assert make_empty(new)


def make_empty(url: str) -> bool:
    database = database_for(url)
    with database.engine.connect() as connection:
        count = connection.exec_driver_sql("SELECT COUNT(*) FROM songs").scalar()
    database.close()
    return count == 0


def test_db_migrate_and_check(any_url: str) -> None:
    runner = CliRunner()
    assert isinstance(runner.invoke(db.app, ["check", "--database-url", any_url]).exception, ConfigurationError)
    assert "migrated to" in runner.invoke(db.app, ["migrate", "--database-url", any_url]).output
    assert "fits" in runner.invoke(db.app, ["check", "--database-url", any_url]).output
    database = Database(any_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE songs ADD COLUMN extra INT")
    database.close()
    assert isinstance(runner.invoke(db.app, ["check", "--database-url", any_url]).exception, ConfigurationError)


def test_operators_handle_accounts(
    sqlite_url: str, make_client: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEELING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FEELING_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FEELING_ARGON2_MEMORY", "8")
    run = CliRunner()
    client = make_client(sqlite_url)
    assert len(run.invoke(user.app, ["create", "minsu", "--password", PASSWORD]).output.split()) == 10
    sign_in = {"username": "minsu", "password": PASSWORD}
    assert client.post("/api/v1/session", json=sign_in).status_code == 200
    assert run.invoke(user.app, ["disable", "minsu"]).exit_code == 0
    assert client.get("/api/v1/account").status_code == 401
    assert client.post("/api/v1/session", json=sign_in).status_code == 401
    assert "disabled" in run.invoke(user.app, ["list"]).output
    run.invoke(user.app, ["enable", "minsu"])
    run.invoke(user.app, ["reset-password", "minsu", "--password", "another word"])
    assert client.post("/api/v1/session", json=sign_in).status_code == 401
    assert client.post("/api/v1/session", json=sign_in | {"password": "another word"}).status_code == 200
    assert run.invoke(user.app, ["delete", "minsu", "--yes"]).exit_code == 0
    assert "There is no account" in str(run.invoke(user.app, ["delete", "minsu", "--yes"]).exception)


def test_the_next_free_port(tmp_path: Path) -> None:
    first = local.bind("127.0.0.1", None)
    second = local.bind("127.0.0.1", None)
    assert second.getsockname()[1] > first.getsockname()[1] >= 8000
    with pytest.raises(ConfigurationError, match="can't be used"):
        local.bind("127.0.0.1", first.getsockname()[1])
    first.close()
    second.close()


def test_the_certificate_fits_and_is_kept(tmp_path: Path) -> None:
    cert, key = local.certificate(tmp_path, "192.168.1.5")
    first = cert.read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    assert local.certificate(tmp_path, "192.168.1.5")[0].read_bytes() == first
    assert local.certificate(tmp_path, "192.168.1.6")[0].read_bytes() != first


def test_production_without_secrets_is_one_sentence(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "FEELING_DATA_DIR": str(tmp_path)}
    run = "from feeling_manager import cli; cli.COMMANDS = ('serve',); cli.main()"
    command = [sys.executable, "-c", run, "serve", "--production"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 12
    assert done.stderr.startswith("feeling: ")
    assert "FEELING_SECRET_KEY must be set" in done.stderr
    assert "Traceback" not in done.stderr
