"""The screen, or a region of it."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import numpy as np

from feeling_manager.errors import SourceError, SourceLostError, UsageError
from feeling_manager.types import Frame, SourceInfo

Region = tuple[int, int, int, int]


def parse_region(text: str) -> Region | None:
    """ "x,y,w,h" in pixels as numbers, or None for an empty text. Raises UsageError."""
    if not text:
        return None
    try:
        x, y, w, h = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"A region is x,y,width,height in pixels, such as 0,0,640,480, not {text!r}.") from None
    if w < 1 or h < 1 or x < 0 or y < 0:
        raise UsageError(f"The region {text} must begin at 0 or later and be at least one pixel wide and high.")
    return x, y, w, h


class ScreenSource:
    """Pictures of the first monitor, or of a region of it, `fps` a second; those it was too slow for are `dropped`.

    Raises SourceError on entering when there is no screen, or the region lies outside it.
    """

    def __init__(self, region: Region | None = None, *, fps: float = 10.0, every: int = 1) -> None:
        if fps <= 0:
            raise UsageError(f"Frames a second must be more than 0, not {fps:g}.")
        self._region, self._fps, self._every = region, fps, every
        self.dropped = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __enter__(self) -> Self:
        import mss
        from mss.exception import ScreenShotError

        self._lost: type[Exception] = ScreenShotError
        try:
            self._screen: Any = mss.MSS()
            monitor = self._screen.monitors[1]
        except (ScreenShotError, OSError, IndexError) as error:
            raise SourceError(f"The screen can't be read ({error}); is there a display?") from error
        x, y, w, h = self._region or (0, 0, monitor["width"], monitor["height"])
        if x + w > monitor["width"] or y + h > monitor["height"]:
            self._screen.close()
            raise SourceError(
                f"The region {x},{y},{w},{h} reaches beyond the screen of {monitor['width']}x{monitor['height']}."
            )
        self._area = {"left": monitor["left"] + x, "top": monitor["top"] + y, "width": w, "height": h}
        self._info = SourceInfo("screen", w, h, self._fps / self._every, None, None, audio=False, live=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._screen.close()

    def __iter__(self) -> Iterator[Frame]:
        begun = time.monotonic()
        index = 0
        while True:
            due = begun + index / self._fps
            now = time.monotonic()
            if now < due:
                time.sleep(due - now)
            elif (late := int((now - due) * self._fps)) > 0:
                self.dropped += late
                index += late
            if index % self._every == 0:
                try:
                    shot = self._screen.grab(self._area)
                except (self._lost, OSError) as error:
                    raise SourceLostError(f"The screen is gone ({error}).") from error
                pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
                yield Frame(np.ascontiguousarray(pixels[:, :, :3]), time.monotonic() - begun, index)
            index += 1
