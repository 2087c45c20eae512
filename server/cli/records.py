"""Housekeeping, from the command line."""

import click

from server.cli.group import Group
from server.cli.tools import Tools


def group(tools: Tools) -> Group:
    """Return `flask records …`."""
    commands = Group("records", tools, "Housekeeping.")

    @commands.command("migrations")
    def migrations() -> None:
        """List the migrations of the database, and which of them are still to be done."""
        from server.store.migrations import MIGRATIONS, pending

        waiting = {migration.number for migration in pending(tools.database)}
        for migration in MIGRATIONS:
            click.echo(
                f"{migration.number:>3}  {'to do' if migration.number in waiting else 'done '}  {migration.what}"
            )

    @commands.command("expire")
    @click.argument("space")
    @click.argument("seq", type=click.IntRange(1))
    def expire(space: str, seq: int) -> None:
        """Remove the tombstones of SPACE up to SEQ; phones that have not seen them start that space over."""
        from server.store.tombstones import expire_tombstones

        click.echo(f"{expire_tombstones(tools.database, space, seq)} tombstones removed")

    return commands
