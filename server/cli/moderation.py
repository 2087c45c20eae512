"""Moderation, from the command line: warnings, suspensions, removals, and appeals against them."""

from typing import Any

import click

from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.moments import moment, written, zone
from server.cli.tools import Tools

handle = click.argument("handle")
words = click.option("--words", required=True, help="What the person reads. Name nobody who reported.")
sanction = click.option("--id", "name", required=True, help="Of the sanction, as the list has it.")


def group(tools: Tools) -> Group:
    """Return `flask moderation …`."""
    commands = Group("moderation", tools, "Warnings, suspensions and removals of peers and specialists, and appeals.")
    for add in (_add_list, _add_warn, _add_suspend, _add_remove, _add_lift, _add_decide):
        add(commands, tools)
    return commands


def _add_list(commands: Group, tools: Tools) -> None:
    @commands.command("list")
    @zone
    @as_json
    def listed(zone: str | None, *, as_json: bool) -> None:
        """List appeals that wait for an answer, then the sanctions that last."""

        def day(at: int | None) -> str:
            return "" if at is None else written(at, zone)

        def said(word: str | None) -> str:
            return word or ""

        found = tools.moderation.sanctions(tools.operator)
        columns: Columns = {
            "id": str, "handle": str, "action": str, "state": str, "at": day, "until": day, "by": str, "appeal": said,
        }  # fmt: skip
        none = "Nobody is suspended or removed, and no appeal waits."
        answer(found, table(found["sanctions"], columns, none), as_json=as_json)


def _add_warn(commands: Group, tools: Tools) -> None:
    @commands.command("warn")
    @handle
    @words
    @as_json
    def warn(handle: str, words: str, *, as_json: bool) -> None:
        """Warn somebody: they read the words, and nothing else changes."""
        _impose(tools, f"{handle} is warned", {"handle": handle, "action": "warned", "words": words}, as_json=as_json)


def _add_suspend(commands: Group, tools: Tools) -> None:
    @commands.command("suspend")
    @handle
    @click.option("--until", required=True, help="Such as 2031-01-01, or '2031-01-01 18:00'.")
    @zone
    @words
    @as_json
    def suspend(handle: str, until: str, zone: str | None, words: str, *, as_json: bool) -> None:
        """Suspend somebody: they are signed out, their pairings end, and they write nothing until then."""
        at = moment("--until", until, zone, tools.now())
        args = {"handle": handle, "action": "suspended", "until": at, "words": words}
        _impose(tools, f"{handle} is suspended until {written(at, zone)}", args, as_json=as_json)


def _add_remove(commands: Group, tools: Tools) -> None:
    @commands.command("remove")
    @handle
    @words
    @as_json
    def remove(handle: str, words: str, *, as_json: bool) -> None:
        """Remove somebody for good, as by a suspension that does not end. The account stays, for an appeal."""
        _impose(tools, f"{handle} is removed", {"handle": handle, "action": "removed", "words": words}, as_json=as_json)


def _add_lift(commands: Group, tools: Tools) -> None:
    @commands.command("lift")
    @handle
    @sanction
    @words
    @as_json
    def lift(handle: str, name: str, words: str, *, as_json: bool) -> None:
        """Take a sanction back. Pairings that it ended stay ended."""
        args = {"handle": handle, "id": name, "words": words}
        tools.execute("sanction.lift", **args)
        answer(args, f"the sanction {name} of {handle} is lifted", as_json=as_json)


def _add_decide(commands: Group, tools: Tools) -> None:
    @commands.command("decide")
    @handle
    @sanction
    @click.option("--outcome", required=True, type=click.Choice(["upheld", "lifted"]))
    @words
    @as_json
    def decide(handle: str, name: str, outcome: str, words: str, *, as_json: bool) -> None:
        """Answer an appeal. If the sanction was imposed on the command line, a signed-in operator must answer."""
        args = {"handle": handle, "id": name, "outcome": outcome, "words": words}
        tools.execute("sanction.decide", **args)
        answer(args, f"the appeal of {handle} is answered: {outcome}", as_json=as_json)


def _impose(tools: Tools, sentence: str, args: dict[str, Any], *, as_json: bool) -> None:
    tools.execute("sanction.impose", **args)
    answer(args, sentence, as_json=as_json)
