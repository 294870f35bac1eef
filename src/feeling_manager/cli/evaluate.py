"""`feeling evaluate`: how good a model file is."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    split: Annotated[str, typer.Option(help="train, valid, test or all.")] = "valid",
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    model: Annotated[Path | None, typer.Option(help="Manifest of another model than the bundled one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for metrics.json and pictures.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Measure a model on faces with votes: accuracy, recall, calibration, what a bar for *unsure* would do."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.evaluate import evaluate as run
    from feeling_manager.training.evaluate import write_report

    result = run(open_dataset(data, layout).faces(split), model)
    if out:
        write_report(result, out)
    if json:
        print_json(result)
        return
    print_table(
        f"FER+ {split}, 8 emotions, majority label, n = {result['n']}",
        [
            {
                "accuracy": f"{result['accuracy']:.2%}",
                "macro F1": f"{result['macro_f1']:.3f}",
                "ECE": f"{result['ece']:.4f}",
                "log loss": f"{result['log_loss']:.4f}",
                "file": f"{result['bytes'] / 1e6:.2f} MB",
                "one face, one thread": f"{result['milliseconds_a_face']:.2f} ms",
            }
        ],
    )
    print_table(
        "Recall",
        [
            {"emotion": name, "recall": "" if recall is None else f"{recall:.1%}", "n": result["support"][name]}
            for name, recall in result["recall"].items()
        ],
    )
    print_table(
        "Accuracy by the voters' agreement, by brightness and by sharpness",
        [
            {"by": name, **row, "accuracy": f"{row['accuracy']:.1%}"}
            for name, rows in result["slices"].items()
            for row in rows
        ],
    )
    print_table(
        "A bar for unsure", [{k: f"{v:.1%}" if k != "bar" else v for k, v in row.items()} for row in result["coverage"]]
    )
