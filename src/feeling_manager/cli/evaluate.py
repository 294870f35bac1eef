"""`feeling evaluate`: how good a model file is."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer


def evaluate(
    data: Annotated[Path, typer.Option(help="A data set: a folder, tar or zip archive; see docs/how-to/train.md.")],
    split: Annotated[str, typer.Option(help="train, valid, test or all.")] = "valid",
    layout: Annotated[str | None, typer.Option(help="Of the data set, by name; recognised by default.")] = None,
    model: Annotated[str, typer.Option(help="A name of `feeling models list`, or a manifest.")] = "emotion",
    cross: Annotated[
        list[Path] | None, typer.Option(help="Another data set, read raw and aligned by our detector; repeatable.")
    ] = None,
    robust: Annotated[
        bool | None, typer.Option(help="Also blurred, dark, covered...; by default when there is --out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for metrics.json, report.html, model-card.md, pictures.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Measure a model on faces with votes: accuracy, recall, calibration, robustness, a threshold for *unsure*."""
    from feeling_manager.cli.output import print_json, report_left_out
    from feeling_manager.inference.models import find, load_emotion
    from feeling_manager.training.datasets import open_dataset
    from feeling_manager.training.evaluate import cross_check
    from feeling_manager.training.evaluate import evaluate as run
    from feeling_manager.training.report import describe, write_report, written

    dataset = open_dataset(data, layout)
    # opened first, so that a wrong path is said before the long measuring
    others = [open_dataset(path) for path in cross or ()]
    faces = dataset.faces(split)
    report_left_out(faces)
    manifest = find(model)
    loaded = load_emotion(manifest)
    measured = run(faces, manifest, robust=out is not None if robust is None else robust)
    result: dict[str, Any] = {
        "command": _command(data, split, layout, model, cross or []),
        "data": {"name": data.name, "layout": dataset.layout, "split": split},
        "model": describe(loaded),
        **measured,
        "cross": [cross_check(other, manifest) for other in others],
    }
    if out:
        write_report(result, out, written(loaded), faces.images[0])
    if json:
        print_json(result)
    else:
        _print(result)
        if out:
            typer.echo(f"Written: {out / 'report.html'}, model-card.md, metrics.json and the pictures")


def _command(data: Path, split: str, layout: str | None, model: str, cross: list[Path]) -> str:
    """What to type to get the same figures, with files by their names only."""
    words = ["feeling", "evaluate", "--data", data.name, "--split", split]
    words += ["--layout", layout] if layout else []
    words += ["--model", Path(model).name] if model != "emotion" else []
    return shlex.join([*words, *(word for path in cross for word in ("--cross", path.name))])


def _print(result: dict[str, Any]) -> None:
    from feeling_manager.cli.output import print_table

    print_table(
        f"{result['data']['name']} {result['data']['split']}, 8 emotions, majority label, n = {result['n']}",
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
    if clear := result["clear_majority"]:
        print_table(
            f"Where more than half of the voters agree (the rule of FER+'s authors), n = {clear['n']}",
            [{"accuracy": f"{clear['accuracy']:.2%}", "macro F1": f"{clear['macro_f1']:.3f}"}],
        )
    print_table(
        "Recall",
        [
            {"emotion": name, "recall": _percent(recall), "n": result["support"][name]}
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
        "The threshold for unsure",
        [{k: f"{v:.1%}" if k != "threshold" else v for k, v in row.items()} for row in result["coverage"]],
    )
    if "robustness" in result:
        print_table(
            "Robustness",
            [
                {
                    "condition": row["condition"],
                    "accuracy": _percent(row["accuracy"]),
                    "macro F1": f"{row['macro_f1']:.3f}",
                    "read at the threshold": _percent(row["coverage"]),
                    "of these right": _percent(row["accuracy_above"]),
                }
                for row in result["robustness"]
            ],
        )
    for cross in result["cross"]:
        print_table(
            f"Other data: {cross['data']}",
            [
                {"faces": words, "n": figures["n"], "accuracy": _percent(figures["accuracy"])}
                | {name: _percent(recall) for name, recall in figures["recall"].items()}
                for words, figures in (
                    ("as they are", cross["raw"]),
                    ("as they are, where found", cross["raw_where_found"]),
                    ("aligned by our detector", cross["aligned"]),
                )
            ],
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
