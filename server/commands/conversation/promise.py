"""Promises: kept, renewed, excused or missed. A promise kept in time counts, also if the network is late."""

from dataclasses import replace

from schemas.base import Turn
from schemas.errors import BadRequest, WrongState
from schemas.promise import ExcusePromise, KeepPromise, MakePromise, RenewPromise, WithdrawPromiseWords
from server.commands import access
from server.commands.absence import absences, moved_on, open_until
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import added, existing, over, own_words, require_mine, require_theirs
from server.commands.due import on_due
from server.commands.states import due_now, idle, in_state, taken_back
from server.commands.vocabulary import known_time_zone
from server.matching.absences import going_on
from server.trust.walltime import instant
from sync.clock import DAY, HOUR
from sync.record import Record

GRACE = 2 * HOUR  # ms that `promise.keep` may take to arrive if it was sent in time
FARTHEST = 90 * DAY  # ms: how far ahead a promise may be due


@command("promise.make", MakePromise)
def make(context: Context, args: Args) -> list[Record]:
    """Promise something by a time."""
    zone, by_at = _due(context, args)
    data = {
        "sort": args["sort"],
        "by": args["by"],
        "zone": zone,
        "words": args.get("words"),
        "by_at": by_at,
        "grace_until": by_at + GRACE,
        "state": "made",
    }
    return [added(context, "promise", args, data, due=by_at + GRACE)]


@command("promise.keep", KeepPromise)
def keep(context: Context, args: Args) -> list[Record]:
    """Keep a promise of mine. If I do so in time and this arrives up to two hours late, it counts, marked as late."""
    promise = existing(context, "promise", args)
    require_mine(context, promise)
    if promise.data["state"] == "kept":
        return [promise]
    _require_open(context, promise)
    return [in_state(promise, "kept", late=context.now > promise.data["by_at"])]


@command("promise.renew", RenewPromise)
def renew(context: Context, args: Args) -> list[Record]:
    """Move a promise of mine to a later time, before the promised time is over."""
    promise = existing(context, "promise", args)
    require_mine(context, promise)
    _require_open(context, promise)
    zone, by_at = _due(context, args)
    if by_at <= promise.data["by_at"]:
        raise BadRequest(
            "by: give a later time than the one that was promised before.", field="args.by", by_at=promise.data["by_at"]
        )
    data = {"by": args["by"], "zone": zone, "by_at": by_at, "grace_until": by_at + GRACE, "renewed": True}
    return [replace(in_state(promise, "made", **data), due=by_at + GRACE)]


@command("promise.excuse", ExcusePromise)
def excuse(context: Context, args: Args) -> list[Record]:
    """Excuse the other member from a promise, before or after it is missed."""
    promise = existing(context, "promise", args, "made", "missed", "excused")
    require_theirs(context, promise)
    return [in_state(promise, "excused")]


@command("promise.withdraw_words", WithdrawPromiseWords, exempt=True)
def withdraw_words(context: Context, args: Args) -> list[Record]:
    """Take back what I wrote beside a promise. What I promised, and by when, stays."""
    promise = own_words(context, "promise", args)
    is_over = promise.deleted or promise.data["words"] is None
    return [promise if is_over else taken_back(promise, words=None)]


@on_due("promise", "turn", Turn)
def turn(context: Context, args: Args) -> list[Record]:
    """Mark a promise as missed, once. While the pairing is paused it is excused instead."""
    promise = due_now(context, "promise", args)
    if promise is None:
        return []
    if over(context, promise):
        return [idle(promise)]
    until = _grace_until(context, promise)
    if context.now < until:
        return [moved_on(context, promise, until, grace_until=until)]
    return [in_state(promise, "missed" if access.is_writable(context.reads, promise.space) else "excused")]


def _due(context: Context, args: Args) -> tuple[str, int]:
    """Return the zone of a promise, and when it falls due, in ms; raises BadRequest if it is past or too far ahead."""
    zone = known_time_zone("zone", args["zone"])
    try:
        by_at = instant(args["by"], zone)
    except ValueError as error:
        raise BadRequest(f"by: {error}", field="args.by") from error
    if not context.told(access.began_at(context, args["space"])).at < by_at <= context.now + FARTHEST:
        raise BadRequest("by: give a time that is still to come, at most 90 days ahead.", field="args.by", by_at=by_at)
    return zone, by_at


def _require_open(context: Context, promise: Record) -> None:
    """Raise WrongState unless the mutation was written before the promise was due, and arrives within ``GRACE``.

    If the promise became due in an absence of Beside, it is enough that the mutation arrives within ``GRACE``.
    """
    state, until = promise.data["state"], _grace_until(context, promise)
    # If a phone's clock is ahead, a mutation that arrived in time is still in time.
    written = min(context.told(access.began_at(context, promise.space)).at, context.now)
    late = written > promise.data["by_at"] and not going_on(absences(context), promise.data["by_at"])
    if state == "made" and (late or context.now > until):
        state = "missed"
    if state != "made":
        raise WrongState(
            "This promise cannot be changed any more: it is kept, missed or excused.", field="id", state=state
        )


def _grace_until(context: Context, promise: Record) -> int:
    """Return until when a mutation that keeps a promise may arrive, in ms."""
    return open_until(context, promise, promise.data["by_at"], promise.data["grace_until"])
