"""Housekeeping, from the command line."""

import click

from server.cli import sealing
from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.tools import Tools


def group(tools: Tools) -> Group:
    """Return `flask records …`."""
    commands = Group("records", tools, "Housekeeping.")

    @commands.command("migrations")
    @as_json
    def migrations(*, as_json: bool) -> None:
        """List the migrations of the database, and which of them are still to be done."""
        from server.store.migrations import MIGRATIONS, pending

        waiting = {migration.number for migration in pending(tools.database)}
        rows = [{"number": one.number, "is_done": one.number not in waiting, "what": one.what} for one in MIGRATIONS]
        columns: Columns = {"number": str, "is_done": lambda done: "done" if done else "to do", "what": str}
        answer({"migrations": rows}, table(rows, columns, "There are no migrations."), as_json=as_json)

    @commands.command("expire")
    @click.argument("space")
    @click.argument("seq", type=click.IntRange(1))
    @as_json
    def expire(space: str, seq: int, *, as_json: bool) -> None:
        """Remove the tombstones of SPACE up to SEQ; phones that have not seen them start that space over."""
        from server.store.tombstones import expire_tombstones

        removed = expire_tombstones(tools.database, space, seq)
        answer({"space": space, "removed": removed}, f"{removed} tombstones removed", as_json=as_json)

    for add in (sealing.add_seal, sealing.add_rewrap, sealing.add_verify):
        add(commands, tools)
    return commands
