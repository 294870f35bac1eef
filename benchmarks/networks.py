"""Networks on one short schedule, that of `ablation.py`: what each gives for its size, its time and its training.

    python -m benchmarks.networks --data ferplus.tar.gz --landmarks landmarks.npz --teacher emotion.json

Prints a row of a Markdown table as each is done, of the file as it would ship (each face looked at three times, in int8
where that costs less than half a point): FER+ validation, calibrated by cross-fitting; one thread of this machine. A
run goes on where it was stopped.
"""

import csv
import sys
from pathlib import Path
from typing import Any

from benchmarks.schedule import faces_of, options_of, settings_of
from feeling_manager.errors import ModelError
from feeling_manager.training.checkpoints import HISTORY
from feeling_manager.training.datasets import Faces
from feeling_manager.training.evaluate import latency
from feeling_manager.training.export import export, some_faces
from feeling_manager.training.train import train

TRAINED_ON = "FER2013 training faces, FER+ votes"
HEAD = "network | parameters | file | a face | accuracy | macro-F1 | ECE | log loss | training"


def shipped(checkpoint: Path, file: Path, faces: Faces, valid: Faces) -> dict[str, Any]:
    """The manifest of the file, which computes in float16 where integers cost half a point."""
    try:
        return export(checkpoint, file, valid, TRAINED_ON, calibration=some_faces(faces))
    except ModelError as error:
        print(f"{file}: {error}", file=sys.stderr)
        return export(checkpoint, file, valid, TRAINED_ON)


def main() -> None:
    parser = options_of(__doc__, Path("runs/networks"))
    parser.add_argument("--networks", nargs="*", default=["slim", "small", "medium", "large", "efficientnet-b0"])
    options = parser.parse_args()
    faces, valid = faces_of(options)
    print(f"| {HEAD} |\n|{'---|' * (HEAD.count('|') + 1)}", flush=True)
    for name in options.networks:
        checkpoint = train(faces, options.out / name, settings_of(options, name))
        with (options.out / name / HISTORY).open() as history:
            seconds = sum(float(row["seconds"]) for row in csv.DictReader(history))
        file = options.out / f"{name}.onnx"
        manifest = shipped(checkpoint, file, faces, valid)
        figures = manifest["metrics"]
        row = [
            f"`{name}`",
            f"{manifest['network']['parameters']:,}",
            f"{file.stat().st_size / 1e6:.2f} MB, {manifest['precision']}",
            f"{latency(valid.images[:1], file.with_suffix('.json')):.1f} ms",
            f"{figures['accuracy']:.2%}",
            *(f"{figures[key]:.3f}" for key in ("macro_f1", "ece", "log_loss")),
            f"{seconds / 60:.0f} min",
        ]
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
