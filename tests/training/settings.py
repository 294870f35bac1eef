from typing import Any

from feeling_manager.training.settings import Settings


def changed(settings: Settings, **values: Any) -> Settings:
    """Settings with some changed, a group's by `group__name`."""
    return settings.with_values({name.replace("__", "."): value for name, value in values.items()})
