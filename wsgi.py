"""The entry point: `gunicorn wsgi:app` serves, `flask --app wsgi …` administers."""

import os
import sys
import time

from flask import Flask

from server import cli, config
from server.cli.opening import open_database
from server.cli.tools import Tools
from server.data_directory import UMASK
from server.embedded_database.client import Unusable
from server.observability import logs
from server.store.topology import UnfitDatabase

NOT_LOADED = 4  # gunicorn's APP_LOAD_ERROR: the arbiter ends, because a new worker would fail in the same way

os.umask(UMASK)  # only the operator may read the files that commands write
settings = config.require()
logs.configure(settings.log_level)


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def server() -> Flask:
    """Return the app that serves. It is imported only here, because a command needs far fewer modules."""
    from server.app import create_app  # noqa: PLC0415 — see above

    try:
        return create_app(settings, open_database(settings), wall_clock)
    except (UnfitDatabase, Unusable) as error:
        sys.stderr.write(f"Beside cannot start. {error}\n")
        sys.exit(NOT_LOADED)


is_command = cli.is_asked_for()
app = cli.command_line(Tools(settings, lambda: open_database(settings), wall_clock)) if is_command else server()
