"""Specialists, from the command line."""

from datetime import UTC, datetime

import click
import uuid_utils
from flask.cli import AppGroup

from schemas.errors import Problem
from server.backend import Backend
from server.commands.context import Caller
from sync.clock import DAY

OPERATOR = Caller("command-line", "command-line", "operator")


def specialist(backend: Backend) -> AppGroup:
    """Return `flask specialist …`."""
    group = AppGroup("specialist", help="Specialists.")

    @group.command("certify")
    @click.argument("handle")
    @click.option("--supervisor", required=True, help="The handle of who supervises them.")
    @click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="From now on.")
    @click.option("--minors-ok", is_flag=True, help="They may take people under 18.")
    def certify(handle: str, supervisor: str, days: int, *, minors_ok: bool) -> None:
        """Let a specialist take people: say who supervises them, and for how long their credentials are valid."""
        until = backend.now() + days * DAY
        args = {"specialist": handle, "supervisor": supervisor, "until": until, "minors_ok": minors_ok}
        mutation = {"name": "specialist.certify", "args": args, "id": str(uuid_utils.uuid7())}
        try:
            backend.execute(OPERATOR, {**mutation, "at": f"{backend.now()}-0"})
        except Problem as problem:
            raise click.ClickException(problem.message) from problem
        click.echo(f"{handle} may take people until {datetime.fromtimestamp(until / 1000, UTC):%Y-%m-%d}")

    return group
