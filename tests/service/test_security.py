import time
from statistics import median

import pytest
from fastapi.testclient import TestClient

from feeling_manager.service.errors import ConfigurationError
from feeling_manager.service.security import Keys, Limiter, Passwords
from feeling_manager.service.settings import load, secret
from tests.service.conftest import PASSWORD, Make, register, service_of


def test_an_unknown_id_gets_the_same_words_and_time(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, argon2_memory=19456, argon2_time=3, sign_in_tries=1000)
    register(client)

    def attempt(username: str) -> tuple[str, float]:
        # the processor's time, which whatever else the machine does leaves as it is
        began = time.process_time()
        answer = client.post("/api/v1/session", json={"username": username, "password": "wrong one"})
        took = time.process_time() - began
        assert answer.status_code == 401
        return str(answer.json()["detail"]), took

    known, unknown = zip(*((attempt("minsu"), attempt("nobody")) for _ in range(7)), strict=True)
    assert {words for words, _ in known} == {words for words, _ in unknown}
    ratio = median(t for _, t in known) / median(t for _, t in unknown)
    assert 0.6 < ratio < 1.6


def test_limits_do_not_lock_the_owner_out(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, sign_in_tries=3)
    register(client)
    owner = {"Cookie": f"feeling_device={client.cookies['feeling_device']}"}
    client.cookies.clear()
    wrong, right = ({"username": "minsu", "password": word} for word in ("wrong", PASSWORD))
    assert [client.post("/api/v1/session", json=wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    refused = client.post("/api/v1/session", json=right)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert client.post("/api/v1/session", json=right, headers=owner).status_code == 200


def test_addresses_are_limited(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, address_tries=2, registrations=1)
    register(client)
    body = {"username": "second", "password": PASSWORD}
    assert client.post("/api/v1/account", json=body).status_code == 429
    statuses = [client.post("/api/v1/session", json=body).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_the_limiter_holds_a_bounded_number() -> None:
    limiter = Limiter(most=100)
    for number in range(1000):
        limiter.count(str(number), 60)
    assert len(limiter._counts) == 100
    assert limiter.wait("999", 1, 60) > 0
    assert limiter.wait("0", 1, 60) == 0


def test_cookies_and_headers(make_client: Make, sqlite_url: str) -> None:
    plain = make_client(sqlite_url)
    body = {"username": "a", "password": PASSWORD}
    cookie = plain.post("/api/v1/account", json=body).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    tls = make_client(sqlite_url, base="https://testserver")
    answer = tls.post("/api/v1/session", json=body)
    assert answer.headers["set-cookie"].count("Secure") == 2
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.headers["cache-control"] == "no-store"
    page = plain.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in page.headers


def test_foreign_pages_are_refused(client: TestClient) -> None:
    register(client)
    foreign = {"Origin": "https://evil.example.org"}
    body = {"username": "minsu", "password": PASSWORD}
    assert client.post("/api/v1/session", json=body, headers=foreign).status_code == 403
    assert client.patch("/api/v1/account", json={"name": "x"}, headers=foreign).status_code == 403
    assert client.get("/api/v1/account", headers=foreign).status_code == 401
    assert client.patch("/api/v1/account", json={"name": "x"}, headers={"Origin": "http://testserver"}).is_success
    token = client.post("/api/v1/session", json=body | {"bearer": True}).json()["token"]
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/account", headers=foreign | bearer).is_success


def test_sizes(make_client: Make, sqlite_url: str) -> None:
    client = make_client(sqlite_url, max_body=2000)
    said = client.post("/api/v1/account", content=b"x" * 3000)
    assert (said.status_code, said.json()["code"]) == (413, "too_large")

    def chunks() -> object:
        for _ in range(30):
            yield b"x" * 100

    assert client.post("/api/v1/account", content=chunks()).status_code == 413  # type: ignore[arg-type]


def test_an_unexpected_error_tells_and_logs_nothing_private(
    client: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    register(client)
    with service_of(client).database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE consents")
        connection.exec_driver_sql("CREATE TABLE consents (id INTEGER PRIMARY KEY, user_id INT NOT NULL CHECK (0))")
    answer = client.put("/api/v1/consents/camera", json={"version": "private-words"})
    assert answer.status_code in (500, 503)
    assert "Traceback" not in answer.text
    assert "consents" not in answer.text
    assert "private-words" not in "".join(capfd.readouterr())


def test_what_should_not_happen_is_a_problem_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    register(client)

    def fail(*rest: object) -> None:
        raise KeyError("private-words")

    monkeypatch.setattr("feeling_manager.service.accounts.service.describe", fail)
    answer = client.get("/api/v1/account")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "content-security-policy" in answer.headers
    printed = "".join(capfd.readouterr())
    assert "KeyError" in printed
    assert "private-words" not in printed


def test_old_hashes_are_wrapped_and_replaced() -> None:
    passwords = Passwords(memory=8, time_cost=1)
    stored = passwords.hash_sha1("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8")  # of "password"
    assert "5baa61e4" not in stored
    right, better = passwords.verify("password", stored)
    assert right
    assert better is not None
    assert better.startswith("$argon2id$")
    assert passwords.verify("password", better) == (True, None)
    assert passwords.verify("Password", stored) == (False, None)
    assert not passwords.verify("x", passwords.hash("\ud800"))[0]


def test_hashes_depend_on_the_secret() -> None:
    assert Keys(b"a").hash("session", "t") != Keys(b"b").hash("session", "t")


def test_production_wants_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEELING_ENVIRONMENT", "production")
    with pytest.raises(ConfigurationError, match="FEELING_SECRET_KEY must be set"):
        load()
    monkeypatch.setenv("FEELING_SECRET_KEY", "short")
    with pytest.raises(ConfigurationError, match=r"FEELING_DATABASE_URL must be set|32 characters"):
        load()
    monkeypatch.setenv("FEELING_DATABASE_URL", "postgresql://u:p@h/d")
    monkeypatch.setenv("FEELING_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("FEELING_ALLOWED_ORIGINS", "https://a.example, https://b.example/")
    assert load().allowed_origins == ("https://a.example", "https://b.example")
    monkeypatch.setenv("FEELING_ZONE", "Mars/Base")
    with pytest.raises(ConfigurationError, match="FEELING_ZONE"):
        load()


def test_the_local_secret_is_kept_and_private(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("FEELING_DATA_DIR", str(tmp_path))
    assert secret(load()) == secret(load())
    from pathlib import Path

    assert Path(str(tmp_path), "secret.key").stat().st_mode & 0o077 == 0
