"""Commands are run as a user runs them: in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Feeling = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def feeling(tmp_path: Path) -> Feeling:
    """Runs `feeling` with arguments in an empty folder; FEELING_DEBUG is off, so that errors are sentences."""

    def run(*arguments: str | Path, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        variables = {name: value for name, value in os.environ.items() if name != "FEELING_DEBUG"}
        return subprocess.run(
            [sys.executable, "-m", "feeling_manager", *map(str, arguments)],
            cwd=tmp_path,
            env=variables | {"COLUMNS": "120", "NO_COLOR": "1"} | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
