"""What an evaluation leaves behind: one JSON, one page with the pictures in it, one model card, and the pictures."""

import base64
import json
from pathlib import Path
from typing import Any

import cv2

from feeling_manager import sinks
from feeling_manager.inference.models import Model
from feeling_manager.labels import NAMES
from feeling_manager.sinks.files import make_folder, write_whole
from feeling_manager.training import plots
from feeling_manager.training.robustness import examples
from feeling_manager.types import Image

METRICS, PAGE, CARD = "metrics.json", "report.html", "model-card.md"


def describe(model: Model) -> dict[str, Any]:
    """What the JSON says of the model: all of its manifest but where its file lies."""
    return {name: value for name, value in model.manifest.items() if name != "file"} | {"name": model.name}


def written(model: Model) -> str:
    """The words about a model that no figure gives: the .md beside its manifest, or a reminder to write them."""
    path = model.path.with_suffix(".md") if model.path else None
    if path and path.is_file():
        return path.read_text("utf-8")
    return "## To be written\n\nData, training, what was not measured, uses: in a .md file beside the manifest.\n"


def write_report(result: dict[str, Any], folder: Path, words: str = "", face: Image | None = None) -> None:
    """All files into a folder.

    words: the hand-written part of the card. face: grey `(48, 48)`, to show the conditions on.
    """
    make_folder(folder)
    pictures = {
        "confusion": plots.confusion(result),
        "calibration": plots.calibration(result),
        "coverage": plots.coverage(result),
    }
    if "robustness" in result:
        pictures["robustness"] = plots.robustness(result)
        if face is not None:
            large = cv2.resize(examples(face), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
            pictures["conditions"] = cv2.imencode(".png", large)[1].tobytes()
    write_whole(folder / METRICS, (json.dumps(result, indent=1, ensure_ascii=False) + "\n").encode())
    for name, content in pictures.items():
        write_whole(folder / f"{name}.png", content)
    write_whole(folder / PAGE, page(result, pictures).encode())
    write_whole(folder / CARD, card(result, words).encode())


def page(result: dict[str, Any], pictures: dict[str, bytes]) -> str:
    """The evaluation as HTML that needs nothing else. pictures: PNGs by name."""
    inline = {name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in pictures.items()}
    return _render("report.html.jinja", result, pictures=inline, autoescape=True)


def card(result: dict[str, Any], words: str) -> str:
    """The model card as Markdown: figures from the JSON, then the hand-written words."""
    return _render("card.md.jinja", result, words=words.strip(), autoescape=False)


def confusions(result: dict[str, Any], most: int = 6) -> list[dict[str, Any]]:
    """The commonest misreadings, as shares of the emotion that is misread, of at least a tenth of it."""
    rows = [
        {"label": NAMES[label], "read": NAMES[read], "n": count, "of": sum(counts), "share": count / sum(counts)}
        for label, counts in enumerate(result["confusion"])
        for read, count in enumerate(counts)
        if label != read and count >= max(0.1 * sum(counts), 2)
    ]
    return sorted(rows, key=lambda row: -row["share"])[:most]


def _render(template: str, result: dict[str, Any], *, autoescape: bool, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent, Path(sinks.__path__[0])]),
        autoescape=autoescape,  # noqa: S701 (a card is Markdown)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=_percent, thousands=lambda number: f"{number:,}")
    text = environment.get_template(template).render(
        r=result, names=NAMES, confusions=confusions(result), error=_standard_error(result), **values
    )
    return text.strip() + "\n"


def _percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def _standard_error(result: dict[str, Any]) -> float:
    """Of the accuracy, as a share."""
    accuracy: float = result["accuracy"]
    return float((accuracy * (1 - accuracy) / result["n"]) ** 0.5)
