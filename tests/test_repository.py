"""What holds for the repository as a whole."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REGISTRIES = re.compile(
    "|".join(("pypi" r"\.org", "python" r"hosted", "npm" r"js\.", "deb" r"\.debian", "registry" r"\.yarnpkg"))
)


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.skip("not a Git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_file_names_a_package_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if path != Path(__file__) and REGISTRIES.search(text):
            found.append(path.name)
    assert found == []


def test_locks_are_hashed() -> None:
    for name in ("run", "dev"):
        lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
        packages = [line for line in lines if "==" in line]
        assert packages
        assert all(line.endswith("\\") for line in packages)


def test_no_large_file_is_tracked() -> None:
    assert [path.name for path in tracked() if path.exists() and path.stat().st_size > 5_000_000] == []
