from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch

from feeling_manager.cli import build
from feeling_manager.errors import DatasetError, UsageError
from feeling_manager.training.checkpoints import load_network
from feeling_manager.training.datasets import load_ferplus, open_dataset
from feeling_manager.training.pretrain import contrast, partners, people_of, pretrain
from feeling_manager.training.settings import Settings
from feeling_manager.training.start import sees_landmarks
from feeling_manager.training.teacher import digest
from feeling_manager.training.train import train
from feeling_manager.types import Image
from tests.training.ferplus import write_ferplus
from tests.training.settings import changed

SETTINGS = changed(Settings(), network="tiny", epochs=2, batch_size=16, threads=1, optimizer__learning_rate=5e-3)


@pytest.fixture(scope="module")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ferplus(tmp_path_factory.mktemp("data") / "ferplus", train=160)


@pytest.fixture(scope="module")
def images(ferplus: Path) -> Image:
    return load_ferplus(ferplus, "train").images


@pytest.fixture(scope="module")
def landmarks(images: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("points") / "landmarks.npz"
    shape = np.random.default_rng(0).uniform(10, 38, (68, 2)).astype(np.float32)
    digests = np.frombuffer(b"".join(map(digest, images)), np.uint8).reshape(-1, 16)
    np.savez(path, digests=digests, points=np.repeat(shape[None], len(images), 0))
    return path


def test_partners_are_of_the_same_person_and_change() -> None:
    people = np.array([3, 1, 3, 2, 3, 1])
    generator = np.random.default_rng(0)
    drawn = [partners(people, generator) for _ in range(20)]
    for found in drawn:
        assert (people[found] == people).all()
        assert sorted(found) == list(range(6))
        # alone with itself, never with itself where there are others
        assert [bool(same) for same in found == np.arange(6)] == [False, False, False, True, False, False]
    assert {int(found[0]) for found in drawn} == {2, 4}


def test_contrast_is_the_cross_entropy_of_the_partner() -> None:
    # a partner alike, all others orthogonal: one of 2n - 1 with a logit of 5 over 0
    described = torch.eye(4)
    loss = contrast(described, described, torch.arange(4))
    assert float(loss) == pytest.approx(np.log(np.exp(5) + 6) - 5, rel=1e-5)
    # two of one person are not to be told apart
    loss = contrast(described, described, torch.tensor([0, 0, 1, 2]))
    wanted = (2 * np.log(np.exp(5) + 4) + 2 * np.log(np.exp(5) + 6)) / 4 - 5
    assert float(loss) == pytest.approx(wanted, rel=1e-5)


def test_people_are_named_before_their_number() -> None:
    names = ["a/Tony_Blair_0104.jpg", "a/Tony_Blair_0001.png", "b/Tony_Blair_1.jpg", "0001.png", "0002.png", "me.jpg"]
    assert people_of(names) == ["a/Tony_Blair", "a/Tony_Blair", "b/Tony_Blair", "0001", "0002", "me"]


@pytest.mark.parametrize("task", ["faces", "people", "landmarks"])
def test_training_goes_on_from_it(task: str, images: Image, ferplus: Path, landmarks: Path, tmp_path: Path) -> None:
    settings = changed(SETTINGS, epochs=4, landmarks__file=str(landmarks) if task == "landmarks" else None)
    people = [str(number // 4) for number in range(len(images))] if task == "people" else None
    rows: list[dict[str, float]] = []
    path = pretrain(images, tmp_path / "deep" / "pretrained.pt", settings, people, rows.append)
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert sees_landmarks(path) == (task == "landmarks")
    begun = torch.load(path, weights_only=True)["averaged"]
    assert any(name.startswith("points.") for name in begun) == (task == "landmarks")
    # so low a rate changes nothing that can be seen
    still = changed(settings, epochs=1, optimizer__learning_rate=1e-9, start=str(path))
    network = load_network(train(load_ferplus(ferplus, "train"), tmp_path / "run", still))[0].state_dict()
    for name, value in begun.items():
        if name.endswith("weight"):
            assert torch.allclose(network[name], value, atol=1e-5), name


def test_the_same_seed_gives_the_same_weights(images: Image, tmp_path: Path) -> None:
    files = [pretrain(images, tmp_path / name, SETTINGS) for name in ("a.pt", "b.pt")]
    files.append(pretrain(images, tmp_path / "c.pt", changed(SETTINGS, seed=1)))
    one, same, other = (torch.load(file, weights_only=True)["averaged"] for file in files)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_too_few_faces_and_unknown_networks(images: Image, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="fewer than one batch"):
        pretrain(images[:8], tmp_path / "no.pt", SETTINGS)
    with pytest.raises(UsageError, match="choose one of"):
        pretrain(images, tmp_path / "no.pt", changed(SETTINGS, network="huge"))
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_of_it_is_no_model_yet(images: Image, tmp_path: Path) -> None:
    path = pretrain(images, tmp_path / "pretrained.pt", SETTINGS)
    with pytest.raises(UsageError, match="is no checkpoint of `feeling train`"):
        load_network(path)


def test_the_command(ferplus: Path, tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.mkdir()
    picture = next((ferplus / "FER2013Train").glob("*.png")).read_bytes()
    for name in ("a_1", "a_2", "b_1"):
        (people / f"{name}.png").write_bytes(picture)
    rows = "a_1.png,happiness,Ann_1.jpg\na_2.png,neutral,Ann_2.jpg\nb_1.png,neutral,\n"
    (people / "labels.csv").write_text("image,emotion,source\n" + rows)
    # what a picture was called before it was cut out says who is on it
    assert open_dataset(people).faces("all").names == ("Ann_1.jpg", "Ann_2.jpg", "b_1.png")
    out = tmp_path / "out.pt"
    options = ["--data", str(ferplus), "--people", str(people), "--out", str(out), "--network", "tiny"]
    result = CliRunner().invoke(
        build(("pretrain", "train")),
        ["pretrain", *options, "--batch", "16", "--epochs", "1", "--threads", "1"],
        catch_exceptions=False,
    )
    assert "163 faces of at most 162 people" in result.output
    assert "epoch 1/1" in result.output
    assert out.exists()


def test_faces_without_labels_are_all_or_those_to_train_on(ferplus: Path, tmp_path: Path) -> None:
    assert len(open_dataset(ferplus).without_labels()) == 160
    folder = tmp_path / "happiness"
    folder.mkdir()
    picture = next((ferplus / "FER2013Train").glob("*.png")).read_bytes()
    for number in range(30):
        (folder / f"{number}.png").write_bytes(picture)
    assert len(open_dataset(tmp_path).faces("train")) < 30
    assert len(open_dataset(tmp_path).without_labels()) == 30
