"""The examples of the API's page are run as they stand."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from feeling_manager.service import errors
from feeling_manager.service.songs.service import NoSongNowError
from tests.conftest import ROOT
from tests.service.test_client import running

__all__ = ["running"]
PAGE = (ROOT / "docs" / "reference" / "api.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_examples_run(running: str, tmp_path: Path) -> None:
    from feeling_manager.music.starter import starter_songs
    from feeling_manager.service.db import Database
    from feeling_manager.service.songs.catalogue import SqlCatalogue

    # one account more than the fixture's
    examples = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).replace('"minsu"', '"yuna"')
    url = _database_of(running)
    SqlCatalogue(Database(url)).add_many(starter_songs()[:100])
    script = f"set -euo pipefail\nURL={running}\n{examples}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert '{"stored":1,"known":0,"expired":0}' in done.stdout
    export = json.loads((tmp_path / "export.json").read_text("utf-8"))
    assert export["spells"][0]["emotion"] == "surprise"
    assert export["plays"][0]["liked"] is True


def _database_of(address: str) -> str:
    from tests.service.test_client import URLS

    return URLS[address]


def test_every_code_is_listed() -> None:
    kinds: list[type[errors.ServiceError]] = [
        *errors.ServiceError.__subclasses__(),
        *errors.TakenError.__subclasses__(),
        *errors.ForbiddenError.__subclasses__(),
        *errors.InvalidError.__subclasses__(),
        *errors.GoneError.__subclasses__(),
        NoSongNowError,
    ]
    codes = {kind.code for kind in kinds if kind.__module__ != "feeling_manager.service.legacy.wire"}
    # the bases of others, never answers themselves
    assert not {code for code in codes - {"taken", "gone"} if f"`{code}`" not in PAGE}
