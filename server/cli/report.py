"""Reports, from the command line."""

import click

from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.moments import written, zone
from server.cli.tools import Tools


def group(tools: Tools) -> Group:
    """Return `flask report …`."""
    commands = Group("report", tools, "Reports of users about others.")

    @commands.command("list")
    @click.option("--state", type=click.Choice(["open", "closed"]), default="open", show_default=True)
    @zone
    @as_json
    def listed(state: str, zone: str | None, *, as_json: bool) -> None:
        """List reports, without what was written: open ones oldest first, closed ones newest first."""
        found = tools.moderation.queue(tools.operator) if state == "open" else tools.moderation.closed(tools.operator)
        columns: Columns = {"id": str, "filed_at": lambda at: written(at, zone), "by": str, "ground": str, "state": str}
        if state == "closed":
            columns = {**columns, "outcome": str, "closed_at": lambda at: written(at, zone)}
        answer(found, table(found["reports"], columns, f"No report is {state}."), as_json=as_json)

    return commands
