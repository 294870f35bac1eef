"""The reference pages are what the code says; run `python scripts/reference.py` after a change."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_SPEC = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
assert _SPEC is not None
assert _SPEC.loader is not None
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)


@pytest.mark.parametrize("page", reference.PAGES)
def test_page_is_not_stale(page: str) -> None:
    assert (ROOT / page).read_text("utf-8") == reference.PAGES[page]()


def test_every_option_is_explained() -> None:
    rows = [line for line in reference.cli().splitlines() if line.startswith("| `-")]
    assert rows
    unexplained = [row for row in rows if row.split("|")[2].strip() == ""]
    assert unexplained == []
