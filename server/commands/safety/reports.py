"""Reports: what moderators may see is copied when it is reported. They have no way to anything else."""

from collections.abc import Mapping
from typing import Any

from schemas.errors import IdTaken, NotFound
from server.commands import access
from server.commands.context import Context
from server.commands.conversation.shared import other_user
from server.commands.pairing.pairs import base32
from server.commands.safety.quotes import reported
from server.commands.states import having
from sync.record import FAR, Key, Record, private

MOST_CHARACTERS = 1_000_000  # characters of messages in one report: half of what can be stored at once


def filed(context: Context, args: Mapping[str, Any]) -> list[Record]:
    """Return what a report changes: the caller's own record of it, and the case, in a space that no phone reads."""
    own = Key(private(context.caller.user), "report", args["id"])
    if context.reads.get(own) is not None:
        raise IdTaken("Another report has this id.", field="id", id=args["id"])
    pairing = access.shared_space(context, args["space"])
    name = base32(context.derive("report", context.caller.user, args["id"]))[:26].lower()
    told = {
        "ground": args["ground"],
        "words": args["words"],
        "consent": args["consent"],
        "state": "filed",
        "outcome": None,
        "filed_at": context.now,
    }
    report = {**told, "where": args["space"], "messages": args["messages"]}
    by = pairing.data["members"][access.member(context, args["space"])]["role"]
    messages = reported(context, args["space"], args["messages"], MOST_CHARACTERS) if args["consent"] else []
    case = {**told, "by": by, "messages": messages, "trail": [_entry(context, "filed")]}
    hidden = {"reporter": context.caller.user, "report": args["id"], "about": other_user(context, args["space"])}
    return [
        Record(own.id, own.kind, own.space, context.caller.user, report, hidden={"case": name}),
        Record(name, "case", space_of(name), "", case, hidden=hidden, due=FAR),
    ]


def moved(context: Context, name: str, state: str, **data: Any) -> list[Record]:
    """Return what a step of a moderator changes: the case, with the step in its trail, and what the reporter sees."""
    case = case_of(context, name)
    trail = [*case.data["trail"], _entry(context, state, **data)]
    outcome = data.get("outcome", case.data["outcome"])
    changed = {**case.data, "state": state, "outcome": outcome, "trail": trail}
    due = None if state == "closed" else FAR
    records = [Record(name, "case", case.space, "", changed, hidden=case.hidden, due=due)]
    own = context.reads.get(Key(private(case.hidden["reporter"]), "report", case.hidden["report"]))
    if own is not None:
        records.append(having(own, state=state, outcome=outcome))
    return records


def case_of(context: Context, name: str) -> Record:
    """Return a case; raises NotFound."""
    case = context.reads.get(Key(space_of(name), "case", name))
    if case is None:
        raise NotFound("There is no such report.", field="id", id=name)
    return case


def space_of(case: str) -> str:
    """Return the space in which a case lies. No phone reads it."""
    return f"case:{case}"


def _entry(context: Context, what: str, **data: Any) -> dict[str, Any]:
    by = "" if what == "filed" else context.caller.user
    return {"at": context.now, "what": what, "by": by, **data}
