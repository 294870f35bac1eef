"""The committed contracts are what the code does now; run `make contracts` after a change that is meant."""

import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from tests.golden.cases import FILES, Case
from tests.golden.make import CONTRACTS

TOLERANCE = {"golden/crops.json": 0.01, "golden/boxes.json": 0.02}
"""What another processor may differ by; everything else is the same to the last written place."""


@pytest.mark.parametrize(("name", "make"), FILES.items(), ids=FILES)
def test_contract_is_not_stale(name: str, make: Callable[[], Case]) -> None:
    content, pictures = make()
    written = json.loads((CONTRACTS / name).read_text("utf-8"))
    _same(written, json.loads(json.dumps(content)), TOLERANCE.get(name, 1e-4), name)
    for picture, image in pictures.items():
        stored = cv2.imread(str(CONTRACTS / "golden" / picture), cv2.IMREAD_UNCHANGED)
        assert stored is not None, picture
        assert np.abs(stored.astype(int) - image.astype(int)).max() <= 1, picture


def test_no_file_is_left_over() -> None:
    made = {picture for make in FILES.values() for picture in make()[1]}
    made |= {name.removeprefix("golden/") for name in FILES}
    assert {path.name for path in (CONTRACTS / "golden").iterdir()} <= made


def _same(one: Any, other: Any, tolerance: float, where: str) -> None:
    assert type(one) is type(other) or {type(one), type(other)} <= {int, float}, where
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            _same(one[key], other[key], tolerance, f"{where}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for index, (a, b) in enumerate(zip(one, other, strict=True)):
            _same(a, b, tolerance, f"{where}[{index}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=tolerance), where
    else:
        assert one == other, where
