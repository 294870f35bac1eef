"""The short schedule that `ablation.py` and `networks.py` compare on: ten epochs on every fourth training face."""

import argparse
from pathlib import Path

from feeling_manager.training.datasets import Faces, open_dataset
from feeling_manager.training.settings import DistillationSettings, LandmarkSettings, Settings


def options_of(description: str | None, out: Path) -> argparse.ArgumentParser:
    """The options that both have. out: the default folder for runs."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--landmarks", required=True)
    parser.add_argument("--teacher", action="append", required=True)
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--every", type=int, default=4, help="only every second, third, ... face")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device", default="auto")
    return parser


def settings_of(options: argparse.Namespace, network: str) -> Settings:
    """The recipe as it stands, in so many epochs; no faces are held out."""
    return Settings(
        network=network,
        epochs=options.epochs,
        held_out=0.0,
        distillation=DistillationSettings(teachers=tuple(options.teacher)),
        landmarks=LandmarkSettings(file=options.landmarks),
        threads=options.threads,
        device=options.device,
    )


def faces_of(options: argparse.Namespace) -> tuple[Faces, Faces]:
    """Those to train on, and all validation faces."""
    dataset = open_dataset(options.data)
    faces = dataset.faces("train")
    return Faces(faces.images[:: options.every], faces.votes[:: options.every]), dataset.faces("valid")
