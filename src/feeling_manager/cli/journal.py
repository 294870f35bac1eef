"""The option --journal of `feeling live` and `feeling analyze`: spells into the account that `feeling login` opened."""

from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

import typer

from feeling_manager.errors import MissingDependencyError, UsageError
from feeling_manager.spells import Moment, Spell, SpellMaker
from feeling_manager.tracking import dominant
from feeling_manager.types import Frame, Reading

try:
    from feeling_manager.service.client import ConsentNeededError, JournalQueue, ServiceAwayError, read_account
except ImportError as error:
    raise MissingDependencyError('The journal needs the service: pip install "feeling-manager[serve]".') from error


class JournalSink:
    """Sums the readings of the largest face into spells, keeps each on disk, and sends them at the end.

    began: epoch seconds of the source's time 0; None takes the moment of the first frame, as for a live source.
    Spells that can't be sent wait for the next time.
    """

    def __init__(self, began: float | None = None) -> None:
        self._queue = JournalQueue(read_account())
        self._began = began
        self._maker = SpellMaker()
        self.added = 0

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame, readings: list[Reading]) -> None:
        if self._began is None:
            self._began = datetime.now().timestamp() - frame.time
        reading = dominant(readings)
        if reading:
            moment = Moment(frame.time, reading.label, reading.probabilities, reading.unclear is not None)
            self._add(self._maker.add(moment))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._add(self._maker.end())
        try:
            sent = self._queue.flush()
        except (ServiceAwayError, ConsentNeededError) as away:
            typer.echo(f"{self.added} spell(s) for the journal wait to be sent: {away}", err=True)
        else:
            typer.echo(f"{sent} spell(s) sent to the journal.", err=True)

    def _add(self, spell: Spell | None) -> None:
        if spell:
            began = self._began or 0.0
            self._queue.add(replace(spell, start=began + spell.start, end=began + spell.end))
            self.added += 1


def journal_sink(recorded: str | None = None) -> JournalSink:
    """recorded: ISO date and time at which a file begins, None for a live source.

    Raises UsageError for what is no time, ServiceRefusedError where nobody signed in.
    """
    if recorded is None:
        return JournalSink()
    try:
        began = datetime.fromisoformat(recorded).astimezone()
    except ValueError as error:
        raise UsageError(f"--recorded is a date and time such as 2026-11-21T10:30, not {recorded!r}.") from error
    return JournalSink(began.timestamp())
