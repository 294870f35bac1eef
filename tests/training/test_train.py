from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch

from feeling_manager.errors import DatasetError, ModelError, UsageError
from feeling_manager.inference.emotion import EmotionClassifier
from feeling_manager.landmarks import MIRROR, mean_error, shape_features
from feeling_manager.training import align
from feeling_manager.training import export as exporting
from feeling_manager.training.augment import augment, flip
from feeling_manager.training.batches import _order, normalise
from feeling_manager.training.checkpoints import load_network
from feeling_manager.training.datasets import Faces, load_ferplus
from feeling_manager.training.evaluate import evaluate
from feeling_manager.training.networks import NETWORKS, _shape
from feeling_manager.training.settings import OWN_LANDMARKS, Settings
from feeling_manager.training.start import sees_landmarks, start_from
from feeling_manager.training.teacher import digest, landmarks_of
from feeling_manager.training.train import precision, train
from tests.training.ferplus import write_ferplus
from tests.training.settings import changed

SETTINGS = changed(Settings(), network="tiny", epochs=3, batch_size=16, threads=1, optimizer__learning_rate=5e-3)


@pytest.fixture(scope="module")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ferplus(tmp_path_factory.mktemp("data") / "ferplus", train=320)


@pytest.fixture(scope="module")
def faces(ferplus: Path) -> Faces:
    return load_ferplus(ferplus, "train")


@pytest.fixture(scope="module")
def checkpoint(faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(faces, tmp_path_factory.mktemp("run"), changed(SETTINGS, epochs=12))


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return load_network(checkpoint)[0].state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_an_interrupted_run_ends_as_an_uninterrupted_one(faces: Faces, tmp_path: Path) -> None:
    whole = train(faces, tmp_path / "whole", SETTINGS)

    class StopError(Exception):
        pass

    def stop(row: dict[str, float]) -> None:
        if row["epoch"] == 0:
            raise StopError

    with pytest.raises(StopError):
        train(faces, tmp_path / "parts", SETTINGS, stop)
    rows: list[dict[str, float]] = []
    resumed = train(faces, tmp_path / "parts", SETTINGS, rows.append)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert same(weights(whole), weights(resumed))
    assert len((tmp_path / "parts" / "history.csv").read_text().splitlines()) == 4
    assert (tmp_path / "parts" / "curves.png").stat().st_size > 1000


def test_another_seed_gives_other_weights(faces: Faces, tmp_path: Path) -> None:
    one = train(faces, tmp_path / "0", changed(SETTINGS, epochs=1))
    other = train(faces, tmp_path / "1", changed(SETTINGS, epochs=1, seed=1))
    assert not same(weights(one), weights(other))


def test_a_folder_of_another_run_is_refused(faces: Faces, tmp_path: Path) -> None:
    train(faces, tmp_path, changed(SETTINGS, epochs=1))
    with pytest.raises(UsageError, match="other settings"):
        train(faces, tmp_path, changed(SETTINGS, epochs=2))


def test_too_few_faces_and_unknown_networks(faces: Faces, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="fewer than one batch"):
        train(faces, tmp_path, changed(SETTINGS, batch_size=1000))
    with pytest.raises(UsageError, match="choose one of"):
        train(faces, tmp_path, changed(SETTINGS, network="huge"))
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="no checkpoint"):
        load_network(tmp_path / "checkpoint.pt")


def test_it_stops_when_it_no_longer_learns(faces: Faces, tmp_path: Path) -> None:
    rows: list[dict[str, float]] = []
    train(faces, tmp_path, changed(SETTINGS, epochs=20, optimizer__learning_rate=0.0, patience=2), rows.append)
    assert len(rows) < 20


