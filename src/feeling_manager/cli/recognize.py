"""`feeling recognize`: emotions in pictures."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.cli import options as shared
from feeling_manager.errors import FeelingError, UsageError
from feeling_manager.phrases import phrase

if TYPE_CHECKING:
    from feeling_manager.types import Face

_COUNT = {"en": "{n} face(s)", "ko": "얼굴 {n}개"}
_UNCLEAR = {"en": "unclear", "ko": "불분명"}


def recognize(
    images: Annotated[list[Path], typer.Argument(help="Pictures; - for one on stdin.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
    lang: shared.Lang = "en",
    detection_side: shared.DetectionSide = None,
    threshold: shared.Threshold = 0.4,
    provider: shared.Provider = "cpu",
    model: shared.Model = None,
) -> None:
    """Read the emotions from the faces in pictures.

    A picture that can't be read is named on stderr, the others are still read; the exit status is then that error's.
    """
    if lang not in _COUNT:
        raise UsageError(f"The language is one of {', '.join(_COUNT)}, not {lang!r}.")
    from feeling_manager.cli.output import print_json
    from feeling_manager.sources.images import read_image

    recognizer = shared.recognizer(provider, detection_side, threshold, model)
    results: list[dict[str, Any]] = []
    status = 0
    for path in images:
        try:
            faces = recognizer.recognize(read_image(sys.stdin.buffer.read() if str(path) == "-" else path))
        except FeelingError as error:
            typer.echo(f"feeling: {error}", err=True)
            status = error.exit_status
            continue
        if json:
            results.append({"image": str(path), "faces": [face.to_dict() for face in faces]})
        else:
            _print(path, faces, lang)
    if json:
        print_json(results)
    raise typer.Exit(status)


def _print(path: Path, faces: list["Face"], lang: str) -> None:
    typer.echo(f"{path}: {_COUNT[lang].format(n=len(faces))}")
    for number, face in enumerate(faces, 1):
        x, y, w, h = (round(value) for value in face.box)
        typer.echo(f"  {number}. {_words(face, lang)}  [{x}, {y}, {w}, {h}]")


def _words(face: "Face", lang: str) -> str:
    """What the face shows; the figures are in --json."""
    unsure = face.unclear == "unsure"
    if face.emotion or unsure:
        return phrase(face.probabilities, unsure=unsure).sentence(lang)
    return f"{_UNCLEAR[lang]} ({face.unclear})"
