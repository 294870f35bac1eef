"""Every layout comes to the same faces and votes."""

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from feeling_manager.errors import DatasetError
from feeling_manager.labels import BY_NAME, EMOTIONS, NAMES
from feeling_manager.training.datasets import Faces, distributions, majority, open_dataset, summary
from tests.training.ferplus import pack
from tests.training.trees import (
    AIHUB,
    aihub_entry,
    picture,
    save,
    write_aihub,
    write_fer2013,
    write_folders,
    write_table,
)

FER = [emotion.fer or emotion.name for emotion in EMOTIONS]
KOREAN = [emotion.korean for emotion in EMOTIONS]


def check(faces: Faces) -> None:
    """Each face is the pattern of its label."""
    for image, label in zip(faces.images, majority(faces.votes), strict=True):
        assert cv2.norm(image, picture(int(label)), cv2.NORM_L1) / image.size < 12


@pytest.mark.parametrize("names", [NAMES, FER, KOREAN, [name.upper() for name in NAMES]])
def test_one_folder_per_emotion(tmp_path: Path, names: list[str]) -> None:
    dataset = open_dataset(write_folders(tmp_path / "set", names))
    assert dataset.layout == "folders"
    faces = dataset.faces("all")
    assert faces.images.shape == (32, 48, 48)
    assert np.bincount(majority(faces.votes)).tolist() == [4] * 8
    assert distributions(faces.votes).sum(1) == pytest.approx(1)
    check(faces)


def test_a_tenth_is_held_out_where_nothing_is(tmp_path: Path) -> None:
    dataset = open_dataset(write_folders(tmp_path / "set", NAMES, each=20))
    train, valid = dataset.faces("train"), dataset.faces("valid")
    assert set(train.names) | set(valid.names) == set(dataset.faces("all").names)
    assert not set(train.names) & set(valid.names)
    assert 6 <= len(valid) <= 30
    assert open_dataset(tmp_path / "set").faces("valid").names == valid.names


