"""What operators and supervisors may see: how long peers wait, how many peers each specialist has, and who leaves.

They see no conversation and no story. Of a peer they see only how long the peer has waited, and for what kind of help.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from server.commands.context import Caller, Clock
from server.commands.matching.searches import waited
from server.jobs.specialist_index import SpecialistIndex
from server.queries.staff import first, require_staff
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.clock import HOUR
from sync.record import Record, Wire


class Overview:
    """The lists: supervisors see the specialists whom they supervise, operators see all specialists."""

    def __init__(
        self, reader: Reader, specialist_index: SpecialistIndex, account_store: AccountStore, now: Clock
    ) -> None:
        self._reader, self._specialist_index, self._account_store, self._now = (
            reader,
            specialist_index,
            account_store,
            now,
        )

    def queue(self, caller: Caller) -> Wire:
        """Return the waiting requests, the longest wait first, without anything that says who the peer is."""
        require_staff(caller)
        now = self._now()
        waiting, more = first(self._reader.live("request"), key=lambda one: -waited(one, now))
        rows = [
            {
                "state": one.data["state"],
                "mode": one.data["mode"],
                "languages": sorted(one.data["languages"]),
                "topics": sorted(set(one.data["topics"]) - set(one.data["quiet"])),
                "waited_hours": round(waited(one, now), 1),
                "priority": one.data.get("priority", False),
            }
            for one in waiting
        ]
        return {"waiting": rows, "more": more}

    def load(self, caller: Caller) -> Wire:
        """Return how many peers each specialist has, and how many places."""
        return {"specialists": [self._row(data, handle) for data, handle in self._mine(caller)]}

    def leaving(self, caller: Caller) -> Wire:
        """Return the specialists who leave, or whose credential ends within 14 days, and how many peers they have."""
        soon = self._now() + 14 * 24 * HOUR
        rows = [
            self._row(data, handle) | {"leaving_at": data.get("leaving_at"), "certified_until": _until(data)}
            for data, handle in self._mine(caller)
            if data.get("leaving_at") is not None or _until(data) < soon
        ]
        return {"specialists": rows}

    def orphans(self, caller: Caller) -> Wire:
        """Return the pairings that nobody looks after: their specialist is gone, and they have no handover."""
        require_staff(caller)
        kept, pairings = self._kept(), self._reader.live("pairing")
        alone = (one for one in pairings if _is_alone(one, kept))
        mine = (one for one in alone if looks_after(caller, kept.get(one.hidden["specialist"])))
        listed, more = first(mine, key=lambda one: one.first_seq)
        return {"pairings": [{"id": one.id} for one in listed], "more": more}

    def _mine(self, caller: Caller) -> Iterable[tuple[Mapping[str, Any], str]]:
        require_staff(caller)
        mine = {user: data for user, data in self._kept().items() if not data.get("gone") and looks_after(caller, data)}
        handles = self._account_store.handles(mine)
        return [(mine[user], handle) for user, handle in sorted(handles.items(), key=lambda item: item[1])]

    def _kept(self) -> dict[str, Mapping[str, Any]]:
        pool = self._specialist_index.pool()
        return dict(zip(pool.users, pool.data, strict=True))

    def _row(self, data: Mapping[str, Any], handle: str) -> Wire:
        return {
            "handle": handle,
            "places": (data.get("practice") or {}).get("places", 0),
            "active": sum(pairing["place"] for pairing in data["pairings"].values()),
            "invited": sum(not pairing["place"] for pairing in data["pairings"].values()),
            "reserved": len(data["offers"]),
            "paused": self._now() < data.get("paused_until", 0),
        }


def looks_after(caller: Caller, specialist: Mapping[str, Any] | None) -> bool:
    """Tell whether a caller of the staff looks after a specialist now. ``specialist`` is None if not known."""
    credential = (specialist or {}).get("credential") or {}
    return caller.role == "operator" or credential.get("supervisor") == caller.user


def _until(data: Mapping[str, Any]) -> int:
    return int((data.get("credential") or {}).get("until", 0))


def _is_alone(pairing: Record, kept: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a pairing goes on without a specialist and without a handover."""
    specialist = kept.get(pairing.hidden["specialist"])
    return pairing.hidden["handover"] is None and (specialist is None or bool(specialist.get("gone")))
