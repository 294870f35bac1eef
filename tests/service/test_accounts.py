import base64
from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient

from tests.service.conftest import PASSWORD, Make, register, service_of


def test_a_life(any_client: TestClient) -> None:
    client = any_client
    registered = register(client, email="minsu@example.org", name="김민수")
    assert len(registered["recovery_codes"]) == 10
    assert client.get("/api/v1/account").json()["name"] == "김민수"
    changed = client.patch("/api/v1/account", json={"name": "Min-su", "email": None})
    assert changed.json()["name"] == "Min-su"
    assert changed.json()["email"] is None
    assert client.delete("/api/v1/session").status_code == 204
    assert client.get("/api/v1/account").status_code == 401

    body = {"username": "MINSU", "password": PASSWORD, "device": "phone"}
    assert client.post("/api/v1/session", json=body).status_code == 200
    assert [device["device"] for device in client.get("/api/v1/sessions").json()] == ["phone"]

    genres = {"genres": {"anger": [1, 6], "happiness": []}}
    assert client.put("/api/v1/preferences", json=genres).json()["genres"]["anger"] == [1, 6]
    assert "happiness" not in client.get("/api/v1/preferences").json()["genres"]

    assert client.put("/api/v1/consents/camera", json={"version": "1"}).status_code == 200
    assert client.delete("/api/v1/consents/camera").json() == {"spells": 0, "measurements": 0}
    assert client.get("/api/v1/consents").json()[1]["withdrawn_at"] is not None

    assert client.post("/api/v1/account/deletion", json={"password": "wrong"}).status_code == 401
    assert client.post("/api/v1/account/deletion", json={"password": PASSWORD}).status_code == 204
    assert client.get("/api/v1/account").status_code == 401
    register(client)


def test_a_password_change_signs_other_devices_out(client: TestClient) -> None:
    register(client)
    token = client.post("/api/v1/session", json={"username": "minsu", "password": PASSWORD, "bearer": True}).json()
    other = {"Authorization": f"Bearer {token['token']}"}
    client.cookies.clear()
    assert client.get("/api/v1/account", headers=other).status_code == 200
    register(client, "other")
    client.cookies.clear()
    assert client.post("/api/v1/session", json={"username": "minsu", "password": PASSWORD}).status_code == 200
    body = {"password": PASSWORD, "new_password": "something else"}
    assert client.put("/api/v1/account/password", json=body).status_code == 204
    assert client.get("/api/v1/account").status_code == 200
    client.cookies.clear()
    assert client.get("/api/v1/account", headers=other).status_code == 401


def test_a_device_is_revoked(client: TestClient) -> None:
    register(client)
    devices = client.get("/api/v1/sessions").json()
    assert client.delete(f"/api/v1/sessions/{devices[0]['id'] + 1}").status_code == 404
    assert client.delete(f"/api/v1/sessions/{devices[0]['id']}").status_code == 204
    assert client.get("/api/v1/account").status_code == 401


def test_a_recovery_code_works_once(any_client: TestClient) -> None:
    registered = register(any_client)
    code, key = registered["recovery_codes"][3], registered["device_key"]
    assert len(base64.b64decode(key)) == 32
    any_client.cookies.clear()
    assert register(any_client, "other")["device_key"] != key
    any_client.cookies.clear()
    body = {"code": code.lower().replace("-", " "), "new_password": "brand new one"}
    # the code says whose it is
    recovered = any_client.post("/api/v1/account/recovery", json=body).json()
    assert recovered == {"username": "minsu", "device_key": key}
    assert any_client.post("/api/v1/account/recovery", json=body).status_code == 401
    assert any_client.post("/api/v1/session", json={"username": "other", "password": PASSWORD}).status_code == 200
    answer = any_client.post("/api/v1/session", json={"username": "minsu", "password": "brand new one"})
    assert answer.json()["account"]["recovery_codes_left"] == 9


def test_one_recovery_code_twice_at_once(any_client: TestClient) -> None:
    code = register(any_client)["recovery_codes"][0]
    any_client.cookies.clear()

    def attempt(number: int) -> int:
        body = {"code": code, "new_password": f"brand new {number}"}
        return any_client.post("/api/v1/account/recovery", json=body).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == [200, 401, 401]


def test_one_id_twice_at_once(any_client: TestClient) -> None:
    def attempt(number: int) -> tuple[int, str]:
        body = {"username": "Minsu" if number % 2 else "minsu", "password": PASSWORD, "name": str(number)}
        answer = any_client.post("/api/v1/account", json=body)
        return answer.status_code, answer.json().get("code", "")

    with ThreadPoolExecutor(6) as pool:
        found = sorted(pool.map(attempt, range(6)))
    assert found == [(201, "")] + [(409, "username_taken")] * 5


def test_no_secret_lies_in_the_database(client: TestClient, make_client: Make) -> None:
    registered = register(client)
    token = client.cookies["session"]
    service = service_of(client)
    with service.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for secret in (PASSWORD, token, registered["recovery_codes"][0]):
        assert secret not in dump
    assert "$argon2id$" in dump
