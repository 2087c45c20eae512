"""Specialists, from the command line."""

import click

from server.cli.group import Columns, Group, answer, as_json, table
from server.cli.moments import moment, written, zone
from server.cli.tools import Tools
from sync.clock import DAY

VALID = 365  # days that a credential is valid, unless the operator says otherwise
COLUMNS: Columns = {"handle": str, "created_on": str, "missing": ", ".join}

handle = click.argument("handle")
until = click.option("--until", required=True, help="Such as 2027-01-01, or '2027-01-01 18:00'.")


def group(tools: Tools) -> Group:
    """Return `flask specialist …`."""
    commands = Group("specialist", tools, "Specialists.")
    for add in (_add_certify, _add_leave, _add_stay, _add_deactivate, _add_reactivate, _add_never_began):
        add(commands, tools)
    return commands


def _add_certify(commands: Group, tools: Tools) -> None:
    @commands.command("certify")
    @handle
    @click.option("--supervisor", required=True, help="The handle of who supervises them.")
    @click.option("--until", help="Until when: 2027-01-01, or '2027-01-01 18:00'.")
    @click.option("--days", type=click.IntRange(1, 3650), help=f"In place of --until, from now on. [default: {VALID}]")
    @zone
    @click.option("--minors-ok", is_flag=True, help="They may take people under 18.")
    @as_json
    def certify(
        handle: str, supervisor: str, until: str | None, days: int | None, zone: str | None, **flags: bool
    ) -> None:
        """Let a specialist take people: say who supervises them, and for how long their credentials are valid."""
        if until is not None and days is not None:
            raise click.UsageError("--until, --days: give one of them.")
        now = tools.now()
        end = now + (days or VALID) * DAY if until is None else moment("--until", until, zone, now)
        args = {"specialist": handle, "supervisor": supervisor, "until": end, "minors_ok": flags["minors_ok"]}
        tools.execute("specialist.certify", **args)
        answer(args, f"{handle} may take people until {written(end, zone)}", as_json=flags["as_json"])


def _add_leave(commands: Group, tools: Tools) -> None:
    @commands.command("leave")
    @handle
    @until
    @zone
    @click.option("--words", default="", help="What their peers are told.")
    @as_json
    def leave(handle: str, until: str, zone: str | None, words: str, *, as_json: bool) -> None:
        """Say that a specialist leaves: nobody new comes, and each of their pairings is handed over until then."""
        at = moment("--until", until, zone, tools.now())
        tools.execute("specialist.leave", specialist=handle, until=at, words=words)
        answer({"specialist": handle, "until": at}, f"{handle} leaves on {written(at, zone)}", as_json=as_json)


def _add_stay(commands: Group, tools: Tools) -> None:
    @commands.command("stay")
    @handle
    @click.option("--words", required=True, help="What their peers are told.")
    @as_json
    def stay(handle: str, words: str, *, as_json: bool) -> None:
        """Cancel the leaving of a specialist: the handovers that it started end."""
        args = {"specialist": handle, "words": words}
        tools.execute("specialist.stay", **args)
        answer(args, f"{handle} stays", as_json=as_json)


def _add_reactivate(commands: Group, tools: Tools) -> None:
    @commands.command("reactivate")
    @handle
    @as_json
    def reactivate(handle: str, *, as_json: bool) -> None:
        """Bring a specialist back into service. Their former pairings stay ended."""
        tools.execute("specialist.reactivate", specialist=handle)
        answer({"specialist": handle}, f"{handle} is in service again", as_json=as_json)


def _add_deactivate(commands: Group, tools: Tools) -> None:
    @commands.command("deactivate")
    @handle
    @click.option("--sudden", is_flag=True, help="They cannot say goodbye: look for somebody else for their peers.")
    @click.option("--stand-in", help="Who can be turned to meanwhile, by name.")
    @as_json
    def deactivate(handle: str, stand_in: str | None, *, sudden: bool, as_json: bool) -> None:
        """Take a specialist out of service. Without --sudden, this is refused while a peer would be left alone."""
        named = {} if stand_in is None else {"stand_in": stand_in}
        tools.execute("specialist.deactivate", specialist=handle, sudden=sudden, **named)
        answer({"specialist": handle, "sudden": sudden}, f"{handle} is out of service", as_json=as_json)


def _add_never_began(commands: Group, tools: Tools) -> None:
    @commands.command("never-began")
    @click.option("--days", type=click.IntRange(0, 3650), default=14, show_default=True, help="Since when, at least.")
    @as_json
    def never_began(*, days: int, as_json: bool) -> None:
        """List specialists who have an account, but no practice or no credential."""
        found = tools.lists.never_began(tools.operator, days)
        answer(found, table(found["specialists"], COLUMNS, "All have begun."), as_json=as_json)
