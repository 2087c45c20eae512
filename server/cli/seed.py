"""Filling a server with made-up people, to try it out. Everything goes through the commands that phones use."""

import sys
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import click

from schemas.errors import IdTaken, Problem
from server.cli.group import Group, answer, as_json
from server.cli.tools import Tools
from server.commands.context import Caller
from server.demo_data import PROFILES, population
from sync.clock import DAY

PASSPHRASE = "a made-up person"  # noqa: S105 — of people who do not exist
DEFAULT_SEED = 6  # with it, three of the four specialists have something in common with most of the twelve peers


def group(tools: Tools) -> Group:
    """Return `flask seed …`."""
    commands = Group("seed", tools, "Made-up people.")

    @commands.command("demo")
    @click.option("--size", type=click.Choice(list(PROFILES)), default="tiny", show_default=True)
    @click.option(
        "--seed", "number", type=int, default=DEFAULT_SEED, show_default=True, help="Other numbers, other people."
    )
    @as_json
    def demo(size: str, number: int, *, as_json: bool) -> None:
        """Add made-up supervisors, specialists and peers who each look for somebody. Doing it again changes nothing.

        All have the passphrase 'a made-up person'. Never do this to a server that people use.
        """
        made_up = population(*PROFILES[size], number)
        sower = Sower(tools)
        staff = sower.account("synthetic-operator", "operator")
        for handle in made_up.supervisors:
            sower.account(handle, "supervisor")
        people = [*made_up.specialists, *made_up.peers]
        with click.progressbar(people, label="People", file=sys.stderr if as_json else None) as bar:
            for person in bar:
                try:
                    sower.specialist(staff, person) if "practice" in person else sower.peer(person)
                except Problem as problem:
                    raise click.ClickException(f"{person['handle']}: {problem.message}") from problem
        counts = {"specialists": len(made_up.specialists), "peers": len(made_up.peers), "passphrase": PASSPHRASE}
        sentence = f"{counts['specialists']} specialists and {counts['peers']} peers; passphrase '{PASSPHRASE}'"
        answer(counts, sentence, as_json=as_json)

    return commands


class Sower:
    """Runs the commands of made-up people. A command that was done before is not done again."""

    def __init__(self, tools: Tools) -> None:
        self._accounts, self._account_store, self._backend = tools.accounts, tools.account_store, tools.backend

    def account(self, handle: str, role: str) -> Caller:
        """Return the caller with a handle; make the account if there is none."""
        try:
            return Caller(self._accounts.create(handle, PASSPHRASE, role), "seed", role)
        except IdTaken:
            row = self._account_store.by_handle(handle)
            if row is None:
                raise
            return Caller(row["_id"], "seed", row["role"])

    def specialist(self, staff: Caller, person: Mapping[str, Any]) -> None:
        """Store a specialist's profile, facts and practice, and certify the specialist."""
        caller = self.account(person["handle"], "specialist")
        self._introduce(caller, person)
        for number, fact in enumerate(person["facts"]):
            self._do(caller, f"fact-{number}", "fact.put", {"id": f"f{number}", **fact})
        self._do(caller, "practice", "practice.edit", person["practice"])
        now = self._backend.now()
        given = person["credential"]
        certified = {
            "specialist": person["handle"],
            "supervisor": given["supervisor"],
            "until": now + given["valid_days"] * DAY,
            "minors_ok": given["minors_ok"],
        }
        self._do(staff, f"certify-{person['handle']}", "specialist.certify", certified)
        if person["paused"]:
            self._do(caller, "pause", "practice.pause", {"until": now + 7 * DAY})
        if person["leaving"]:
            self._do(caller, "leave", "specialist.leave", {"until": now + 14 * DAY})

    def peer(self, person: Mapping[str, Any]) -> None:
        """Store a peer's profile, and open the peer's request."""
        caller = self.account(person["handle"], "peer")
        self._introduce(caller, person)
        self._do(caller, "request", "request.open", {"id": "first", "name": person["name"], **person["request"]})

    def _introduce(self, caller: Caller, person: Mapping[str, Any]) -> None:
        self._do(caller, "profile", "profile.edit", {"name": person["name"], **person["profile"]})
        self._do(caller, "availability", "availability.set", person["availability"])
        for tag in person["identities"]:
            fact = {"id": f"is-{tag}", "topic": tag, "kind": "identity", "depth": 2, "tier": "profile"}
            self._do(caller, f"is-{tag}", "fact.put", fact)

    def _do(self, caller: Caller, cause: str, name: str, args: Mapping[str, Any]) -> None:
        """Run a command once for each cause; raises ClickException if it is refused.

        The refusals `id_taken` and `conflict` mean that the command was done before, with other values of the arguments
        that depend on the time.
        """
        named = {"id": _id(f"{caller.user} {cause}"), "name": name}
        mutation = {**named, "args": dict(args), "at": f"{self._backend.now()}-0"}
        outcome = self._backend.mutate(caller, mutation)
        if not outcome["ok"] and outcome["error"]["code"] not in {"id_taken", "conflict"}:
            raise click.ClickException(f"{name}: {outcome['error']['message']}")


def _id(cause: str) -> str:
    """Return the id of a mutation, in the form of a UUIDv7: the same for the same cause."""
    digits = sha256(cause.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-7{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"
