"""A small data set in FER+'s layout: eight patterns, one for each emotion, with votes."""

import csv
import tarfile
from pathlib import Path

import cv2
import numpy as np

from feeling_manager.types import Image


def pattern(emotion: int) -> Image:
    """Waves whose number and direction tell the emotion, 48×48."""
    rows, columns = np.indices((48, 48)) / 47
    waves = np.sin((emotion % 4 + 1) * np.pi * (rows if emotion < 4 else columns) * 2) * 80 + 128
    return waves.astype(np.uint8)


def write_ferplus(folder: Path, *, train: int = 160, valid: int = 48) -> Path:
    """`FER2013Train` and `FER2013Valid` with that many pictures each; the pattern tells the emotion."""
    rng = np.random.default_rng(5)
    for name, number in (("FER2013Train", train), ("FER2013Valid", valid)):
        (folder / name).mkdir(parents=True)
        lines = []
        for index in range(number):
            emotion = index % 8
            image = pattern(emotion) + rng.normal(0, 12, (48, 48))
            cv2.imwrite(str(folder / name / f"fer{index:07}.png"), image.clip(0, 255).astype(np.uint8))
            votes = [0] * 10
            votes[emotion] = 8
            votes[(emotion + 1) % 8] = 2
            lines.append([f"fer{index:07}.png", "(0, 0, 48, 48)", *votes])
        with (folder / name / "label.csv").open("w", newline="") as file:
            csv.writer(file).writerows(lines)
    return folder


def pack(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as tar:
        for item in sorted(folder.iterdir()):
            tar.add(item, item.name)
    return archive
