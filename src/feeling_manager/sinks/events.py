"""Events: a rule that holds for some seconds calls an address or a program, without ever slowing the frames.

    rule      = quantity [ comparison number ] [ "for" seconds ]
    quantity  = an emotion's name (its smoothed probability), "valence", "arousal", "faces" (how many there are),
                or "unclear", which takes no comparison
    seconds   = number [ "s" | "ms" | "min" ]

Such as `anger>0.6 for 3s`, `valence < -0.3 for 10s`, `faces>1`, `unclear for 5s`.
"""

import http.client
import json
import math
import operator
import os
import queue
import re
import shlex
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from feeling_manager.errors import UsageError
from feeling_manager.labels import BY_NAME, NAMES, affect
from feeling_manager.types import Frame, Reading

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
QUANTITIES = (*NAMES, "valence", "arousal", "faces", "unclear")
_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "min": 60.0}
_RULE = re.compile(
    r"(?P<quantity>[a-z]+)"
    r"(?:\s*(?P<comparison>[<>]=?)\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)))?"
    r"(?:\s+for\s+(?P<length>\d+\.?\d*|\.\d+)\s*(?P<unit>[a-z]*))?",
)
GAP = 0.5
"""Seconds that a face may be missed without its rule starting anew."""
BREAK = 5.0
"""Seconds without any frame after which all rules start anew: nobody knows what was in between."""
MOST_FACES = 10_000
QUEUE = 100
TRIES, FIRST_WAIT = 4, 0.5
TIMEOUT = 5.0
"""Seconds that an address may take to answer, and a program to end."""
CLOSING = 5.0
"""Seconds that what waits is given at the end."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule. seconds: how long it must hold."""

    text: str
    quantity: str
    comparison: str | None
    number: float
    seconds: float

    def holds(self, value: float) -> bool:
        return COMPARISONS[self.comparison](value, self.number) if self.comparison else value > 0


def parse_rule(text: str) -> Rule:
    """The rule of a text. Raises UsageError that says what is wrong and where."""
    match = _RULE.match(text.strip().lower())
    if match is None:
        raise UsageError(f"The event {text!r} must begin with one of {', '.join(QUANTITIES)}.")
    rest = text.strip()[match.end() :]
    if rest:
        raise UsageError(f"The event {text!r} can't be understood from {rest!r} on; write it like 'anger>0.6 for 3s'.")
    quantity, comparison = match["quantity"], match["comparison"]
    if quantity not in QUANTITIES:
        raise UsageError(f"The event {text!r} names {quantity!r}; choose one of {', '.join(QUANTITIES)}.")
    if (quantity == "unclear") != (comparison is None):
        wanted = "takes no comparison" if comparison else "needs a comparison, such as >0.6"
        raise UsageError(f"In the event {text!r}, {quantity} {wanted}.")
    if match["length"] and (match["unit"] or "") not in _UNITS:
        raise UsageError(f"The event {text!r} has the unit {match['unit']!r}; use s, ms or min.")
    if comparison and not _can_hold(quantity, comparison, float(match["number"])):
        least, most = _limits(quantity)
        raise UsageError(f"The event {text!r} can never happen: {quantity} lies between {least:g} and {most:g}.")
    seconds = float(match["length"] or 0) * _UNITS[match["unit"] or ""]
    return Rule(text.strip(), quantity, comparison, float(match["number"] or 0), seconds)


def _limits(quantity: str) -> tuple[float, float]:
    """The least and the most that a quantity can be."""
    if quantity in ("valence", "arousal"):
        return -1.0, 1.0
    return 0.0, MOST_FACES if quantity == "faces" else 1.0


def _can_hold(quantity: str, comparison: str, number: float) -> bool:
    return any(COMPARISONS[comparison](value, number) for value in _limits(quantity))


