"""What each ingredient of the training recipe brings: one short schedule, several seeds, one ingredient changed a row.

    python -m benchmarks.ablation --data ferplus.tar.gz --landmarks landmarks.npz --teacher emotion.json

Prints a Markdown table of FER+ validation accuracy: mean over the seeds, and the difference to the whole recipe with
the standard error of that difference. Every run goes on where it was stopped; its folder keeps its curves.
"""

from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import torch

from benchmarks.schedule import faces_of, options_of, settings_of
from feeling_manager.inference.preprocess import emotion_tensor
from feeling_manager.training.align import read
from feeling_manager.training.batches import MEAN, STD
from feeling_manager.training.checkpoints import load_network
from feeling_manager.training.datasets import Faces, majority, open_dataset
from feeling_manager.training.metrics import cross_fitted, measure
from feeling_manager.training.settings import Settings
from feeling_manager.training.train import train
from feeling_manager.types import Image

LAST = "no averaged weights"
"""The run of the whole recipe again: what is averaged does not change what is learned."""
UNLABELLED = "unlabelled"
ROWS: dict[str, dict[str, Any]] = {
    "whole recipe": {},
    "no augmentation but mirroring": {"augmentation.enabled": False},
    "no mix-up": {"augmentation.mixup": 0.0},
    LAST: {},
    "full-size pictures from the start": {"augmentation.progressive_resizing": False},
    "no landmarks": {"landmarks.file": None},
    "no teacher": {"distillation.teachers": ()},
    "neither landmarks nor teacher": {"landmarks.file": None, "distillation.teachers": ()},
    "rare emotions oversampled (0.3)": {"augmentation.class_balance": 0.3},
    "features of the landmarks given to the emotions": {"network": "slim-shaped"},
    "half of the batches augmented weakly": {"augmentation.weak": 0.5},
    "faces not aligned": {"landmarks.aligned": 0.0},
}


def run(
    settings: Settings, folder: Path, faces: Faces, valid: Faces, unlabelled: Image | None, *, averaged: bool
) -> dict[str, float]:
    checkpoint = train(faces, folder, settings, unlabelled=unlabelled)
    network, _ = load_network(checkpoint, averaged=averaged)
    labels = majority(valid.votes)
    images, labels = valid.images[labels >= 0], labels[labels >= 0]
    with torch.inference_mode():
        parts = torch.from_numpy(emotion_tensor(images, MEAN, STD)).split(256)
        logits = [read(network, part, tta_views=1 + settings.aligning, aligning=settings.aligning)[0] for part in parts]
        raw = torch.cat(logits).softmax(1).numpy()
    figures = measure(cross_fitted(raw, labels)[0], labels.astype(np.intp))
    return {name: float(figures[name]) for name in ("accuracy", "macro_f1", "log_loss")}


def main() -> None:
    parser = options_of(__doc__, Path("runs/ablation"))
    parser.add_argument("--network", default="slim")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", nargs="*", type=int, help="only these, by number from 0")
    parser.add_argument("--ensemble", action="append", default=[], help="a teacher beside --teacher, for one more row")
    parser.add_argument("--unlabelled", type=Path, help="faces without labels, for one more row, in as many steps")
    parser.add_argument(
        "--start",
        action="append",
        default=[],
        help="what one more row goes on from, for instance of `feeling pretrain`; repeatable",
    )
    options = parser.parse_args()
    whole = settings_of(options, options.network)
    numbers = range(len(ROWS)) if options.rows is None else sorted({0, *options.rows})
    rows = {name: (str(number), ROWS[name]) for number, name in enumerate(ROWS) if number in numbers}
    if options.ensemble:
        teachers = whole.distillation.teachers + tuple(options.ensemble)
        rows[f"{len(teachers)} teachers"] = ("ensemble", {"distillation.teachers": teachers})
    for file in options.start:
        rows[f"started from {Path(file).name}"] = (f"start-{Path(file).stem}", {"start": file})
    faces, valid = faces_of(options)
    more = open_dataset(options.unlabelled).without_labels().images if options.unlabelled else None
    if more is not None:
        epochs = round(options.epochs * len(faces) / (len(faces) + len(more)))
        rows[f"{len(more):,} faces without labels"] = (UNLABELLED, {"epochs": epochs})
    names = list(rows)
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for seed in range(options.seeds):
        for name, (key, changed) in rows.items():
            settings = whole.with_values({"seed": seed, **changed})
            folder = options.out / f"{0 if name == LAST else key}-{seed}"
            unlabelled = more if key == UNLABELLED else None
            figures[name].append(run(settings, folder, faces, valid, unlabelled, averaged=name != LAST))
            print(f"{name}, seed {seed}: {figures[name][-1]['accuracy']:.2%}", flush=True)
    print(f"\n{options.network}, {options.epochs} epochs, {options.seeds} seeds, every {options.every}. face\n")
    print("| recipe | accuracy | difference | macro-F1 | log loss |\n|---|---|---|---|---|")
    first = [figure["accuracy"] for figure in figures[names[0]]]
    for name, runs in figures.items():
        gains = [100 * (row["accuracy"] - base) for row, base in zip(runs, first, strict=True)]
        error = stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
        difference = "" if name == names[0] else f"{mean(gains):+.2f} ± {error:.2f}"
        accuracy, macro, loss = (mean(row[key] for row in runs) for key in ("accuracy", "macro_f1", "log_loss"))
        print(f"| {name} | {accuracy:.2%} | {difference} | {macro:.3f} | {loss:.3f} |")


if __name__ == "__main__":
    main()
