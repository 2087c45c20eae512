"""Housekeeping, from the command line."""

import click
from flask.cli import AppGroup

from server.store.database import Mongo
from server.store.migrations import MIGRATIONS, pending
from server.store.tombstones import expire_tombstones


def records(database: Mongo) -> AppGroup:
    """Return `flask records …`."""
    group = AppGroup("records", help="Housekeeping.")

    @group.command("migrations")
    def migrations() -> None:
        """List the migrations of the database, and which of them are still to be done."""
        waiting = {migration.number for migration in pending(database)}
        for migration in MIGRATIONS:
            click.echo(
                f"{migration.number:>3}  {'to do' if migration.number in waiting else 'done '}  {migration.what}"
            )

    @group.command("expire")
    @click.argument("space")
    @click.argument("seq", type=click.IntRange(1))
    def expire(space: str, seq: int) -> None:
        """Remove the tombstones of SPACE up to SEQ; phones that have not seen them start that space over."""
        click.echo(f"{expire_tombstones(database, space, seq)} tombstones removed")

    return group
