"""Open calls for help, from the command line."""

from typing import Any

from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.moments import written, zone
from server.cli.tools import Tools


def group(tools: Tools) -> Group:
    """Return `flask sos …`."""
    commands = Group("sos", tools, "Calls for help.")

    @commands.command("list")
    @zone
    @as_json
    def open_sos(zone: str | None, *, as_json: bool) -> None:
        """List calls for help that are not over: since when, who is called, and who came; never who called."""
        found = tools.lists.open_sos(tools.operator)
        columns: Columns = {
            "since": lambda at: written(at, zone),
            "state": str,
            "rung": lambda who: who or "nobody",
            "called": lambda called: ", ".join(map(_called, called)) or "nobody",
            "taken_by": lambda handle: handle or "",
        }
        answer(found, table(found["sos"], columns, "No call for help is open."), as_json=as_json)

    return commands


def _called(one: dict[str, Any]) -> str:
    return f"{one['handle']} ({one['as']}, {one['state']})"
