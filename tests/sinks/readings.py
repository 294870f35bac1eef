"""Hand-made readings, and runs of them, for tests of the sinks."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np

from feeling_manager.labels import BY_NAME
from feeling_manager.types import Face, Frame, Image, Reading, SourceInfo, Unclear
from tests.faces import make_face

INFO = SourceInfo("talk.mp4", 320, 240, 25.0, 4.0, 100, audio=False, live=False)
GREY: Image = np.full((240, 320, 3), 90, np.uint8)


def make_reading(
    emotion: str = "happiness",
    confidence: float = 0.9,
    *,
    time: float = 0.0,
    frame: int = 0,
    track_id: int = 1,
    box: tuple[float, float, float, float] = (100, 60, 60, 70),
    unclear: Unclear | None = None,
    label: str | None = "",
) -> Reading:
    """A reading of a face that shows `emotion`. label: the steady emotion, by default the same; None for none."""
    face = make_face(box, emotion, confidence, unclear=unclear)
    steady = (None if unclear else emotion) if label == "" else label
    return Reading(
        **{item.name: getattr(face, item.name) for item in fields(Face)},
        time=time,
        frame=frame,
        track_id=track_id,
        smoothed=face.probabilities,
        label=BY_NAME[steady] if steady else None,
    )


Stretch = tuple[str | None, float, float]
"""Emotion (None: nobody there), start, end in seconds."""


def make_run(
    persons: Sequence[Sequence[Stretch]], *, fps: float = 25.0, image: Image = GREY
) -> Iterator[tuple[Frame, list[Reading]]]:
    """Frames with readings of persons 1, 2, ... who show what their stretches say, side by side."""
    end = max(stretch[2] for person in persons for stretch in person)
    for index in range(round(end * fps)):
        time = index / fps
        readings = [
            make_reading(emotion, time=time, frame=index, track_id=number, box=(20 + 90 * (number - 1), 60, 60, 70))
            for number, person in enumerate(persons, 1)
            for emotion, start, stop in person
            if emotion and start <= time < stop
        ]
        yield Frame(image, time, index), readings
