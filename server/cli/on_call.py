"""Who is on call, from the command line."""

import re

import click

from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.tools import Tools

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? ([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
ALWAYS = [[day, 0, 24 * 60] for day in range(7)]


def group(tools: Tools) -> Group:
    """Return `flask on-call …`."""
    commands = Group("on-call", tools, "The people who are called for help.")
    _add_list(commands, tools)
    _add_changes(commands, tools)
    return commands


def _add_list(commands: Group, tools: Tools) -> None:
    @commands.command("list")
    @as_json
    def listed(*, as_json: bool) -> None:
        """List the people on call, their hours, and whether they are on call now."""
        found = tools.lists.on_call(tools.operator)
        columns: Columns = {
            "handle": str,
            "zone": str,
            "weekly": _in_words,
            "now": lambda now: "on call now" if now else "",
        }
        answer(found, table(found["people"], columns, "Nobody is on call."), as_json=as_json)


def _add_changes(commands: Group, tools: Tools) -> None:
    @commands.command("add")
    @click.argument("handle")
    @click.option(
        "--hours", multiple=True, help="Such as 'mon-fri 18:00-22:00'; more than once, if you like. [default: always]"
    )
    @click.option("--zone", default="UTC", show_default=True, help="The time zone of the hours, such as Europe/Berlin.")
    @as_json
    def add(handle: str, hours: tuple[str, ...], zone: str, *, as_json: bool) -> None:
        """Put a specialist, a supervisor or an operator on call. These hours replace the ones before."""
        weekly = [span for text in hours for span in _spans(text)] if hours else ALWAYS
        tools.execute("watch.edit", handle=handle, hours={"zone": zone, "weekly": weekly})
        answer(
            {"handle": handle, "zone": zone, "weekly": weekly},
            f"{handle} is on call: {_in_words(weekly)} ({zone})",
            as_json=as_json,
        )

    @commands.command("remove")
    @click.argument("handle")
    @as_json
    def remove(handle: str, *, as_json: bool) -> None:
        """Take somebody off call. Users who called for help and are waiting for this person get others."""
        tools.execute("watch.edit", handle=handle, hours=None)
        answer({"handle": handle}, f"{handle} is not on call any more", as_json=as_json)


def _spans(text: str) -> list[list[int]]:
    """Return [[day, from, to]…] of hours as people write them; Monday is 0, times are minutes. Raises BadParameter."""
    found = HOURS.fullmatch(text.strip().lower())
    if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
        raise click.BadParameter(
            f"'{text}' are no hours; write 'mon-fri 18:00-22:00', or 'sun 0:00-24:00'.", param_hint="'--hours'"
        )
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    days = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    return [[day, start, end] for day in days]


def _in_words(weekly: list[list[int]]) -> str:
    if weekly == ALWAYS:
        return "always"
    by_hours: dict[tuple[int, int], list[str]] = {}
    for day, start, end in weekly:
        by_hours.setdefault((start, end), []).append(DAYS[day])
    return "; ".join(f"{' '.join(days)} {_clock(start)}-{_clock(end)}" for (start, end), days in by_hours.items())


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
