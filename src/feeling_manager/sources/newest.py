"""What live sources share: a thread that keeps only the newest frame, so that they never lag."""

import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from feeling_manager.errors import SourceError, SourceLostError
from feeling_manager.types import Frame, Image, SourceInfo

FIRST_FRAME = 15.0
"""Seconds to wait for the first frame."""
HEARING = 0.5
"""Seconds that a wait lasts at most: on Windows, Ctrl-C is heard only between two."""


class NewestFrame:
    """Reads frames in a thread of its own and gives the newest; those it overtakes are counted in `dropped`.

    Subclasses open their device in `_open`, read one picture in `_read` (None when it has come to its end; an error of
    the tree when it is lost) and close it in `_close`; the three run in the reading thread only.
    """

    def __init__(self, name: str, *, every: int = 1) -> None:
        self._name = name
        self._every = every
        self.dropped = 0
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._newest: Frame | None = None
        self._ended = False
        self._error: SourceError | None = None
        self._given_up = False

    def stop(self) -> None:
        """Ends the frames within `HEARING`. Takes no lock, so that a signal's handler may call it."""
        self._given_up = True

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._work, name=f"source {self._name}", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._ended, FIRST_FRAME)
            frame, error = self._newest, self._error
        if frame is None:
            self.__exit__(None, None, None)
            raise error or SourceLostError(f"{self._name} gave no frame within {FIRST_FRAME:g} s; check it.")
        height, width = frame.image.shape[:2]
        self._info = SourceInfo(self._name, width, height, None, None, None, audio=False, live=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        # a read that hangs in a driver must not keep the program: the thread is a daemon
        self._thread.join(timeout=5)

    def __iter__(self) -> Iterator[Frame]:
        number = 0
        while True:
            with self._changed:
                while not self._changed.wait_for(lambda: self._newest or self._ended, HEARING):
                    if self._given_up:
                        return
                frame, self._newest = self._newest, None
                if frame is None:
                    if self._error:
                        raise self._error
                    return
            if number % self._every == 0:
                yield frame
            number += 1

    def _work(self) -> None:
        try:
            self._open()
            begun = time.monotonic()
            index = 0
            while not self._stop.is_set() and (image := self._read()) is not None:
                with self._changed:
                    if self._newest is not None:
                        self.dropped += 1
                    self._newest = Frame(image, time.monotonic() - begun, index)
                    self._changed.notify_all()
                index += 1
        except SourceError as error:
            self._error = error
        except Exception as error:
            # a thread's error reaches nobody by itself
            self._error = SourceLostError(f"{self._name} can't be read any more ({error}); start it again.")
        finally:
            self._close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _open(self) -> None:
        raise NotImplementedError

    def _read(self) -> Image | None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError
