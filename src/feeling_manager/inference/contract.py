"""What a manifest says of an emotion model: how a face is cut out and fed to it, and how its output is read.

    {"file": "emotion.onnx", "sha256": "...", "licence": "...",
     "input": {"size": [48, 48], "colour": "gray", "mean": 0.508, "std": 0.255},
     "output": {"labels": ["neutral", ...], "kind": "probabilities"},
     "crop": {"landmarks": [[15.6, 19.0], ...]},
     "unclear": {"confidence": 0.52}}

colour: gray, rgb or bgr. mean, std: of values 0 to 1, one number or one a channel. labels: emotions in the order of the
output's columns, by any of their names. kind: probabilities, or logits, which are divided by `temperature` (1) and
go through a softmax. crop: where the five landmarks lie in the input, or `{"margin": 0.1}`, which puts them where they
lie in FER+'s frames with that share of the frame added on each side. confidence: the threshold for *unsure* (0.5).
Inputs and outputs may have a `name`; without one the graph's first is taken.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from feeling_manager.errors import ModelError
from feeling_manager.labels import emotion_named
from feeling_manager.types import Floats

TEMPLATE = ((15.6, 19.0), (32.4, 19.0), (24.0, 28.5), (17.2, 35.8), (30.8, 35.8))
"""Where eyes, nose and mouth corners lie in the 48×48 frames of FER+ (measured on 1,000 of them, made symmetric)."""
SIDE = 48
COLOURS = {"gray": 1, "rgb": 3, "bgr": 3}
"""Colour of the input by name: its number of channels."""
KINDS = ("probabilities", "logits")


VERSION = 2
"""Of the manifests that we write. 1, of 0.1.0, had none and called two fields otherwise; `migrated` reads both."""
_BEFORE = {"looks": "tta_views", "aligning": "self_alignment"}


def migrated(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest as its newest version says it.

    Args:
        manifest: As it was read.

    Returns:
        The same where it is of this version, else a copy with today's names.

    Raises:
        ModelError: It is of a newer version than this program knows.
    """
    version = manifest.get("version", 1)
    if not isinstance(version, int) or version > VERSION:
        raise ModelError(f"The manifest is of version {version!r}, which this program does not know; upgrade it.")
    if version == VERSION:
        return manifest
    return {_BEFORE.get(name, name): value for name, value in manifest.items()} | {"version": VERSION}


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """A manifest, checked.

    size: pixels of the square input's side. mean, std: float32 `(channels,)`. columns: place among `labels.EMOTIONS`
    of each column of the output. template: float32 `(5, 2)`, pixels of the input.
    """

    size: int
    colour: str
    mean: Floats
    std: Floats
    columns: tuple[int, ...]
    logits: bool
    temperature: float
    template: Floats
    threshold: float
    input_name: str | None
    output_name: str | None
    landmarks_name: str | None = None
    """The output of 68 landmarks `(n, 68, 2)` in pixels of the input, if there is one."""

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> "Contract":
        """Raises ModelError with the first thing that is missing or makes no sense."""
        try:
            given, output = manifest["input"], manifest["output"]
            height, width = (int(side) for side in given["size"])
            colour, kind = given["colour"], output.get("kind", "probabilities")
            contract = cls(
                size=height,
                colour=colour,
                mean=_channels(given["mean"], colour),
                std=_channels(given["std"], colour),
                columns=_columns(output["labels"]),
                logits=kind == "logits",
                temperature=float(manifest.get("temperature", 1.0)) if kind == "logits" else 1.0,
                template=_template(manifest["crop"], height),
                threshold=float(manifest.get("unclear", {}).get("confidence", 0.5)),
                input_name=given.get("name"),
                output_name=output.get("name"),
                landmarks_name=manifest.get("landmarks68", {}).get("name"),
            )
        except KeyError as error:
            raise ModelError(f"The manifest lacks {error}; docs/how-to/train.md shows a whole one.") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"The manifest can't be used: {error}.") from error
        if height != width or height < 8:
            raise ModelError(f"The manifest can't be used: an input of {height}x{width} is no square of 8 or more.")
        if kind not in KINDS:
            raise ModelError(f"The manifest can't be used: the kind {kind!r} is none of {', '.join(KINDS)}.")
        if not (contract.std > 0).all() or contract.temperature <= 0:
            raise ModelError("The manifest can't be used: std and temperature must be above 0.")
        return contract


def template(size: int, margin: float = 0.0) -> Floats:
    """FER+'s places of the landmarks `(5, 2)` in a frame of another size, with a margin on each side as a share."""
    points = (np.array(TEMPLATE) + 0.5) / SIDE
    return ((points + margin) / (1 + 2 * margin) * size - 0.5).astype(np.float32)


def _channels(value: Any, colour: str) -> Floats:
    if colour not in COLOURS:
        raise ValueError(f"the colour {colour!r} is none of {', '.join(COLOURS)}")
    numbers = np.array(value, np.float32).reshape(-1)
    if len(numbers) not in (1, COLOURS[colour]) or not np.isfinite(numbers).all():
        raise ValueError(f"mean and std are {COLOURS[colour]} numbers for {colour}, or one for all, not {value}")
    return np.broadcast_to(numbers, (COLOURS[colour],)).copy()


def _columns(labels: Any) -> tuple[int, ...]:
    found = [emotion_named(str(label)) for label in labels]
    unknown = [str(label) for label, emotion in zip(labels, found, strict=True) if emotion is None]
    if unknown:
        raise ValueError(f"it names labels that are unknown: {', '.join(unknown)}")
    columns = tuple(emotion.index for emotion in found if emotion is not None)
    if len(columns) < 2 or len(set(columns)) < len(columns):
        raise ValueError("its labels are fewer than two, or one is named twice")
    return columns


def _template(crop: dict[str, Any], size: int) -> npt.NDArray[np.float32]:
    if "margin" in crop and "landmarks" not in crop:
        margin = float(crop["margin"])
        if not -0.3 < margin < 2:
            raise ValueError(f"a margin of {margin:g} is no share of the frame between -0.3 and 2")
        return template(size, margin)
    points = np.array(crop["landmarks"], np.float32)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ValueError("the crop's landmarks are five points")
    return points
