"""Private check-ins, and the trend that is computed from them. Only their author can read them.

All these records lie in the author's private space. No other command, view or endpoint reads them.
"""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from schemas.checkin import ITEMS, DeleteCheckin, PutCheckin
from schemas.errors import BadRequest, IdTaken, NotFound, WrongState
from server.commands.context import Args, Context, command
from server.commands.pairing.pairs import pairing_of, require_live
from server.trust.rupture import hint
from sync.clock import DAY
from sync.record import Key, Record, private

CHECKIN_PAUSE = 14 * DAY  # ms between two check-ins of one pairing, at least


@command("checkin.put", PutCheckin)
def put(context: Context, args: Args) -> list[Record]:
    """Note for myself how a pairing is going."""
    pairing = pairing_of(context, args["pairing"])
    require_live(pairing)
    values = {item: args.get(item) for item in ITEMS}
    if "sealed" in args and any(value is not None for value in values.values()):
        raise BadRequest("sealed: send it instead of the values, not with them.", field="args.sealed")
    space, at = private(context.caller.user), context.told(pairing.hidden.get("began_at")).at
    if context.reads.get(Key(space, "checkin", args["id"])) is not None:
        raise IdTaken("Another check-in has this id.", field="id", id=args["id"])
    trend = _trend(context, args["pairing"])
    if any(abs(at - row["at"]) < CHECKIN_PAUSE for row in trend.data["series"]):
        raise WrongState(
            "There can be one check-in every 14 days; `details.next_at` says when the next one can be.",
            field="pairing",
            state="early",
            next_at=trend.data["next_at"],
        )
    data = {"pairing": args["pairing"], **values, "sealed": args.get("sealed"), "at": at}
    checkin = Record(args["id"], "checkin", space, context.caller.user, data)
    return [checkin, _told(trend, [*trend.data["series"], {"id": checkin.id, "at": at, "value": _value(values)}])]


@command("checkin.delete", DeleteCheckin, exempt=True)
def delete(context: Context, args: Args) -> list[Record]:
    """Delete a check-in of mine; the trend is computed again without it."""
    checkin = context.reads.get(Key(private(context.caller.user), "checkin", args["id"]))
    if checkin is None:
        raise NotFound("There is no such check-in.", field="id", id=args["id"])
    if checkin.deleted:
        return [checkin]
    trend = _trend(context, checkin.data["pairing"])
    return [checkin.tombstone(), _told(trend, [row for row in trend.data["series"] if row["id"] != checkin.id])]


def _value(values: Mapping[str, int | None]) -> float | None:
    """Return the mean of what was answered, or None if all of it was skipped or sealed."""
    answered = [value for value in values.values() if value is not None]
    return fmean(answered) if answered else None


def _told(trend: Record, rows: list[dict[str, Any]]) -> Record:
    """Return the trend with a series of check-ins in order of time, and the hint for the latest one."""
    series = sorted(rows, key=lambda row: (row["at"], row["id"]))
    values = [row["value"] for row in series]
    data = {
        "series": series,
        "hint": hint(values),
        "next_at": series[-1]["at"] + CHECKIN_PAUSE if series else 0,
    }
    return Record(trend.id, "trend", trend.space, trend.author, data)


def _trend(context: Context, pairing: str) -> Record:
    space = private(context.caller.user)
    key = Key(space, "trend", pairing)
    return context.reads.get(key) or Record(pairing, "trend", space, context.caller.user, {"series": []})