class Webhook:
    """Posts an event as JSON. Raises OSError when the address can't be reached or answers with an error."""

    def __init__(self, address: str) -> None:
        if not re.match(r"https?://[^/\s]+", address):
            raise UsageError(f"The webhook {address!r} must be an address that begins with http:// or https://.")
        self.address = address

    def __call__(self, event: Event) -> None:
        request = urllib.request.Request(  # noqa: S310 - http(s) only, see above
            self.address, json.dumps(event).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            answer.read(1024)


class Program:
    """Runs a command without a shell: the event is JSON on its standard input, and FEELING_* in its environment."""

    def __init__(self, command: str) -> None:
        try:
            self.words = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"The command {command!r} can't be read ({error}).") from error
        if not self.words or shutil.which(self.words[0]) is None:
            raise UsageError(
                f"There is no program {(self.words or [''])[0]!r} to run; give a name or path that exists."
            )

    def __call__(self, event: Event) -> None:
        environment = os.environ | {f"FEELING_{name.upper()}": str(value) for name, value in event.items()}
        try:
            subprocess.run(
                self.words,
                input=json.dumps(event).encode(),
                env=environment,
                timeout=TIMEOUT,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except subprocess.SubprocessError as error:
            raise OSError(str(error)) from error


class Messenger:
    """Takes events to an action in a thread of its own: a bounded queue, retries with growing waits, counts."""

    def __init__(self, action: Callable[[Event], None]) -> None:
        self._action = action
        self._queue: queue.Queue[Event | None] = queue.Queue(QUEUE)
        self._closing = threading.Event()
        self.sent = self.retried = self.dropped = 0
        self.reason = ""
        """Why the last event that was not delivered was not."""
        self._thread = threading.Thread(target=self._work, name="events", daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Never waits: an event for which there is no room is dropped and counted."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.dropped += 1
            self.reason = f"more than {QUEUE} were waiting"

    def close(self) -> None:
        """Gives what waits a few seconds; what is left then counts as dropped."""
        deadline = time.monotonic() + CLOSING
        while self._queue.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)
        self._closing.set()
        if self._queue.unfinished_tasks:
            self.dropped += self._queue.unfinished_tasks
            self.reason = self.reason or f"the receiver took longer than {CLOSING:g} s"

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                event = self._queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if event is not None:
                self._deliver(event)
            if not self._closing.is_set():
                self._queue.task_done()

    def _deliver(self, event: Event) -> None:
        wait = FIRST_WAIT
        for attempt in range(TRIES):
            try:
                self._action(event)
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.reason = _reason(error)
                if attempt + 1 == TRIES or self._closing.wait(wait):
                    break
                self.retried += 1
                wait *= 2
            else:
                self.sent += 1
                return
        if not self._closing.is_set():
            self.dropped += 1


def _reason(error: Exception) -> str:
    """What went wrong, without addresses or what a program printed."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the receiver answered {error.code}"
    if isinstance(error, urllib.error.URLError):
        return f"the receiver can't be reached ({error.reason})"
    return str(error) or type(error).__name__


@dataclass(slots=True)
class _State:
    since: float = math.nan
    seen: float = -math.inf
    fired: float = -math.inf


@dataclass(slots=True)
class EventSink:
    """Watches the readings for rules. cooldown: seconds between two events of one rule and person."""

    rules: Sequence[Rule]
    actions: Sequence[Callable[[Event], None]]
    cooldown: float = 30.0
    fired: int = 0
    _before: float = -math.inf
    _states: dict[tuple[int, int], _State] = field(default_factory=dict)
    _messengers: list[Messenger] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return sum(messenger.sent for messenger in self._messengers)

    @property
    def dropped(self) -> int:
        return sum(messenger.dropped for messenger in self._messengers)

    @property
    def reasons(self) -> list[str]:
        """Why events were not delivered, of each action that failed."""
        return [messenger.reason for messenger in self._messengers if messenger.dropped and messenger.reason]

    @property
    def retried(self) -> int:
        return sum(messenger.retried for messenger in self._messengers)

    def __enter__(self) -> Self:
        self._messengers = [Messenger(action) for action in self.actions]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for messenger in self._messengers:
            messenger.close()

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        for number, rule in enumerate(self.rules):
            if rule.quantity == "faces":
                self._watch(number, rule, 0, float(len(readings)), frame.time)
                continue
            for reading in readings:
                self._watch(number, rule, reading.track_id, _value(rule.quantity, reading), frame.time)
        self._before = frame.time
        self._forget(frame.time)

    def _watch(self, number: int, rule: Rule, track_id: int, value: float | None, now: float) -> None:
        state = self._states.setdefault((number, track_id), _State())
        # who was seen on the frame before was there all the time, however far apart frames are
        missed = now - state.seen > (BREAK if state.seen == self._before else GAP)
        if now < state.seen or missed:
            state.since = math.nan
        state.seen = now
        if value is None or not rule.holds(value):
            state.since = math.nan
            return
        if math.isnan(state.since):
            state.since = now
        if now - state.since >= rule.seconds - 1e-9 and now - state.fired >= self.cooldown:
            state.fired = now
            self._fire(rule, track_id, value, now)

    def _fire(self, rule: Rule, track_id: int, value: float, now: float) -> None:
        self.fired += 1
        event = {
            "rule": rule.text,
            "quantity": rule.quantity,
            "value": round(value, 4),
            "track_id": track_id,
            "time": round(now, 3),
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        for messenger in self._messengers:
            messenger.send(event)

    def _forget(self, now: float) -> None:
        """States of people long gone go, so that a crowd does not fill the memory."""
        if len(self._states) > 1024:
            kept = max(self.cooldown, GAP)
            self._states = {key: state for key, state in self._states.items() if now - state.seen <= kept}


def _value(quantity: str, reading: Reading) -> float | None:
    """None where the track shows no emotion (any more): what is smoothed then is what it last showed."""
    if quantity == "unclear":
        return float(reading.unclear is not None)
    if reading.label is None:
        return None
    if quantity in BY_NAME:
        return float(reading.smoothed[BY_NAME[quantity].index])
    valence, arousal = affect(reading.smoothed)
    return valence if quantity == "valence" else arousal
