"""Films of what is shown: the annotated frames, or these with the charts beside them."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from feeling_manager.sinks.video import VideoWriter
from feeling_manager.types import Frame, Image, Reading

Show = Callable[[Frame, list[Reading]], Image]


class FilmSink:
    """An MP4 of the pictures that `show` makes of frames and readings. Can be played as `*.part` when killed."""

    def __init__(
        self,
        path: Path,
        show: Show,
        *,
        fps: float | None = None,
        origin: float | None = None,
        sound: Path | None = None,
    ) -> None:
        """origin: seconds that become the film's beginning, None for the first frame's. sound: file to take it from."""
        self._path, self._show, self._fps, self._origin, self._sound = path, show, fps, origin, sound
        self._writer: VideoWriter | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if self._writer is None:
            origin = frame.time if self._origin is None else self._origin
            self._writer = VideoWriter(self._path, fps=self._fps, origin=origin, sound_from=self._sound)
        self._writer.write(self._show(frame, readings), frame.time)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close(whole=error is None)
