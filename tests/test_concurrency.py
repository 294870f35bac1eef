"""What runs beside the main thread neither hangs nor loses anything, whenever a signal comes."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from types import FrameType

import numpy as np
import pytest

from feeling_manager.concurrency import Interrupts, ThreadedSink, Workers
from feeling_manager.types import Frame, Reading

# these tests have the alarm for themselves
pytestmark = pytest.mark.timeout(300, method="thread")
FRAME = Frame(np.zeros((1, 1, 3), np.uint8))


class _Alarm(Exception):  # noqa: N818 (it is no error)
    pass


def _raise(number: int, frame: FrameType | None) -> None:
    raise _Alarm


@contextmanager
def alarm_after(seconds: float) -> Iterator[None]:
    """A handler of somebody else's that raises, after that time."""
    before = signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        over = False
        while not over:
            with suppress(_Alarm):
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
                over = True


class _Sink:
    def __init__(self) -> None:
        self.left = threading.Event()

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        pass

    def __enter__(self) -> "_Sink":
        return self

    def __exit__(self, *error: object) -> None:
        self.left.set()


def _interrupt_sinks(rounds: int, seed: int) -> None:
    rng = random.Random(seed)
    watchdog = threading.Timer(240, os._exit, (3,))
    watchdog.daemon = True
    watchdog.start()
    caught = 0
    for _ in range(rounds):
        sink = _Sink()
        entered = False
        try:
            with alarm_after(rng.uniform(0.0001, 0.002)), ThreadedSink(sink) as behind:
                entered = True
                while True:
                    behind.write(FRAME, [])
        except _Alarm:
            caught += 1
        # whatever was begun was ended too
        assert not entered or sink.left.wait(10)
    watchdog.cancel()
    assert caught > 0.9 * rounds
    _all_end("sinks")


def _all_end(name: str) -> None:
    deadline = time.monotonic() + 30
    while _running(name) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _running(name) == []


def _running(name: str) -> list[str]:
    """Threads that were begun here and run still, as the interpreter knows them."""
    known = {thread.ident: thread.name for thread in threading.enumerate()}
    return [known[ident] for ident in sys._current_frames() if known.get(ident, "").startswith(name)]


def test_a_handler_that_raises_never_hangs_a_sink() -> None:
    _interrupt_sinks(300, seed=0)


@pytest.mark.soak
def test_a_handler_that_raises_never_hangs_a_sink_in_ten_thousand_rounds() -> None:
    _interrupt_sinks(10_000, seed=1)


def test_a_handler_that_raises_never_hangs_workers() -> None:
    rng = random.Random(0)

    def work(item: int) -> int:
        return item

    for _ in range(100):
        with (
            suppress(_Alarm),
            alarm_after(rng.uniform(0.0001, 0.002)),
            Workers(work, 2, "test") as workers,
        ):
            for _ in workers.map(repeat(1)):
                pass
    _all_end("test-")


def test_workers_keep_the_order_and_say_what_went_wrong() -> None:
    def work(item: int) -> int:
        time.sleep(0.002 * (item % 3))
        if item == 7:
            raise ValueError("seven")
        return item * item

    with Workers(work, 3, "test") as workers:
        assert list(workers.map(range(7))) == [(item, item * item) for item in range(7)]
        with pytest.raises(ValueError, match="seven"):
            list(workers.map(range(20)))

    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("gone")

    found: list[int] = []
    with Workers(work, 3, "test") as workers, pytest.raises(OSError, match="gone"):
        found.extend(item for item, _ in workers.map(items()))
    assert found == [1, 2]


def test_ctrl_c_is_a_flag_and_the_handler_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    told: list[bool] = []
    try:
        with Interrupts() as interrupts:
            interrupts.tell(lambda: told.append(True))
            assert interrupts.requested is False
            os.kill(os.getpid(), signal.SIGINT)
            assert bool(interrupts.requested)
            assert told == [True]
            os.kill(os.getpid(), signal.SIGINT)
            said = capfd.readouterr().err
            assert said == "Finishing what was read; once more stops at once and leaves *.part files.\n"
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_of_ones_own_stays() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            os.kill(os.getpid(), signal.SIGINT)
            assert not interrupts.requested
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert Interrupts(also=lambda: True).requested