@pytest.mark.parametrize("tta_views", [1, 2])
def test_it_learns_and_what_ships_is_what_was_trained(
    tta_views: int, checkpoint: Path, ferplus: Path, tmp_path: Path
) -> None:
    valid = load_ferplus(ferplus, "valid")
    out = tmp_path / "emotion.onnx"
    manifest = exporting.export(checkpoint, out, valid, "patterns", tta_views=tta_views)
    assert manifest["metrics"]["drift"] <= exporting.DRIFT
    result = evaluate(valid, out.with_suffix(".json"))
    assert result["accuracy"] > 0.6  # eight patterns; chance is 0.125
    assert result["n"] == len(valid)
    network, _ = load_network(checkpoint)
    classifier = EmotionClassifier(manifest=out.with_suffix(".json"))
    assert classifier.model.precision == "float16"
    shipped = exporting._Shipped(network, manifest["temperature"], landmarks=False, tta_views=tta_views)
    theirs, _ = exporting._outputs(shipped, valid.images)
    assert classifier.classify_crops(valid.images) == pytest.approx(theirs, abs=0.005)  # float16
    mirrored = np.ascontiguousarray(valid.images[:, :, ::-1])
    alike = np.allclose(classifier.classify_crops(valid.images), classifier.classify_crops(mirrored), atol=1e-4)
    assert alike is (tta_views == 2)


@pytest.mark.parametrize("aligned", [0.0, 0.5])
def test_eight_bits_read_alike_from_a_smaller_file(
    aligned: float, faces: Faces, ferplus: Path, points: Path, tmp_path: Path
) -> None:
    settings = changed(
        SETTINGS,
        epochs=6,
        landmarks__file=str(points),
        augmentation__progressive_resizing=False,
        augmentation__mixup=0.0,
        landmarks__aligned=aligned,
    )
    checkpoint = train(faces, tmp_path / "run", settings)
    valid = load_ferplus(ferplus, "valid")
    some = exporting.some_faces(faces)
    exporting.export(checkpoint, tmp_path / "float.onnx", valid, "patterns")
    manifest = exporting.export(checkpoint, tmp_path / "int8.onnx", valid, "patterns", calibration=some)
    assert manifest["precision"] == "int8"
    one, other = (EmotionClassifier(manifest=tmp_path / f"{name}.json") for name in ("int8", "float"))
    assert one.model.precision == "int8"
    weights = onnx.load_from_string(one.model.content).graph.initializer
    assert sum(tensor.data_type == onnx.TensorProto.INT8 for tensor in weights) > 10
    theirs, ours = one.read_crops(valid.images), other.read_crops(valid.images)
    assert np.abs(theirs[0] - ours[0]).mean() < 0.02
    assert theirs[1] is not None
    assert ours[1] is not None
    assert np.abs(theirs[1] - ours[1]).mean() < 0.2
    # and can be learned on from, landmarks included
    network = NETWORKS["tiny"]().eval()
    x = normalise(torch.from_numpy(faces.images)[:, None].float() / 255)
    start_from(network, tmp_path / "int8.onnx", x)
    with torch.inference_mode():
        for found, wanted in zip(network(x)[:2], load_network(checkpoint)[0](x)[:2], strict=True):
            assert float((found - wanted).abs().mean()) < 0.05


def test_eight_bits_that_lose_too_much_are_not_written(checkpoint: Path, ferplus: Path, tmp_path: Path) -> None:
    # faces that differ from those it will read: the range of every layer's values is misjudged
    with pytest.raises(ModelError, match="not written"):
        exporting.export(
            checkpoint,
            tmp_path / "emotion.onnx",
            load_ferplus(ferplus, "valid"),
            "patterns",
            calibration=np.full((32, 48, 48), 130, np.uint8),
        )
    assert not list(tmp_path.iterdir())


