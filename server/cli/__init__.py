"""The commands that operators run: `flask --app wsgi …`.

A command imports what it needs when it runs, and builds no server: an operator who lists accounts does not wait for
NumPy and Socket.IO.
"""

from collections.abc import Mapping
from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

from server.cli.tools import Tools

GROUPS: Mapping[str, str] = {  # {name: its module in this package, which has `group`}
    "cohort": "cohort",
    "figures": "figures",
    "match": "match",
    "moderation": "moderation",
    "on-call": "on_call",
    "records": "records",
    "report": "report",
    "seed": "seed",
    "sos": "sos",
    "specialist": "specialist",
    "user": "user",
}


class Commands(AppGroup):
    """All groups of commands. A group's module is imported when the group is asked for."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the groups."""
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a group, or None if there is none of this name."""
        if name not in GROUPS:
            return super().get_command(ctx, name)
        group: click.Command = import_module(f"server.cli.{GROUPS[name]}").group(self._tools)
        return group


def is_asked_for() -> bool:
    """Tell whether `flask` is looking for a command. Commands of its own, such as `flask routes`, need the server."""
    context = click.get_current_context(silent=True)
    return context is not None and context.parent is None


def add_commands(app: Flask, tools: Tools) -> None:
    """Let `flask` find Beside's commands in an app."""
    app.cli = Commands(tools)


def command_line(tools: Tools) -> Flask:
    """Return an app that has the commands and serves nothing."""
    app = Flask("beside", static_folder=None)
    add_commands(app, tools)
    return app
