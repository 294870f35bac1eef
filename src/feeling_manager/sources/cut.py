"""A part of a source that knows no better way to begin and end than to leave frames out."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from feeling_manager.sources.newest import NewestFrame
from feeling_manager.types import Frame, FrameSource, SourceInfo


def cut(source: FrameSource, start: float | None, end: float | None) -> FrameSource:
    """The source's frames from `start` until before `end`, in seconds of its clock; all of them for None."""
    return source if start is None and end is None else _Cut(source, start or 0.0, float("inf") if end is None else end)


class _Cut:
    def __init__(self, source: FrameSource, start: float, end: float) -> None:
        self._source, self._start, self._end = source, start, end

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    @property
    def dropped(self) -> int:
        return self._source.dropped

    def stop(self) -> None:
        """See `newest.NewestFrame`; other sources end by themselves."""
        if isinstance(self._source, NewestFrame):
            self._source.stop()

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source:
            if frame.time >= self._end:
                return
            if frame.time >= self._start:
                yield frame

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, trace)
