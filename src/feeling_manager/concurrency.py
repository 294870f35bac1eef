"""Threads and Ctrl-C: what runs beside the main thread, and how a run is stopped without hanging or losing anything.

A signal's handler runs in the main thread between any two steps of the interpreter. Where one raises, as Python's
own does on Ctrl-C, a lock that was just taken by Python code (`queue.Queue`, `threading.Condition`) may never be given
back. So what the main thread waits for here are `SimpleQueue`s, whose steps can't be torn, and Ctrl-C is a flag that is
read between frames.
"""

import _thread
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Generic, Self, TypeVar

from feeling_manager.types import Frame, Reading, Sink

T = TypeVar("T")
R = TypeVar("R")
STOPPED = 130
"""Exit status of a run that Ctrl-C ended."""


class Interrupts:
    """Takes Ctrl-C while a run lasts: the first ends it as its source's end would, the third ends the program at once.

    Only in the main thread, and only in place of Python's own handler; the handler is restored on leaving. Elsewhere
    nothing changes, and `requested` follows `also` alone.
    """

    def __init__(self, also: Callable[[], bool] | None = None) -> None:
        """Args:
        also: Another reason to stop, asked between frames.
        """
        self._also = also
        self._count = 0
        self._taken = False
        self._told: list[Callable[[], None]] = []

    def tell(self, callback: Callable[[], None]) -> None:
        """Calls this at Ctrl-C, within the signal's handler: it may set an attribute, and take no lock."""
        self._told.append(callback)

    @property
    def requested(self) -> bool:
        """Whether the run should end."""
        return self._count > 0 or (self._also is not None and self._also())

    def __enter__(self) -> Self:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._taken = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._taken:
            self._taken = False
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        for callback in self._told:
            callback()
        if self._count == 2:
            # straight to the system: what was interrupted may be writing to sys.stderr itself
            with suppress(OSError):
                os.write(2, b"Finishing what was read; once more stops at once and leaves *.part files.\n")
        elif self._count > 2:
            # what was written until now can be read as after a kill
            os._exit(STOPPED)


class Workers(Generic[T, R]):
    """Does work in several threads; results come in the order in which the work was given. A context manager."""

    def __init__(self, work: Callable[[T], R], number: int, name: str) -> None:
        self._work = work
        self._jobs: SimpleQueue[tuple[T, SimpleQueue[R | _Raised]] | None] = SimpleQueue()
        self._threads = [_Thread(self._run, f"{name}-{i}") for i in range(number)]

    def __enter__(self) -> Self:
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:
            self._end()
            raise
        return self

    def _end(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        raised = [interrupt for thread in self._threads if (interrupt := thread.join())]
        if raised and error is None:
            raise raised[0]

    def map(self, items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Each item with its result, a few items late. An error of the items comes after the results before it."""
        waiting: deque[tuple[T, SimpleQueue[R | _Raised]]] = deque()
        ended: Exception | None = None
        source = iter(items)
        while True:
            try:
                item = next(source)
            except StopIteration:
                break
            except Exception as error:
                ended = error
                break
            box: SimpleQueue[R | _Raised] = SimpleQueue()
            # given before it is waited for: a signal's handler may raise in between
            self._jobs.put((item, box))
            waiting.append((item, box))
            if len(waiting) > 2 * len(self._threads):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
        if ended:
            raise ended

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            item, box = job
            try:
                box.put(self._work(item))
            except BaseException as error:
                box.put(_Raised(error))


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _result(job: "tuple[T, SimpleQueue[R | _Raised]]") -> tuple[T, R]:
    item, box = job
    result = box.get()
    if isinstance(result, _Raised):
        raise result.error
    return item, result


class ThreadedSink:
    """Runs a sink in a thread of its own, at most `room` frames behind: encoding overlaps with recognition.

    An error of the sink is raised by the next `write`, or on leaving. What was written is finished whatever a signal's
    handler raises meanwhile.
    """

    def __init__(self, sink: Sink, room: int = 8) -> None:
        self._context = sink
        self._queue: SimpleQueue[tuple[Frame, list[Reading]] | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        for _ in range(room):
            self._room.put(None)
        self._error: BaseException | None = None

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        """See `types.Sink`. Waits while the sink is `room` frames behind."""
        if self._error:
            raise self._error
        self._room.get()
        self._queue.put((frame, readings))

    def __enter__(self) -> Self:
        self._sink = self._context.__enter__()
        try:
            self._thread = _Thread(self._work, "sinks")
            self._thread.start()
        except BaseException as error:
            # if it has begun, it writes nothing and ends
            self._queue.put(None)
            self._context.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        interrupt = self._thread.join()
        ours = error or self._error or interrupt
        self._context.__exit__(type(ours) if ours else None, ours, ours.__traceback__ if ours else None)
        if error is None and ours is not None:
            raise ours

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._sink.write(*item)
                except BaseException as error:
                    self._error = error
            self._room.put(None)


class _Thread:
    """A thread whose beginning and end can be waited for while signals come; `threading.Thread`'s own may hang then."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._work, self._name = work, name
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._over = False

    def start(self) -> None:
        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        threading.current_thread().name = self._name
        try:
            self._work()
        finally:
            self._over = True
            self._ended.put(None)

    def join(self) -> BaseException | None:
        """Waits for the end; gives what a signal's handler raised meanwhile."""
        raised: BaseException | None = None
        while not self._over:
            try:
                self._ended.get()
            except BaseException as error:
                raised = error
        return raised
