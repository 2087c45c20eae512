"""The histories of one run, indexed as the checker needs them."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from tests.phone import Name, Wire

DOORS = {"pairing.invite", "pairing.join"}  # commands that let a user into a space


class Case:
    """One run, as its phones tell it."""

    def __init__(self, lines: list[Wire]) -> None:
        self.lines = lines
        self.invoked = {line["mutation"]: line for line in self.of("invoke")}
        self.answers: dict[str, list[Wire]] = {}
        for line in (line for line in lines if line["event"] in {"ok", "fail"}):
            self.answers.setdefault(line["mutation"], []).append(line)
        self.sights = [(line, line["change"]) for line in self.of("saw")]
        self.replicas = {
            (line["phone"], line["user"]): {name_of(change): change for change in line["changes"]}
            for line in self.of("replica")
        }

    def of(self, event: str) -> Iterator[Wire]:
        return (line for line in self.lines if line["event"] == event)

    def accepted(self, *names: str) -> Iterator[tuple[Wire, Wire]]:
        """Give the invocation and first answer of every mutation of these names that was done."""
        for mutation, answers in self.answers.items():
            line = self.invoked.get(mutation)
            if answers[0]["event"] == "ok" and line is not None and line["name"] in names:
                yield line, answers[0]

    @cached_property
    def entries(self) -> dict[tuple[str, str], int]:
        """Return {(user, space): the time (ns) at which the user first asked to join}, for all who joined."""
        entries: dict[tuple[str, str], int] = {}
        for line, answer in self.accepted(*DOORS):
            space = next(change["space"] for change in answer["changes"] if change["kind"] == "pairing")
            entries[line["user"], space] = min(line["t"], entries.get((line["user"], space), line["t"]))
        return entries

    @cached_property
    def exits(self) -> dict[tuple[str, str], int]:
        """Return {(phone, space): the last seq that it may receive}, for all that lost a space."""
        return {(line["phone"], line["space"]): line["seq"] for line in self.of("lost")}

    @cached_property
    def ends(self) -> dict[str, int]:
        """Return {space: the seq at which its pairing ended}, of those that did."""
        pairings = [change for _, change in self.sights if change["kind"] == "pairing"]
        return {change["space"]: change["seq"] for change in pairings if change["data"]["state"] == "ended"}

    def reads(self, phone: str, user: str, space: str) -> bool:
        """Tell whether a phone may read a space in the end."""
        mine = space == f"user:{user}" or (user, space) in self.entries
        return mine and (phone, space) not in self.exits

    @cached_property
    def wishes(self) -> dict[Name, list[Wire]]:
        """Return all invocations that name each message and note, refused or not."""
        wishes: dict[Name, list[Wire]] = defaultdict(list)
        for line in self.invoked.values():
            if line["name"].startswith(("message.", "note.")):
                wishes[target(line)].append(line)
        return wishes

    @cached_property
    def causes(self) -> dict[Name, set[str]]:
        """Return, for each record, the mutations whose outcome says that they changed it."""
        causes: dict[Name, set[str]] = defaultdict(set)
        for answer in self.of("ok"):
            for change in answer["changes"]:
                causes[name_of(change)].add(answer["mutation"])
        return causes

    @cached_property
    def versions(self) -> dict[Name, dict[int, Wire]]:
        """Return every form of each record that anybody saw, by seq."""
        versions: dict[Name, dict[int, Wire]] = defaultdict(dict)
        for _, change in self.sights:
            versions[name_of(change)][change["seq"]] = change
        return versions


def name_of(change: Wire) -> Name:
    return change["space"], change["kind"], change["id"]


def target(line: Wire) -> Name:
    """Return the message or note that a mutation names."""
    args = line["args"]
    return args.get("space", f"user:{line['user']}"), line["name"].partition(".")[0], args["id"]
