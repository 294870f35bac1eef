"""`python -m feeling_manager.service.openapi` prints the API's description, as contracts/openapi.json holds it."""

import json
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from feeling_manager.service.app import create_app
from feeling_manager.service.settings import Settings


def document() -> str:
    """The OpenAPI document, the same on every machine."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=SecretStr(f"sqlite:///{Path(folder) / 'x.db'}"),
            secret_key=SecretStr("x" * 32),
            argon2_memory=8,
        )
        return json.dumps(create_app(settings).openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
