"""The description of the API, and that the service keeps to it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from feeling_manager.service.app import create_app
from feeling_manager.service.openapi import document
from tests.conftest import ROOT
from tests.service.conftest import PASSWORD, add_songs, database_for, register, settings_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_the_committed_description_is_the_present_one() -> None:
    committed = (ROOT / "contracts" / "openapi.json").read_text("utf-8")
    assert committed == document(), "run: python -m feeling_manager.service.openapi > contracts/openapi.json"


FOLDER = tempfile.TemporaryDirectory()
URL = f"sqlite:///{FOLDER.name}/contract.db"
APP = create_app(settings_for(URL))
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP)


@pytest.fixture(scope="module")
def filled() -> Iterator[TestClient]:
    """A service with some songs and an account."""
    database_for(URL).close()
    with TestClient(APP, raise_server_exceptions=False) as client:
        add_songs(client, 20)
        register(client)
        yield client
    FOLDER.cleanup()


@pytest.fixture
def bearer(filled: TestClient) -> dict[str, str]:
    """Signed in anew for each operation: some of them sign out."""
    body = {"username": "minsu", "password": PASSWORD, "bearer": True}
    return {"Authorization": f"Bearer {filled.post('/api/v1/session', json=body).json()['token']}"}


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_undocumented_answer(case: Any, bearer: dict[str, str]) -> None:
    """No 5xx, no answer that the description does not name, each of the described shape."""
    case.call_and_validate(headers=bearer, checks=CHECKS)


def test_every_answer_of_a_refusal_is_a_problem(client: TestClient) -> None:
    for answer in (client.get("/api/v1/account"), client.get("/api/v1/nothing"), client.put("/api/v1/account")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.json()["status"] == answer.status_code


def test_settings_are_documented() -> None:
    from feeling_manager.service.settings import Settings

    text = Path(ROOT / "docs" / "how-to" / "service.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"`FEELING_{name.upper()}`" not in text]
    assert not missing
