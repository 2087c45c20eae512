"""Logs: one JSON object in each line, which says what happened and where, and never holds what users wrote."""

import logging
import sys
from typing import TextIO

import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure(level: str) -> None:
    """Send the logs of Beside and of all libraries to standard error as JSON."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=level, handlers=[handler(sys.stderr)], force=True)
    for name in ("engineio.server", "socketio.server"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.ERROR)  # at lower levels they log what people write
    for name in ("pymongo", "websockets"):  # their debug logs hold whole documents and frames
        logging.getLogger(name).setLevel(logging.WARNING)


def handler(stream: TextIO) -> logging.Handler:
    """Return a handler that writes a line of JSON for each log record."""
    found = logging.StreamHandler(stream)
    found.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    return found
