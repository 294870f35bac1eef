"""The options --on, --webhook, --exec and --cooldown, shared by `feeling analyze` and `feeling live`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

from feeling_manager.errors import UsageError

if TYPE_CHECKING:
    from feeling_manager.sinks.events import Event, EventSink


def event_sinks(rules: Sequence[str], webhook: str | None, command: str | None, cooldown: float) -> "list[EventSink]":
    """None or one sink for the rules. Raises UsageError for a rule without an action or the other way round."""
    if not rules and not webhook and not command:
        return []
    if not rules:
        raise UsageError("--webhook and --exec need an event: add --on, such as --on 'anger>0.6 for 3s'.")
    if not webhook and not command:
        raise UsageError("--on needs something to do: add --webhook ADDRESS or --exec COMMAND.")
    from feeling_manager.sinks.events import EventSink, Program, Webhook, parse_rule

    actions: list[Callable[[Event], None]] = []
    if webhook:
        actions.append(Webhook(webhook))
    if command:
        actions.append(Program(command))
    return [EventSink([parse_rule(rule) for rule in rules], actions, cooldown)]


def report_events(sinks: "Sequence[EventSink]") -> None:
    """Says how many events there were, and what became of them."""
    for sink in sinks:
        words = f"{sink.fired} event(s): {sink.sent} delivered"
        if sink.dropped:
            words += f", {sink.dropped} not delivered: {'; '.join(sink.reasons) or 'the receiver was too slow'}"
        typer.echo(words, err=True)
