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


def test_an_exit_status_and_a_code_mean_one_thing() -> None:
    errors = reference.command_errors()
    assert len({error.code for error in errors}) == len(errors)
    for status in {error.exit_status for error in errors}:
        alike = [error for error in errors if error.exit_status == status]
        # the kinds of one error may share its status
        assert any(all(issubclass(error, general) for error in alike) for general in alike), alike
    assert {"configuration", "service_away"} <= {error.code for error in errors}