def test_folders_of_splits_in_an_archive(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    write_folders(root / "train", FER, each=3)
    write_folders(root / "validation", FER, each=2)
    write_folders(root / "test", FER, each=1)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for path in sorted(root.rglob("*.png")):
            archive.write(path, Path("outer") / path.relative_to(root))
        archive.writestr("__MACOSX/outer/train/angry/._0.png", b"junk")
    for path in (root, tmp_path / "set.zip", pack(root, tmp_path / "set.tar.gz")):
        dataset = open_dataset(path)
        assert [len(dataset.faces(split)) for split in ("train", "valid", "test")] == [24, 16, 8]
        check(dataset.faces("train"))


def test_unknown_folders_and_unreadable_pictures_are_reported(tmp_path: Path) -> None:
    write_folders(tmp_path, NAMES, each=1)
    save(tmp_path / "boredom" / "1.png", picture(0))
    save(tmp_path / "loose.png", picture(0))
    (tmp_path / "anger" / "bad.jpg").write_bytes(b"\xff\xd8 no picture")
    faces = open_dataset(tmp_path).faces("all")
    assert len(faces) == 8
    report = summary(faces.left_out)
    assert report["reasons"] == {"unknown label": 2, "unreadable picture": 1}
    assert "'boredom' is no emotion" in report["examples"]["unknown label"][0]


def test_a_table_of_labels(tmp_path: Path) -> None:
    dataset = open_dataset(write_table(tmp_path / "set"))
    assert dataset.layout == "table"
    check(dataset.faces("all"))
    with (tmp_path / "set" / "labels.csv").open("a") as file:
        file.write("pictures/anger-0.png,ennui\npictures/none.png,anger\n")
    report = summary(open_dataset(tmp_path / "set").faces("all").left_out)
    assert report["reasons"] == {"unknown label": 1, "missing picture": 1}
    (tmp_path / "set" / "labels.csv").write_text("image,mood\na.png,fine\n")
    with pytest.raises(DatasetError, match="it has image, mood"):
        open_dataset(tmp_path / "set")


def test_fer2013_with_its_votes(tmp_path: Path) -> None:
    dataset = open_dataset(write_fer2013(tmp_path / "set"))
    assert dataset.layout == "fer2013"
    for split in ("train", "valid", "test"):
        faces = dataset.faces(split)
        assert len(faces) == 16
        check(faces)


def test_fer2013_that_is_damaged(tmp_path: Path) -> None:
    folder = write_fer2013(tmp_path / "set")
    pixels, votes = folder / "fer2013.csv", folder / "fer2013new.csv"
    lines = pixels.read_text().splitlines()
    lines[1] = "0,1 2 3,Training"
    lines[2] = lines[2].replace("Training", "Elsewhere")
    lines[3] = lines[3].replace(" ", " 999 ", 1).replace(" ", "", 1)
    pixels.write_text("\n".join(lines))
    rows = votes.read_text().splitlines()
    rows[4] = "Training,," + ",".join("0" * 10)
    votes.write_text("\n".join(rows))
    faces = open_dataset(folder).faces("train")
    assert summary(faces.left_out)["reasons"] == {"unreadable picture": 2, "unknown split": 1, "wrong votes": 1}
    votes.write_text("\n".join(rows[:-1]))
    with pytest.raises(DatasetError, match="row by row"):
        open_dataset(folder)
    votes.unlink()
    with pytest.raises(DatasetError, match=r"has no fer2013new\.csv"):
        open_dataset(folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_aihub(tmp_path: Path, encoding: str) -> None:
    dataset = open_dataset(write_aihub(tmp_path / "set", encoding=encoding))
    assert dataset.layout == "aihub"
    faces = dataset.faces("train")
    assert len(faces) == len(dataset.faces("valid")) == 3 * len(AIHUB)
    labels = [EMOTIONS[label].name for label in majority(faces.votes)]
    assert {name: labels.count(name) for name in set(labels)} == dict.fromkeys(
        ("neutral", "happiness", "surprise", "sadness", "anger"), 3
    )
    assert faces.votes.sum(1) == pytest.approx(10)
    check(faces)


def test_aihub_votes_and_faults(tmp_path: Path) -> None:
    box = (0, 0, 48, 48)
    entries: list[object] = [
        aihub_entry("a.jpg", "기쁨", ("기쁨", "불안", "불안"), box),
        aihub_entry("b.jpg", "상처", ("상처", "상처", "슬픔"), box),
        aihub_entry("gone.jpg", "기쁨", ("기쁨", "기쁨", "기쁨"), box),
        aihub_entry("a.jpg", "기쁨", ("기쁨", "신남", "기쁨"), box),
        aihub_entry("a.jpg", "기쁨", ("기쁨", "기쁨", "기쁨"), (5, 5, 5, 5)),
        {"filename": "a.jpg", "faceExp_uploader": "기쁨"},
        "no entry",
    ]
    folder = tmp_path / "Training"
    for name in ("a.jpg", "b.jpg"):
        save(folder / "기쁨" / name, picture(1))
    listing = folder / "기쁨" / "img_emotion_training_data(기쁨).json"
    listing.write_text(json.dumps(entries, ensure_ascii=False), "utf-8")
    faces = open_dataset(tmp_path).faces("all")
    fear = BY_NAME["fear"].index
    assert majority(faces.votes).tolist() == [fear, -1]  # hurt is none of our emotions
    assert distributions(faces.votes)[0, [1, fear]] == pytest.approx([1 / 3, 2 / 3])
    assert summary(faces.left_out)["reasons"] == {
        "missing picture": 1,
        "unknown label": 1,
        "wrong box": 1,
        "wrong votes": 1,
        "wrong entry": 1,
    }
    listing.write_text("{}")
    with pytest.raises(DatasetError, match="no list of annotations"):
        open_dataset(tmp_path)


def test_the_real_faces_with_labels_in_a_table(shared_data: Path) -> None:
    faces = open_dataset(shared_data / "faces350.tar.gz").faces("all")
    assert len(faces) == 1161
    assert faces.left_out == ()
    assert np.bincount(majority(faces.votes)).tolist() == [300, 300, 184, 133, 126, 104, 10, 4]
