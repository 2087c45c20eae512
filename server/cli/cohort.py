"""Matching a cohort from the command line: both sides have ranked each other, in a file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, NoReturn, TextIO

import click
from marshmallow import ValidationError

from schemas.cohort import Cohort
from schemas.text import composed
from server.cli.group import Group, answer, as_json
from server.cli.tools import Tools
from server.matching.deferred import MOST_ROUNDS, accept
from server.matching.preferences import Matching
from server.matching.reasons import Code, Reason
from server.matching.stability import blocking_pairs, explain, explain_unmatched

COUNTED: Mapping[Code, str] = {
    "not_listed": "did not list them",
    "no_places": "without places",
    "specialist_content": "full with people liked as much or more",
}

file = click.argument("file", type=click.File("rb"))
seed = click.option("--seed", default="", help="Any text; decides how ties fall.")
rounds = click.option(
    "--rounds",
    type=click.IntRange(0, MOST_ROUNDS),
    default=0,
    show_default=True,
    help="For promotion: people who were left out go first. More are matched; some pairs may then block.",
)


def group(tools: Tools) -> Group:
    """Return `flask cohort …`; its commands do not need the database."""
    commands = Group("cohort", tools, "Matching of a cohort in which both sides have ranked each other.")
    _add_match(commands)
    _add_explain(commands)
    return commands


def _add_match(group: Group) -> None:
    @group.command("match")
    @file
    @rounds
    @seed
    @click.option(
        "--output", type=click.File("w", encoding="utf-8", atomic=True), help="Write the result as JSON, too."
    )
    @as_json
    def write(file: BinaryIO, rounds: int, seed: str, output: TextIO | None, *, as_json: bool) -> None:
        """Match the cohort in FILE, {peers: {name: [names]}, specialists: {name: [names]}, capacities: {name: places}}.

        Lists begin with the most preferred; a list within a list is a group liked equally. "-" reads standard input.
        """
        lists, matching = _matched(file, rounds, seed)
        blocking, unmatched = blocking_pairs(*lists, matching), explain_unmatched(*lists, matching)
        why = {peer: [str(reason) for reason in reasons] for peer, reasons in unmatched.items()}
        found = {"matching": matching, "unmatched": why, "blocking_pairs": blocking}
        answer(found, _table(matching, unmatched, len(blocking)), as_json=as_json)
        if output is not None:
            json.dump(found, output, ensure_ascii=False, indent=1)
            output.write("\n")


def _table(matching: Matching, unmatched: Mapping[str, Sequence[Reason]], blocking: int) -> str:
    """Return a matching as text, one line for each peer, and two with the totals."""
    width = max(map(len, matching), default=0)
    lines = [f"{peer:<{width}}  {specialist or '-  ' + _why(unmatched[peer])}" for peer, specialist in matching.items()]
    matched = f"{len(matching) - len(unmatched):,} of {len(matching):,} peers are matched."
    return "\n".join([*lines, matched, f"Pairs that would rather have each other: {blocking:,}."])


def _add_explain(group: Group) -> None:
    @group.command("explain")
    @file
    @click.argument("peer")
    @click.argument("specialist")
    @rounds
    @seed
    @as_json
    def explain_pair(file: BinaryIO, peer: str, specialist: str, rounds: int, seed: str, *, as_json: bool) -> None:
        """Say why PEER and SPECIALIST do not get each other when FILE is matched with the same options."""
        lists, matching = _matched(file, rounds, seed)
        try:
            reason = explain(*lists, matching, composed(peer), composed(specialist))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        answer({"code": reason.code, "text": str(reason)}, str(reason), as_json=as_json)


def _matched(file: BinaryIO, rounds: int, seed: str) -> tuple[tuple[Any, Any, Any], Matching]:
    try:
        read = json.loads(file.read(), object_pairs_hook=_once)
        if not isinstance(read, dict):
            raise click.ClickException(f"{file.name}: Write {{peers: …, specialists: …, capacities: …}}.")
        found = Cohort().load(read)
        lists = found["peers"], found["specialists"], found["capacities"]
        return lists, accept(*lists, seed=seed, rounds=rounds)
    except ValidationError as error:
        _refuse(error.messages)
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file.name}: {error}") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; raises ValueError for a name that is there twice, as its first value would be lost."""
    for name, count in Counter(composed(name) for name, _ in pairs).items():
        if count > 1:
            raise ValueError(f"'{name}' is there twice.")
    return dict(pairs)


def _refuse(errors: Any) -> NoReturn:
    """Raise ClickException for the first wrong field, named by its path."""
    path: list[str] = []
    while isinstance(errors, dict):
        name, errors = next(iter(errors.items()))
        path.append(str(name))
    del path[2:3]  # marshmallow's "key" or "value", for an entry of a dictionary
    raise click.ClickException(f"{'.'.join(path)}: {errors[0]}")


def _why(reasons: Sequence[Reason]) -> str:
    counts = Counter(reason.code for reason in reasons)
    told = [f"{counts[code]} {words}" for code, words in COUNTED.items() if counts[code]]
    return f"of {len(reasons)} listed, {', '.join(told)}" if told else "listed nobody"
