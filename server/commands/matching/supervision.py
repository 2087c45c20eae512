"""Supervision: each specialist has one supervisor at most; supervisors and specialist see when that changes.

A supervisor has a record `supervision` for each specialist: the handle, when the supervision began, and when it ended.
``past`` is true if earlier escalations were handed over, to this supervisor or by this supervisor. The specialist's
record `credential` says since when they are supervised, but not by which account.
"""

from dataclasses import replace
from typing import Any

from schemas.errors import NotFound, WrongState
from schemas.supervision import SharePast
from schemas.text import folded
from server.commands.context import Args, Context, command
from server.commands.matching import people
from server.commands.states import with_data, written_by
from sync.record import Key, Record, private

KIND = "supervision"


@command("supervision.share_past", SharePast)
def share_past(context: Context, args: Args) -> list[Record]:
    """Let the present supervisor read the escalations that I read while I supervised the specialist.

    Debriefs are handed over one by one, because people selected their messages for me only.
    """
    mine = context.reads.get(Key(private(context.caller.user), KIND, args["id"]))
    if mine is None or context.caller.role != "supervisor":
        raise NotFound("You have supervised no such specialist.", field="id", id=args["id"])
    successor = people.supervisor_of(context, mine.hidden["specialist"])
    if successor in {None, context.caller.user}:
        raise WrongState(
            "You supervise this specialist still, or nobody does: there is nobody to hand over to.",
            field="id", state=mine.data["state"],
        )  # fmt: skip
    theirs = context.reads.get(_key(context, mine.hidden["specialist"], successor))
    if theirs is None:  # the successor's supervision began before such records existed
        [theirs] = _begun(context, mine.hidden["specialist"], mine.data["specialist"], successor)
    shared = sorted({*theirs.hidden.get("shared", ()), context.caller.user})
    return [
        with_data(mine, past=True),
        replace(with_data(theirs, past=True), hidden={**theirs.hidden, "shared": shared}),
    ]


def certified(context: Context, user: str, handle: str, credential: dict[str, Any]) -> list[Record]:
    """Return what a credential ``{supervisor, until, minors_ok}`` changes for a specialist and both supervisors."""
    former, supervisor = people.supervisor_of(context, user), credential["supervisor"]
    kept = with_data(people.specialist(context, user), credential=credential)
    records = [kept, _shown(context, user, credential)]
    if former != supervisor:
        records += [*_ended(context, user, former), *_begun(context, user, handle, supervisor)]
    return records


def ended(context: Context, user: str) -> list[Record]:
    """Return what changes for the supervisor of a specialist who leaves Beside. The handle is removed."""
    return [with_data(one, specialist="") for one in _ended(context, user, people.supervisor_of(context, user))]


def _begun(context: Context, user: str, handle: str, supervisor: str | None) -> list[Record]:
    if supervisor is None:
        return []
    key = _key(context, user, supervisor)
    data = {"specialist": folded(handle), "state": "ongoing", "since": context.now, "ended_at": None, "past": False}
    begun = Record(key.id, key.kind, key.space, supervisor, data, hidden={"specialist": user})
    return [written_by(private(user), begun, "specialist")]


def _ended(context: Context, user: str, supervisor: str | None) -> list[Record]:
    """Return the record of a supervision that is over; none if it began before there were such records."""
    found = context.reads.get(_key(context, user, supervisor)) if supervisor is not None else None
    if found is None or found.data["state"] == "ended":
        return []
    return [with_data(found, state="ended", ended_at=context.now, past=False)]


def _shown(context: Context, user: str, credential: dict[str, Any]) -> Record:
    """Return a credential as its specialist sees it."""
    key = Key(private(user), "credential", "me")
    before, is_supervised = context.reads.get(key), credential["supervisor"] is not None
    goes_on = before is not None and people.supervisor_of(context, user) == credential["supervisor"]
    since = before.data.get("supervised_since") if before is not None and goes_on else context.now
    data = {
        "supervised": is_supervised,
        "supervised_since": since if is_supervised else None,
        "until": credential["until"],
        "minors_ok": credential["minors_ok"],
    }
    return Record(key.id, key.kind, key.space, user, data)


def _key(context: Context, user: str, supervisor: str) -> Key:
    return Key(private(supervisor), KIND, context.derived_id(KIND, user, supervisor))
