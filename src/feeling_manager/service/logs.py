"""Logs as JSON lines, on stderr and in a file a day; no secret, picture or personal data goes in."""

import logging
import sys
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path
from typing import Any

import structlog


def configure(folder: Path | None, days: int) -> None:
    """Logs go to stderr and, with `folder`, to service.log there; after `days` days a file is removed.

    A terminal gets only warnings and errors where there is the file: its owner reads the address there.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # types and lines, without the values of variables
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handlers.append(
                TimedRotatingFileHandler(
                    folder / "service.log", when="midnight", utc=True, backupCount=days, encoding="utf-8", delay=True
                )
            )
        except OSError as error:
            print(f"No log file: {folder}: {error.strerror}", file=sys.stderr)  # noqa: T201 (no log yet)
    if len(handlers) > 1 and sys.stderr.isatty():
        handlers[0].setLevel(logging.WARNING)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    # ours says what was asked, once; theirs also from which address
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
