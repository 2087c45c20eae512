"""Receipts: they show one member how far the other has received and read. A receipt stores no time.

A position is shown with a random delay after it has moved, so that a receipt does not tell when somebody was there. The
plan says what is shown, and when. It is hidden data of the position, which is due at the first time of its plan. A plan
has up to three parts, which do not influence each other:

* ``delivered``: what has arrived on a phone;
* ``opened``: what has arrived by being read. It reveals as much as ``read``, so it waits until quiet hours are over;
* ``read``: what has been read. It waits as well, and is shown only while the agreement in force allows it.

At most two seqs of a part wait. The first is shown at its planned time, and each later move only raises the second. So
each of the two has a delay of its own, and a busy conversation has few receipts.
"""

from collections.abc import Mapping
from dataclasses import replace

from server.commands.context import Context
from server.commands.personal.quiet import calm_span, calm_until
from server.commands.states import without
from sync.clock import HOUR, MINUTE
from sync.record import Key, Record, space_id

LONGEST_WAIT = MINUTE  # ms: the longest random delay
AFTER_QUIET = HOUR  # ms after quiet hours over which the parts that waited for their end are spread
WAITING = 2  # seqs of a part that wait at most
NOT_SHOWN = {"invited", "ended"}  # states of a pairing in which nothing is shown

Plan = Mapping[str, list[list[int]]]  # {part: [[when it is shown, in ms, the seq that is shown], …]}, earliest first


def is_shown_in(pairing: Record) -> bool:
    """Tell whether the members of a pairing are shown each other's receipts."""
    return pairing.data["state"] not in NOT_SHOWN


def shows_read(context: Context, pairing: Record) -> bool:
    """Tell whether both members have agreed to show what they have read."""
    name = pairing.hidden.get("in_force")
    agreement = None if name is None else context.reads.get(Key(pairing.space, "agreement", name))
    return agreement is not None and agreement.data["terms"].get("receipts") is True


def planned(context: Context, pairing: Record, before: Record, moved: Record) -> Record:
    """Return a position that has moved, with the plan of what the other member is shown of the move."""
    seqs, plan = _news(context, pairing, before, moved), _waiting(before)
    if not seqs:
        return moved
    parts = {part: _with_seq(context, moved, part, plan.get(part, []), seq) for part, seq in seqs.items()}
    return _with_plan(moved, {**plan, **parts})


def shown(context: Context, pairing: Record, position: Record) -> list[Record]:
    """Return what changes when a position is due: the receipt, if it shows more, and the next due time."""
    waiting = _waiting(position)
    plan = _held(context, position, waiting)
    times = [at for seqs in plan.values() for at, _ in seqs if at > context.now]
    rest = replace(position if plan == waiting else _with_plan(position, plan), due=min(times, default=None))
    due = {part: max((seq for at, seq in seqs if at <= context.now), default=0) for part, seqs in plan.items()}
    read = due.get("read", 0) if shows_read(context, pairing) else 0
    delivered = max(due.get("delivered", 0), due.get("opened", 0), read)
    member = next(one for one, user in pairing.hidden["users"].items() if user == space_id(position.space))
    before = context.reads.get(Key(pairing.space, "receipt", member))
    before = before or Record(member, "receipt", pairing.space, member)
    seqs = {"delivered": delivered, "read": read}
    further = {name: seq for name, seq in seqs.items() if seq > before.data.get(name, 0)}
    return [rest, replace(before, data={**before.data, **further})] if further else [rest]


def without_read(context: Context, pairing: Record) -> list[Record]:
    """Return the receipts of a pairing that show what was read, with that field removed."""
    keys = [Key(pairing.space, "receipt", member) for member in pairing.data["members"]]
    found = [context.reads.get(key) for key in keys]
    return [replace(one, data=without(one.data, "read")) for one in found if one is not None and "read" in one.data]


def _news(context: Context, pairing: Record, before: Record, moved: Record) -> dict[str, int]:
    """Return {part: seq}: the seqs that a move of a position adds to its plan."""
    ahead = {name for name in ("delivered", "read") if moved.data.get(name, 0) > before.data.get(name, 0)}
    seqs = {}
    if "delivered" in ahead:
        seqs["opened" if "read" in ahead else "delivered"] = moved.data["delivered"]
    if "read" in ahead and shows_read(context, pairing):
        seqs["read"] = moved.data["read"]
    return seqs


def _waiting(position: Record) -> Plan:
    """Return a plan without the entries that were shown already: those before the due time of the position."""
    plan: Plan = position.hidden.get("plan", {})
    due = position.due
    return {} if due is None else {part: [one for one in seqs if one[0] >= due] for part, seqs in plan.items()}


def _with_seq(context: Context, position: Record, part: str, waiting: list[list[int]], seq: int) -> list[list[int]]:
    """Return the waiting entries of one part of a plan, with another seq added."""
    late = [one for one in waiting if one[0] <= context.now][-1:]
    early = [one for one in waiting if one[0] > context.now]
    if len(early) == WAITING:
        return [*late, early[0], [early[1][0], seq]]
    after = early[-1][0] if early else context.now
    return [*late, *early, [_time(context, position, part, after), seq]]


def _held(context: Context, position: Record, plan: Plan) -> Plan:
    """Return a plan that reveals no reading in quiet hours, which may have changed since the plan was made."""
    if calm_until(context, space_id(position.space), context.now) == context.now:
        return plan
    late = {part: seqs[-1] for part, seqs in plan.items() if part != "delivered" and seqs and seqs[0][0] <= context.now}
    held = {part: [[_time(context, position, part, context.now), seq]] for part, (_, seq) in late.items()}
    return {**plan, **held}


def _time(context: Context, position: Record, part: str, after: int) -> int:
    """Return a random time in ms: at most LONGEST_WAIT after ``after``, or after quiet hours if either lies in them.

    Quiet hours do not count for ``delivered``. After them, the time is anywhere in the next hour, or in the shorter
    span until the next quiet hours. If it were always within a minute, it would reveal that reading was at night.
    """
    drawn = context.derive("receipt", part, *position.key, context.mutation)
    wait = 1 + int.from_bytes(drawn) % LONGEST_WAIT
    if part == "delivered":
        return after + wait
    user = space_id(position.space)
    begin, end = calm_span(context, user, after, AFTER_QUIET)
    if begin == after and after + wait < end:
        return after + wait
    if begin == after:
        begin, end = calm_span(context, user, end, AFTER_QUIET)
    return begin + (wait * (end - begin) - 1) // LONGEST_WAIT


def _with_plan(position: Record, plan: Plan) -> Record:
    times = [at for seqs in plan.values() for at, _ in seqs]
    return replace(position, hidden={**position.hidden, "plan": plan}, due=min(times, default=None))
