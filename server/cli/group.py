"""What all commands have in common: errors in one sentence, `--json` for programs, a line in the security log."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.cli.tools import Tools
from server.embedded_database.client import Unusable
from server.store.topology import UnfitDatabase

Columns = Mapping[str, Callable[[Any], str]]  # {field: how its values are shown}

as_json = click.option("--json", "as_json", is_flag=True, help="For programs: print JSON.")
yes = click.option("--yes", is_flag=True, help="Do not ask.")


class Group(click.Group):
    """A group of commands, `flask NAME …`. An error is printed in one sentence, and the exit code is 1."""

    def __init__(self, name: str, tools: Tools, about: str) -> None:
        super().__init__(name, help=about)
        self._tools = tools

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command of the group."""
        return run(self._tools, lambda: f"{self.name} {ctx.invoked_subcommand}", lambda: super(Group, self).invoke(ctx))


class Single(click.Command):
    """A command that is in no group, `flask NAME`."""

    def __init__(self, name: str, tools: Tools, **how: Any) -> None:
        super().__init__(name, **how)
        self._tools = tools

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        return run(self._tools, lambda: str(self.name), lambda: super(Single, self).invoke(ctx))


def run(tools: Tools, name: Callable[[], str], command: Callable[[], Any]) -> Any:
    """Run a command and write it to the security log; the users whom its changes concern are notified.

    Raises ClickException, whose message is one sentence, if the command fails.
    """
    outcome = "refused"
    try:
        found = command()
        outcome = "ok"
    except Problem as problem:
        outcome = problem.code
        raise click.ClickException(_sentence(problem)) from problem
    except PyMongoError as error:
        outcome = "try_later"
        raise click.ClickException("The database does not answer; is it running?") from error
    except (UnfitDatabase, Unusable) as error:
        raise click.ClickException(str(error)) from error
    finally:
        tools.security.note("command_line", outcome, command=name())
    _notify(tools)
    return found


def _notify(tools: Tools) -> None:
    """Notify the users whom the changes of a command concern. The command is done even if this fails."""
    try:
        tools.notify()
    except (Problem, PyMongoError):
        click.echo(
            "It is done. The users whom it concerns could not be notified; they see it with their next pull.", err=True
        )


def answer(found: Mapping[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print the result of a command: as a sentence, or as JSON."""
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else sentence)


def table(rows: Sequence[Mapping[str, Any]], columns: Columns, none: str) -> str:
    """Return rows as text, one line each below the names of the columns; ``none`` if there are no rows."""
    if not rows:
        return none
    cells = [list(columns), *([shown(row[name]) for name, shown in columns.items()] for row in rows)]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def _sentence(problem: Problem) -> str:
    """Return an error in one sentence, which begins with the name of the field."""
    said, field = problem.message.removeprefix("args."), str(problem.details.get("field", "")).removeprefix("args.")
    return said if not field or said.startswith(field) else f"{field}: {said}"
