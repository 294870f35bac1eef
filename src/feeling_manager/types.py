"""The records that pass between the stages. Coordinates are pixels of the original frame, times are seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from feeling_manager.labels import NAMES, Emotion

Image = npt.NDArray[np.uint8]
"""uint8, BGR `(h, w, 3)` or grey `(h, w)`."""
Floats = npt.NDArray[np.float32]


class Box(NamedTuple):
    """Left, top, width and height in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def area(self) -> float:
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def clip(self, width: int, height: int) -> "Box":
        """The part inside a frame of that size: never a negative length, whatever came in."""
        left, top = min(max(self.x, 0.0), float(width)), min(max(self.y, 0.0), float(height))
        right = min(max(self.x + self.w, left), float(width))
        bottom = min(max(self.y + self.h, top), float(height))
        return Box(left, top, right - left, bottom - top)

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


class Unclear(StrEnum):
    """Why no emotion is read from a face."""

    SMALL = "small"
    BLURRED = "blurred"
    TURNED = "turned"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture with its place in its source.

    image: uint8 BGR `(h, w, 3)` or grey `(h, w)`. time: seconds by the source's own clock. index: number of the
    frame in the source, from 0; gaps are frames that were dropped or broken.
    """

    image: Image
    time: float = 0.0
    index: int = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Face:
    """One face in one frame.

    landmarks: float32 `(5, 2)`, the eye on the picture's left, the other eye, nose, the mouth corner on the
    picture's left, the other. probabilities: float32 `(8,)` in the order of `labels.EMOTIONS`. emotion: the most
    probable one, or None where `unclear` says why none is read. confidence: its probability (of the most probable
    one where unclear). landmarks68: float32 `(68, 2)`, see `landmarks.py`; None from a model that finds none.
    """

    box: Box
    score: float
    landmarks: Floats
    probabilities: Floats
    emotion: Emotion | None
    confidence: float
    unclear: Unclear | None
    valence: float
    arousal: float
    landmarks68: Floats | None = None

    def to_dict(self) -> dict[str, Any]:
        """The face as JSON can hold it: pixels to a tenth, probabilities to four places, emotions by name."""
        return {
            "box": [round(float(value), 1) for value in self.box],
            "score": round(float(self.score), 4),
            "landmarks": np.round(self.landmarks.astype(float), 1).tolist(),
            "probabilities": {name: round(float(p), 4) for name, p in zip(NAMES, self.probabilities, strict=True)},
            "emotion": self.emotion.name if self.emotion else None,
            "confidence": round(float(self.confidence), 4),
            "unclear": self.unclear.value if self.unclear else None,
            "valence": round(float(self.valence), 4),
            "arousal": round(float(self.arousal), 4),
            "landmarks68": None if self.landmarks68 is None else np.round(self.landmarks68.astype(float), 1).tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reading(Face):
    """A face with its time and its track.

    time: seconds. frame: index of its frame. track_id: from 1, stable for a person while in view. smoothed: float32
    `(8,)`, the track's probabilities smoothed over time. label: the track's steady emotion, with hysteresis; None
    until something clear was seen.
    """

    time: float
    frame: int
    track_id: int
    smoothed: Floats
    label: Emotion | None


class SourceInfo(NamedTuple):
    """What is known of a source before its first frame. None where the source cannot say (a camera's duration)."""

    name: str
    width: int
    height: int
    fps: float | None
    duration: float | None
    frames: int | None
    audio: bool
    live: bool


class FrameSource(Protocol):
    """A context manager that yields frames, each once, oldest first."""

    @property
    def info(self) -> SourceInfo: ...

    @property
    def dropped(self) -> int:
        """Frames lost so far: dropped by a live source so as not to lag, or broken in a file."""
        ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Stoppable(Protocol):
    """A source that may wait long for its next frame, and can be told not to."""

    def stop(self) -> None:
        """Ends the frames soon. Takes no lock, so that a signal's handler may call it."""
        ...


class Sink(Protocol):
    """Takes each frame with its readings, in order; a context manager.

    Leaving without an error makes the results whole under their final names; leaving with one keeps what was
    written as `*.part` where it can be read, and removes the rest.
    """

    def write(self, frame: Frame, readings: list[Reading]) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
