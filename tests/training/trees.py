"""Small data sets in every layout, made of `ferplus.py`'s patterns."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from feeling_manager.labels import EMOTIONS
from feeling_manager.types import Image
from tests.training.ferplus import pattern

AIHUB = ("중립", "기쁨", "당황", "슬픔", "분노")


def picture(emotion: int, side: int = 48, *, colour: bool = False) -> Image:
    image = cv2.resize(pattern(emotion), (side, side))
    return np.dstack([image] * 3) if colour else image  # type: ignore[return-value]


def save(path: Path, image: Image) -> None:
    """Unlike cv2.imwrite, at any path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def write_folders(folder: Path, names: Sequence[str], *, each: int = 4, side: int = 60) -> Path:
    """`each` pictures in a folder of each name, the names in the order of `EMOTIONS`; odd ones in colour."""
    for emotion, name in enumerate(names):
        for number in range(each):
            save(folder / name / f"{number}.png", picture(emotion, side + number, colour=bool(number % 2)))
    return folder


def write_table(folder: Path, *, each: int = 2) -> Path:
    rows = []
    for emotion in EMOTIONS:
        for number in range(each):
            name = f"pictures/{emotion.name}-{number}.png"
            save(folder / name, picture(emotion.index))
            rows.append([name, emotion.name])
    _write_csv(folder / "labels.csv", [["image", "emotion"], *rows])
    return folder


def write_fer2013(folder: Path, *, each: int = 2) -> Path:
    """The two tables; the usage changes from row to row."""
    usages = ("Training", "PublicTest", "PrivateTest")
    pixels: list[list[object]] = [["emotion", "pixels", "Usage"]]
    votes: list[list[object]] = [["Usage", "Image name", *(e.name for e in EMOTIONS), "unknown", "NF"]]
    for number in range(8 * each * len(usages)):
        emotion, usage = number % 8, usages[number // 8 % 3]
        pixels.append([0, " ".join(map(str, picture(emotion).ravel())), usage])
        votes.append([usage, f"fer{number:07}.png", *(8 if i == emotion else 0 for i in range(10))])
    folder.mkdir(parents=True)
    _write_csv(folder / "fer2013.csv", pixels)
    _write_csv(folder / "fer2013new.csv", votes)
    return folder


def aihub_entry(name: str, meant: str, seen: Sequence[str], box: tuple[int, int, int, int]) -> dict[str, object]:
    left, top, right, bottom = box
    boxes = {"minX": left, "minY": top, "maxX": right, "maxY": bottom}
    return {
        "filename": name,
        "gender": "여",
        "age": 20,
        "isProf": "일반인",
        "faceExp_uploader": meant,
        "bg_uploader": "실외",
    } | {
        f"annot_{letter}": {"boxes": boxes, "faceExp": word, "bg": "실외"}
        for letter, word in zip("ABC", seen, strict=True)
    }


def write_aihub(folder: Path, *, encoding: str = "utf-8") -> Path:
    """Both splits of five emotions: three photos of each, the face in a corner, annotators mostly agreeing."""
    for split, tail, listing in (("Training", "TRAIN", "training"), ("Validation", "VALID", "validation")):
        for emotion, word in enumerate(AIHUB):
            entries = []
            for number in range(3):
                name = f"{number:02}ab_여_20_{word}_실외.jpg"
                photo = np.full((90, 160), 30, np.uint8)
                photo[20:68, 100:148] = picture(emotion)
                save(folder / split / f"[원천]EMOIMG_{word}_{tail}_01" / name, photo)
                seen = (word, word, word if number else "알수없음")
                entries.append(aihub_entry(name, word, seen, (106, 20, 142, 68)))
            path = folder / split / f"[라벨]EMOIMG_{word}_{tail}" / f"img_emotion_{listing}_data({word}).json"
            path.parent.mkdir(parents=True)
            path.write_bytes(json.dumps(entries, ensure_ascii=False).encode(encoding))
    return folder


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