def test_export_fails_on_drift(
    checkpoint: Path, ferplus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(network: torch.nn.Module) -> onnx.ModelProto:
        with torch.no_grad():
            next(iter(network.parameters())).add_(0.3)
        content = to_onnx(network)
        with torch.no_grad():
            next(iter(network.parameters())).sub_(0.3)
        return content

    to_onnx = exporting.to_onnx
    monkeypatch.setattr(exporting, "to_onnx", spoiled)
    with pytest.raises(ModelError, match="is off by"):
        exporting.export(checkpoint, tmp_path / "emotion.onnx", load_ferplus(ferplus, "valid"), "patterns")
    assert not (tmp_path / "emotion.onnx").exists()


def test_a_student_learns_from_a_teacher(checkpoint: Path, faces: Faces, ferplus: Path, tmp_path: Path) -> None:
    exporting.export(checkpoint, tmp_path / "teacher.onnx", load_ferplus(ferplus, "valid"), "patterns")
    taught = changed(
        SETTINGS, epochs=1, distillation__teachers=(str(tmp_path / "teacher.json"),), distillation__weight=1.0
    )
    alone = train(faces, tmp_path / "alone", changed(SETTINGS, epochs=1))
    student = train(faces, tmp_path / "student", taught)
    assert not same(weights(alone), weights(student))


def test_a_student_learns_from_a_teacher_that_sees_every_picture(
    checkpoint: Path, faces: Faces, tmp_path: Path
) -> None:
    taught = changed(SETTINGS, epochs=1, distillation__teachers=(str(checkpoint),), distillation__weight=1.0)
    student = train(faces, tmp_path / "student", taught)
    # with nothing of the votes left, other votes for the same faces teach the same
    others = Faces(faces.images, np.roll(faces.votes[:, :8], 1, axis=1))
    assert same(weights(student), weights(train(others, tmp_path / "others", taught)))
    unlike = train(faces, tmp_path / "unlike", changed(taught, distillation__feature_weight=0.0))
    assert not same(weights(student), weights(unlike))


@pytest.mark.parametrize("kind", ["checkpoint", "exported"])
def test_a_network_goes_on_from_what_was_learned(
    kind: str, checkpoint: Path, faces: Faces, ferplus: Path, tmp_path: Path
) -> None:
    path = checkpoint
    if kind == "exported":
        path = tmp_path / "emotion.onnx"
        exporting.export(checkpoint, path, load_ferplus(ferplus, "valid"), "patterns")
    network = NETWORKS["tiny"]().eval()
    x = normalise(torch.from_numpy(faces.images)[:, None].float() / 255)
    start_from(network, path, x)
    with torch.inference_mode():
        assert torch.allclose(network(x)[0], load_network(checkpoint)[0](x)[0], atol=0.02)
    assert not network.training
    with pytest.raises(UsageError, match="belongs to another network"):
        start_from(NETWORKS["slim"](), path, x)


def test_nothing_starts_from_what_is_no_model(faces: Faces, tmp_path: Path) -> None:
    for name in ("no.pt", "no.onnx"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(UsageError, match="is nothing to start from"):
            train(faces, tmp_path / "run", changed(SETTINGS, start=str(tmp_path / name)))


def test_frozen_parts_stay_as_they_started(checkpoint: Path, faces: Faces, tmp_path: Path) -> None:
    run = train(faces, tmp_path / "run", changed(SETTINGS, epochs=1, start=str(checkpoint), frozen_layers=3))
    begun, ended = weights(checkpoint), weights(run)
    assert torch.equal(begun["features.0.weight"], ended["features.0.weight"])
    assert torch.equal(begun["features.1.running_mean"], ended["features.1.running_mean"])
    assert not torch.equal(begun["head.weight"], ended["head.weight"])


@pytest.fixture(scope="module")
def points(ferplus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Landmarks for nine faces in ten of either split: a shape that is as wide as the face is bright."""
    path = tmp_path_factory.mktemp("points") / "landmarks.npz"
    images = np.concatenate([load_ferplus(ferplus, split).images for split in ("train", "valid")])
    images = images[np.arange(len(images)) % 10 > 0]
    shape = np.random.default_rng(0).uniform(-12, 12, (68, 2))
    shape = (shape + shape[list(MIRROR)] * np.array([-1, 1])) / 2
    shape[36], shape[45] = (-12, -5), (12, -5)
    digests = [np.frombuffer(digest(image), np.uint8) for image in images]
    np.savez(path, digests=digests, points=[24 + shape * (0.9 + image.mean() / 1280) for image in images])
    return path


@pytest.mark.parametrize("aligned", [0.0, 0.5])
def test_landmarks_are_learned_and_ship_with_the_emotions(
    aligned: float, faces: Faces, ferplus: Path, points: Path, tmp_path: Path
) -> None:
    rows: list[dict[str, float]] = []
    settings = changed(
        SETTINGS,
        epochs=6,
        landmarks__file=str(points),
        augmentation__progressive_resizing=False,
        augmentation__mixup=0.0,
        landmarks__aligned=aligned,
    )
    checkpoint = train(faces, tmp_path / "run", settings, rows.append)
    assert 0 < rows[-1]["held_points"] < 0.15
    out = tmp_path / "emotion.onnx"
    valid = load_ferplus(ferplus, "valid")
    manifest = exporting.export(checkpoint, out, valid, "patterns")
    assert manifest["self_alignment"] is bool(aligned)
    assert manifest["landmarks68"]["n"] == pytest.approx(0.9 * len(valid), abs=1)
    assert 0 < manifest["landmarks68"]["error"] < 0.15
    if aligned:
        thrice = exporting.export(checkpoint, tmp_path / "thrice.onnx", valid, "patterns", tta_views=3)
        assert thrice["tta_views"] == 3
    else:
        with pytest.raises(UsageError, match="a third view"):
            exporting.export(checkpoint, tmp_path / "thrice.onnx", valid, "patterns", tta_views=3)
    classifier = EmotionClassifier(manifest=out.with_suffix(".json"))
    probabilities, found = classifier.read_crops(valid.images)
    assert found is not None
    assert found.shape == (len(valid), 68, 2)
    assert np.array_equal(probabilities, classifier.classify_crops(valid.images))
    truth = landmarks_of(valid.images, points) - 0.5  # the middle of the first pixel is (0, 0) in what ships
    known = ~np.isnan(truth).any((1, 2))
    assert float(mean_error(found[known], truth[known]).mean()) == pytest.approx(
        manifest["landmarks68"]["error"], abs=0.001
    )


@pytest.mark.parametrize("held_out", [0.0, 0.2])
def test_a_network_goes_on_with_landmarks_of_its_own(
    held_out: float, faces: Faces, ferplus: Path, points: Path, tmp_path: Path
) -> None:
    taught = changed(SETTINGS, epochs=2, landmarks__file=str(points), augmentation__progressive_resizing=False)
    begun = train(faces, tmp_path / "run", taught)
    exporting.export(begun, tmp_path / "begun.onnx", load_ferplus(ferplus, "valid"), "patterns")
    assert not sees_landmarks(points)
    for start in (begun, tmp_path / "begun.onnx"):
        assert sees_landmarks(start)
        settings = changed(
            SETTINGS,
            epochs=1,
            start=str(start),
            landmarks__file=OWN_LANDMARKS,
            held_out=held_out,
            optimizer__learning_rate=1e-4,
        )
        run = train(faces, tmp_path / f"own-{start.suffix}", settings)
        network, _ = load_network(run)
        assert torch.allclose(network.shape, load_network(begun)[0].shape, atol=0.2)
        manifest = exporting.export(run, tmp_path / "own.onnx", load_ferplus(ferplus, "valid"), "patterns")
        assert manifest["self_alignment"]
        assert manifest["landmarks68"] == {"name": "landmarks68"}
        # until it drifts it sees them where it did
        x = normalise(torch.from_numpy(faces.images[:8])[:, None].float() / 255)
        with torch.inference_mode():
            apart = (network(x)[1] - load_network(begun)[0](x)[1]).abs().mean()
        assert float(apart) < 0.1


def test_landmarks_of_other_faces_are_refused(faces: Faces, points: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="knows none of these faces"):
        landmarks_of(255 - faces.images, points)
    (tmp_path / "no.npz").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match="holds no landmarks"):
        landmarks_of(faces.images, tmp_path / "no.npz")


def test_faces_without_labels_need_a_teacher(faces: Faces, checkpoint: Path, ferplus: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --teacher"):
        train(faces, tmp_path / "alone", changed(SETTINGS, epochs=1), unlabelled=faces.images[:32])
    exporting.export(checkpoint, tmp_path / "teacher.onnx", load_ferplus(ferplus, "valid"), "patterns")
    taught = changed(SETTINGS, epochs=1, distillation__teachers=(str(tmp_path / "teacher.json"),))
    without = train(faces, tmp_path / "without", taught)
    with_them = train(faces, tmp_path / "with", taught, unlabelled=255 - faces.images[:64])
    assert not same(weights(without), weights(with_them))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_network_takes_small_and_full_pictures(name: str) -> None:
    network = NETWORKS[name]().eval()
    for side in (32, 48):
        logits, found, _ = network(torch.zeros(2, 1, side, side))
        assert logits.shape == (2, 8)
        assert found.shape == (2, 68, 2)


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="no /proc/cpuinfo to compare with")
def test_bfloat16_only_where_the_processor_multiplies_it() -> None:
    flags = Path("/proc/cpuinfo").read_text().split()
    with precision(torch.device("cpu")):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    native = bool({"avx512_bf16", "amx_bf16", "bf16", "svebf16"} & set(flags))
    assert product.dtype == (torch.bfloat16 if native else torch.float32)


def test_faces_are_aligned_by_their_landmarks() -> None:
    torch.manual_seed(0)
    shape = 0.4 * torch.randn(68, 2)
    there = shape.mean(0) + align.ZOOM * (shape - shape.mean(0))
    frames = torch.stack([FRAME, torch.eye(2, 3)])
    points = align.moved(there.expand(2, 68, 2), frames)
    assert torch.allclose(align.frames(points, shape), frames, atol=1e-5)
    points[1, 40] = torch.nan
    assert align.frames(points, shape).isnan().flatten(1).any(1).tolist() == [False, True]
    dots = torch.tensor([[0.3, -0.2], [-0.4, 0.5]])
    pictures = torch.zeros(1, 1, 48, 48)
    for x, y in (align.moved(dots[None], frames[:1])[0] + 1) * 24 - 0.5:
        pictures[0, 0, round(float(y)) - 1 : round(float(y)) + 2, round(float(x)) - 1 : round(float(x)) + 2] = 1
    seen = align.aligned(pictures, frames[:1])[0, 0]
    for x, y in (dots + 1) * 24 - 0.5:
        assert seen[round(float(y)), round(float(x))] > 0.9
    assert seen.mean() < 0.02


def test_only_what_was_trained_on_aligned_faces_aligns_them() -> None:
    taught = changed(SETTINGS, landmarks__file="points.npz")
    assert taught.aligning
    for change in ({"landmarks__file": None}, {"landmarks__aligned": 0.0}, {"augmentation__enabled": False}):
        assert not changed(taught, **change).aligning


def test_rare_emotions_are_drawn_more_often_when_balanced() -> None:
    torch.manual_seed(0)
    targets = torch.eye(8)[torch.tensor([0] * 900 + [5] * 100)]
    assert sorted(_order(targets, 0.0).tolist()) == list(range(1000))
    assert float((targets[_order(targets, 1.0)].argmax(1) == 5).float().mean()) == pytest.approx(0.5, abs=0.06)


def test_shape_features_are_those_of_numpy() -> None:
    some = np.random.default_rng(0).uniform(-1, 1, (5, 68, 2)).astype(np.float32)
    assert _shape(torch.from_numpy(some)).numpy() == pytest.approx(shape_features(some), abs=1e-4)


def test_augmented_faces_stay_faces() -> None:
    torch.manual_seed(0)
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (64, 1, 48, 48), dtype=np.uint8))
    result, _ = augment(images)
    assert result.shape == images.shape
    assert result.dtype is torch.float32
    assert 0 <= float(result.min()) <= float(result.max()) <= 1
    assert not torch.equal(result, augment(images)[0])
    assert augment(images[:3])[0].shape == (3, 1, 48, 48)


FRAME = torch.tensor([[0.8, -0.3, 0.1], [0.3, 0.8, -0.05]])


def aligning(images: torch.Tensor, points: torch.Tensor) -> Any:
    return augment(images, points, FRAME.expand(len(images), 2, 3))


@pytest.mark.parametrize("change", [augment, aligning, flip])
def test_landmarks_move_with_their_face(change: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    # a bright dot at the point that belongs to it, on either side of the face
    images = torch.zeros(64, 1, 48, 48, dtype=torch.uint8)
    points = torch.full((64, 68, 2), torch.nan)
    for index, (x, y) in {36: (14, 19), 45: (34, 19)}.items():
        images[:, 0, y - 1 : y + 2, x - 1 : x + 2] = 255
        points[:, index] = torch.tensor([x + 0.5, y + 0.5]) / 24 - 1
    moved, there = change(images, points)
    assert torch.equal(there.isnan(), points.isnan())
    found = 0
    for image, left, right in zip(moved[48:, 0], there[48:, 36], there[48:, 45], strict=True):
        for x, y in (((left + 1) * 24), ((right + 1) * 24)):
            region = image[max(int(y) - 2, 0) : int(y) + 3, max(int(x) - 2, 0) : int(x) + 3]
            found += bool(region.numel() and region.max() > image.median() + 0.2)
    assert found >= 28  # of 32; something may lie in front of the others
    assert ((there[:, 45] - there[:, 36])[:, 0] > 0).all()  # mirrored faces keep their left on the left
