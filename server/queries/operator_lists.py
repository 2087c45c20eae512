"""Lists for operators: accounts, users on call, open calls for help (SOS), and specialists who never began.

No list has anything that a user wrote, and none says which user called for help.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from server.commands.context import Caller, Clock
from server.commands.safety.alarm import WATCH
from server.matching.hours import SLOTS, slot, week
from server.matching.requester import hours_of
from server.queries.staff import LISTED, first, require_staff
from server.store.account_lists import AccountLists
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import Key, Record, Wire, private, specialist_space

OVER = "over"  # the state of a call that nobody can answer any more


class OperatorLists:
    """Lists for operators only. Every function raises Forbidden for another caller."""

    def __init__(self, reader: Reader, account_store: AccountStore, lists: AccountLists, now: Clock) -> None:
        self._reader, self._account_store, self._lists, self._now = reader, account_store, lists, now

    def users(self, caller: Caller, args: Wire) -> Wire:
        """Return {users, after}: a page of accounts by {handle, role, after, limit}, in the order of handles.

        Send ``after`` to get the next page; None if there is none. Days are in UTC.
        """
        require_staff(caller, "operator")
        rows = self._lists.page(args["handle"], args["role"], args["after"], args["limit"] + 1)
        shown, more = rows[: args["limit"]], len(rows) > args["limit"]
        return {"users": [_user(row, self._now()) for row in shown], "after": shown[-1]["handle"] if more else None}

    def on_call(self, caller: Caller) -> Wire:
        """Return {people}: the users on call, with their hours, and whether the present time is in these hours."""
        require_staff(caller, "operator")
        watch = self._reader.get([WATCH]).get(WATCH)
        people: Mapping[str, Any] = {} if watch is None else watch.data["people"]
        handles = self._account_store.handles(people)
        rows = [
            {"handle": handles.get(user, ""), **row["hours"], "now": _is_now(row["hours"], self._now())}
            for user, row in people.items()
        ]
        return {"people": sorted(rows, key=lambda row: str(row["handle"]))[:LISTED]}

    def open_sos(self, caller: Caller) -> Wire:
        """Return {sos, more}: open calls for help, the oldest first, with the users called and who took it."""
        require_staff(caller, "operator")
        found, more = first(self._reader.live("sos"), key=lambda one: int(one.data["raised_at"]))
        calls = self._reader.get(
            Key(private(user), "call", name) for one in found for user, name in one.hidden["calls"].items()
        )
        users = {user for one in found for user in (*one.hidden["calls"], one.hidden.get("taker")) if user}
        handles = self._account_store.handles(users)
        return {"sos": [_sos(one, calls, handles) for one in found], "more": more}

    def never_began(self, caller: Caller, days: int) -> Wire:
        """Return {specialists, more}: accounts made more than some days ago, without a practice or a credential."""
        require_staff(caller, "operator")
        rows: list[Wire] = []
        for accounts in self._lists.made_before("specialist", self._now() - days * DAY):
            keys = {row["_id"]: Key(specialist_space(row["_id"]), "specialist", row["_id"]) for row in accounts}
            kept = self._reader.get(keys.values())
            for row in accounts:
                record = kept.get(keys[row["_id"]])
                rows += _without(row, record.data if record is not None else {})
            if len(rows) > LISTED:
                break
        return {"specialists": rows[:LISTED], "more": len(rows) > LISTED}


def _user(row: Mapping[str, Any], now: int) -> Wire:
    suspended = row.get("suspended_until", 0)
    return {
        "user": row["_id"],
        "handle": row["handle"],
        "role": row["role"],
        "created_on": _day(row["created_at"]),
        "seen_on": None if row["seen_at"] is None else _day(row["seen_at"]),
        "devices": row["devices"],
        "factors": row["factors"],
        "suspended_until": suspended if suspended > now else None,
    }


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d}"


def _is_now(hours: Mapping[str, Any], now: int) -> bool:
    found = hours_of(hours)
    return found is not None and bool(week(found, now) >> (slot(now) % SLOTS) & 1)


def _sos(sos: Record, calls: Mapping[Key, Record], handles: Mapping[str, str]) -> Wire:
    """Return an SOS without what was said, and without who raised it."""
    found = {user: calls.get(Key(private(user), "call", name)) for user, name in sos.hidden["calls"].items()}
    called = [
        {"handle": handles.get(user, ""), "as": call.data["as"], "state": call.data["state"]}
        for user, call in found.items()
        if call is not None and not call.deleted and call.data["state"] != OVER
    ]
    asked, taken = sos.data["asked"], sos.data["taken"]
    return {
        "since": sos.data["raised_at"],
        "state": sos.data["state"],
        "rung": asked[-1]["who"] if asked else None,
        "called": sorted(called, key=lambda one: one["handle"]),
        "taken_by": handles.get(sos.hidden.get("taker") or "") if taken else None,
        "taken_at": taken["at"] if taken else None,
    }


def _without(account: Mapping[str, Any], data: Mapping[str, Any]) -> Iterable[Wire]:
    """Give a row for a specialist in service who lacks a practice or a credential."""
    missing = [name for name in ("practice", "credential") if not data.get(name)]
    if missing and not data.get("gone"):
        made = _day(account["created_at"])
        yield {"user": account["_id"], "handle": account["handle"], "created_on": made, "missing": missing}
