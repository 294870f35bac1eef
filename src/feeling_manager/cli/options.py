"""Options that several commands share, each said once."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeling_manager.ranges import RANGES

if TYPE_CHECKING:
    from feeling_manager.inference import EmotionRecognizer


def within(name: str) -> dict[str, Any]:
    """The ends of a range, as Typer's options take them."""
    least, most, _ = RANGES[name]
    return {"min": least, "max": most}


DetectionSide = Annotated[
    int | None,
    typer.Option(
        help="Pixels of the longer side that the detector sees; larger finds smaller faces.", **within("detection_side")
    ),
]
Threshold = Annotated[float, typer.Option(help="Score from which a face counts.", **within("threshold"))]
Provider = Annotated[str, typer.Option(help="cpu, cuda, coreml, directml or openvino.")]
Model = Annotated[
    str | None, typer.Option(help="Emotion model: a name of `feeling models list`, or a manifest.", show_default=False)
]
Lang = Annotated[str, typer.Option(help="Words in en or ko.")]
FaceChoice = Annotated[str, typer.Option("--face", help="Read all faces, or the largest.")]
Anonymize = Annotated[bool, typer.Option("--anonymize", help="Blur the faces in all that shows them.")]
Landmarks = Annotated[bool, typer.Option("--landmarks", help="Draw the 68 points of each face.")]
Only = Annotated[list[str] | None, typer.Option(help="Only these outputs, by name; comma-separated or repeated.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the results of another run in that folder.")]
On = Annotated[list[str] | None, typer.Option(help="An event, such as 'anger>0.6 for 3s'.")]
Webhook = Annotated[str | None, typer.Option(help="Address that events are posted to.")]
Command = Annotated[str | None, typer.Option("--exec", help="Program that events are given to.")]
Cooldown = Annotated[
    float, typer.Option(help="Seconds between two events of one rule and person.", **within("cooldown"))
]
Journal = Annotated[bool, typer.Option("--journal", help="Send spells to the account of `feeling login`.")]


def names(only: list[str] | None) -> frozenset[str] | None:
    """The outputs that were named, in any case and with blanks or commas too many; None where none was."""
    if only is None:
        return None
    return frozenset(name for given in only for part in given.split(",") if (name := part.strip().lower()))


def recognizer(
    provider: str, detection_side: int | None, threshold: float, model: str | None, threads: int | None = None
) -> "EmotionRecognizer":
    """The recogniser that the options ask for."""
    from feeling_manager.inference import EmotionRecognizer
    from feeling_manager.inference.models import find

    return EmotionRecognizer(
        provider=provider,
        threads=threads,
        detection_side=detection_side,
        threshold=threshold,
        manifest=find(model) if model else None,
    )
