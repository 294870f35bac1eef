import json
from pathlib import Path

import numpy as np
import pytest

from feeling_manager.errors import DatasetError
from feeling_manager.training.datasets import (
    clear_majority,
    distributions,
    load_ferplus,
    majority,
    open_dataset,
    summary,
)
from tests.training.ferplus import pack, write_ferplus


@pytest.fixture
def ferplus(tmp_path: Path) -> Path:
    return write_ferplus(tmp_path / "ferplus", train=16, valid=8)


def test_a_folder_and_its_archive_are_the_same(ferplus: Path, tmp_path: Path) -> None:
    one = load_ferplus(ferplus, "train")
    other = load_ferplus(pack(ferplus, tmp_path / "ferplus.tar.gz"), "train")
    assert one.images.shape == (16, 48, 48)
    assert one.votes.shape == (16, 10)
    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.votes, other.votes)


def test_the_protocol_of_majority() -> None:
    votes = np.zeros((4, 10), np.float32)
    votes[0, [2, 5]] = 4  # a tie: the first
    votes[1, [3, 8]] = 3, 5  # unknown
    votes[2, 9] = 10  # not a face
    votes[3, [7, 8]] = 5  # a tie with unknown: the emotion comes first
    assert majority(votes).tolist() == [2, -1, -1, 7]


def test_the_protocol_of_the_authors() -> None:
    votes = np.zeros((5, 10), np.float32)
    votes[0, [2, 5]] = 5  # half is not more than half
    votes[1, [3, 0, 1, 2, 4, 5]] = 5, 1, 1, 1, 1, 1  # more than half once single votes are dropped
    votes[2, [3, 0]] = 4, 6
    votes[3, [3, 8]] = 4, 6  # agreed, but on nothing
    votes[4] = 1  # nothing is left
    assert clear_majority(votes).tolist() == [-1, 3, 0, -1, -1]


def test_single_votes_are_slips() -> None:
    votes = np.array([[6, 2, 1, 0, 0, 0, 0, 0, 5, 0], [1, 0, 0, 0, 0, 0, 0, 1, 0, 0]], np.float32)
    result = distributions(votes)
    assert result[0, :3] == pytest.approx([0.75, 0.25, 0])
    assert result[1].tolist() == [0] * 8


def test_rows_that_cannot_be_used_are_named_and_left_out(ferplus: Path) -> None:
    folder = ferplus / "FER2013Train"
    lines = (folder / "label.csv").read_text().splitlines()
    lines[1] = lines[1].rsplit(",", 1)[0]
    lines[2] = "missing.png," + lines[2].split(",", 1)[1]
    lines[3] = lines[3].replace(",8,", ",x,").replace(",8", ",x")
    (folder / "fer0000004.png").write_bytes(b"no picture")
    (folder / "label.csv").write_text("\n".join(lines))
    faces = load_ferplus(ferplus, "train")
    assert len(faces) == 12
    reasons = " | ".join(map(str, faces.left_out))
    for part in ("line 2: 9 votes", "missing.png: the picture is missing", "a vote is no number", "can't be read"):
        assert part in reasons


def test_the_report_counts_what_was_left_out(ferplus: Path) -> None:
    folder = ferplus / "FER2013Train"
    (folder / "fer0000004.png").unlink()
    (folder / "fer0000005.png").write_bytes(b"no picture")
    (folder / "fer0000006.png").write_bytes((folder / "fer0000007.png").read_bytes()[:60])
    faces = load_ferplus(ferplus, "train")
    report = json.loads(json.dumps(summary(faces.left_out)))
    assert report["rows"] == 3
    assert report["reasons"] == {"unreadable picture": 2, "missing picture": 1}
    assert "fer0000004.png" in report["examples"]["missing picture"][0]
    # what is wrong with the training faces is no matter of the others
    assert load_ferplus(ferplus, "valid").left_out == ()


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"FER2013Valid/label\.csv"):
        load_ferplus(tmp_path, "valid")
    with pytest.raises(DatasetError, match="folders: one folder per emotion"):
        open_dataset(tmp_path)
    (tmp_path / "file").write_text("not a tar")
    with pytest.raises(DatasetError, match="neither a folder nor a tar"):
        open_dataset(tmp_path / "file")
    with pytest.raises(DatasetError, match="choose one of ferplus, fer2013"):
        open_dataset(tmp_path, "imagenet")


def test_splits_that_are_not_there(ferplus: Path) -> None:
    with pytest.raises(DatasetError, match=r"no test faces \(it has train, valid\)"):
        load_ferplus(ferplus, "test")
    with pytest.raises(DatasetError, match="choose one of train, valid, test, all"):
        load_ferplus(ferplus, "dev")
    assert len(load_ferplus(ferplus, "all")) == 24


def test_the_real_validation_faces(shared_data: Path) -> None:
    faces = load_ferplus(shared_data / "ferplus.tar.gz", "valid")
    assert len(faces) == 3579
    assert (majority(faces.votes) >= 0).sum() == 3555
    assert (clear_majority(faces.votes) >= 0).sum() == 3191
