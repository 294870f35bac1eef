"""What each number may be that people give: the one place that says so, for the command line and for Python."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from feeling_manager.errors import UsageError


class Range(NamedTuple):
    """Both ends are allowed; None is no end."""

    least: float | None
    most: float | None
    unit: str = ""


RANGES: Mapping[str, Range] = {
    "threshold": Range(0.01, 0.99),
    "detection_side": Range(64, 4096, "pixels"),
    "every": Range(1, 1_000_000, "frames"),
    "start": Range(0, 1e9, "s"),
    "end": Range(0, 1e9, "s"),
    "seconds": Range(0, 1e9, "s"),
    "cooldown": Range(0, 1e6, "s"),
    "fps": Range(0.01, 1000, "frames a second"),
    "jobs": Range(1, 256, "files"),
    "probability": Range(0, 1),
    "memory": Range(0, 1e9, "s"),
    "reach": Range(0, 100, "face sizes"),
    "reach_growth": Range(0, 100, "face sizes a second"),
    "smoothing": Range(0, 1e9, "s"),
    "margin": Range(0, 1),
    "bar": Range(0, 1),
    "hold": Range(0, 1e9, "s"),
    "most": Range(1, 100_000, "tracks"),
}
"""By the name of the option, the argument or the field."""


def check(name: str, value: float | None, shown: str | None = None) -> None:
    """Sees that a number is one that `RANGES` allows; None is.

    Args:
        name: Of the range.
        value: What was given.
        shown: What the sentence calls it, by default the name.

    Raises:
        UsageError: The number lies outside, or is none.
    """
    if value is None:
        return
    least, most, unit = RANGES[name]
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        unit = f" {unit}" if unit else ""
        raise UsageError(f"{shown or name} can't be {value:g}: it lies between {least:g} and {most:g}{unit}.")
