"""The options --on, --webhook, --exec and --cooldown, shared by `feeling analyze` and `feeling live`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feeling_manager.errors import UsageError

if TYPE_CHECKING:
    from feeling_manager.sinks.events import EventSink


def event_sinks(rules: Sequence[str], webhook: str | None, command: str | None, cooldown: float) -> "list[EventSink]":
    """None or one sink for the rules. Raises UsageError for a rule without an action or the other way round."""
    if not rules and not webhook and not command:
        return []
    if not rules:
        raise UsageError("--webhook and --exec need an event: add --on, such as --on 'anger>0.6 for 3s'.")
    if not webhook and not command:
        raise UsageError("--on needs something to do: add --webhook ADDRESS or --exec COMMAND.")
    raise NotImplementedError
