"""Where things are kept: settable by environment, else the platform's own place."""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path


def cache_dir() -> Path:
    """Files that can be made again (prepared models). `FEELING_CACHE_DIR` moves it; may not exist yet."""
    return Path(os.environ.get("FEELING_CACHE_DIR") or user_cache_path("feeling-manager", appauthor=False))


def data_dir() -> Path:
    """The user's own data (database, queue, keys). `FEELING_DATA_DIR` moves it; may not exist yet."""
    return Path(os.environ.get("FEELING_DATA_DIR") or user_data_path("feeling-manager", appauthor=False))


def legible(name: str) -> str:
    """A file's name as text that can be written anywhere: what is no Unicode in it stands as its escape."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
