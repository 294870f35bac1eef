"""What the pages share: how a template is found, and how figures are written."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment() -> Environment:
    """Templates of this folder, with everything escaped."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(percent=percent, thousands=lambda number: f"{number:,}")
    return found


def percent(share: float) -> str:
    """A share without false precision, but not 0 for what was there."""
    return "<1%" if 0 < share < 0.005 else f"{100 * share:.0f}%"
