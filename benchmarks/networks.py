"""Networks on one short schedule, that of `ablation.py`: what each gives for its size, its time and its training.

    python benchmarks/networks.py --data ferplus.tar.gz --landmarks landmarks.npz --teacher emotion.json

Prints a row of a Markdown table as each is done, of the file as it would ship (int8, each face looked at three times):
FER+ validation, calibrated by cross-fitting; one thread of this machine. A run goes on where it was stopped.
"""

import argparse
import csv
from pathlib import Path

from feeling_manager.training.datasets import Faces, open_dataset
from feeling_manager.training.evaluate import latency
from feeling_manager.training.export import export, some_faces
from feeling_manager.training.train import HISTORY, Settings, train

HEAD = "network | parameters | file | a face | accuracy | macro-F1 | ECE | log loss | training"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--landmarks", required=True)
    parser.add_argument("--teacher", action="append", required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/networks"))
    parser.add_argument("--networks", nargs="*", default=["slim", "small", "medium", "large", "efficientnet-b0"])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--every", type=int, default=4, help="only every second, third, ... face")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    faces, valid = open_dataset(options.data).faces("train"), open_dataset(options.data).faces("valid")
    fewer = Faces(faces.images[:: options.every], faces.votes[:: options.every])
    print(f"| {HEAD} |\n|{'---|' * (HEAD.count('|') + 1)}", flush=True)
    for name in options.networks:
        settings = Settings(
            network=name,
            epochs=options.epochs,
            held_out=0.0,
            teachers=tuple(options.teacher),
            landmarks=options.landmarks,
            threads=options.threads,
            device=options.device,
        )
        checkpoint = train(fewer, options.out / name, settings)
        with (options.out / name / HISTORY).open() as history:
            seconds = sum(float(row["seconds"]) for row in csv.DictReader(history))
        file = options.out / f"{name}.onnx"
        manifest = export(checkpoint, file, valid, "FER2013 training faces, FER+ votes", calibration=some_faces(faces))
        figures = manifest["metrics"]
        row = [
            f"`{name}`",
            f"{manifest['network']['parameters']:,}",
            f"{file.stat().st_size / 1e6:.2f} MB",
            f"{latency(valid.images[:1], file.with_suffix('.json')):.1f} ms",
            f"{figures['accuracy']:.2%}",
            *(f"{figures[key]:.3f}" for key in ("macro_f1", "ece", "log_loss")),
            f"{seconds / 60:.0f} min",
        ]
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
