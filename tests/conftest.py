"""What all tests share."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from feeling_manager.types import Image

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def astronaut() -> Image:
    """NASA's portrait of Eileen Collins, public domain, 512x512 BGR: a smiling face that is always there."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])


def _shared(name: str) -> Path:
    folder = ROOT.parent / "shared" / name
    if not folder.is_dir():
        pytest.skip(f"no shared/{name} beside the project")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets beside the project; the test is skipped where there is none."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of test clips beside the project; the test is skipped where there is none."""
    return _shared("media")
