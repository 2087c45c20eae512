"""What moderators and supervisors may read: reports with the selected content, and escalations; nothing else."""

from collections.abc import Mapping
from typing import Any

from schemas.errors import Forbidden, NotFound
from server.commands.context import Caller
from server.queries.staff import first, require_staff
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.pull import Extent
from sync.record import Key, Record, Wire, private

MOST_SUPERVISED = 1_000  # specialists of one supervisor
Shared = Mapping[str, frozenset[str]]  # {specialist: the earlier supervisors who have handed over}

SANCTION = ("action", "state", "words", "at", "until", "appeal", "appeal_words")
ESCALATED = ("ground", "to", "told", "consent", "decided_by", "why_not", "at", "told_at")


class Moderation:
    """Operators read reports; a supervisor reads escalations of their time, and those handed over to them."""

    def __init__(self, reader: Reader, account_store: AccountStore) -> None:
        self._reader, self._account_store = reader, account_store

    def queue(self, caller: Caller) -> Wire:
        """Return the open reports, oldest first, without words and messages."""
        require_staff(caller, "operator")
        found, more = first(self._reader.live("case", without="messages"), key=lambda one: int(one.data["filed_at"]))
        return {"reports": [_listed(one) for one in found], "more": more}

    def closed(self, caller: Caller) -> Wire:
        """Return the closed reports, those closed last first, without words and messages."""
        require_staff(caller, "operator")
        cases = self._reader.across("case:", "case", {"state": "closed"}, without="messages")
        found, more = first(cases, key=lambda one: -_closed_at(one))
        rows = [_listed(one) | {"outcome": one.data["outcome"], "closed_at": _closed_at(one)} for one in found]
        return {"reports": rows, "more": more}

    def report(self, caller: Caller, name: str) -> Wire:
        """Return a report: the selected content, what was done about it, and the user it is about; raises NotFound.

        The user is named only once an operator has taken the report, and the trail says who took it.
        """
        require_staff(caller, "operator")
        key = Key(f"case:{name}", "case", name)
        case = self._reader.get([key]).get(key)
        if case is None:
            raise NotFound("There is no such report.", field="id", id=name)
        if caller.user in {case.hidden["about"], case.hidden["reporter"]}:
            raise Forbidden("This report is about you, or by you; another operator has to look into it.", field="id")
        users = [entry["by"] for entry in case.data["trail"]] + [case.hidden["about"]]
        handles = self._account_store.handles([user for user in users if user])
        trail = [{**entry, "by": handles.get(entry["by"], "")} for entry in case.data["trail"]]
        about = handles.get(case.hidden["about"], "") if case.data["state"] != "filed" else None
        return {"id": name, **case.data, "trail": trail, "about": about}

    def sanctions(self, caller: Caller) -> Wire:
        """Return the suspensions and removals in force, and all sanctions with an open appeal, which come first."""
        require_staff(caller, "operator")
        kept = self._reader.live("sanction")
        found, more = first(kept, key=lambda one: int(one.data["at"]) - 2**53 * (one.data["appeal"] == "filed"))
        handles = self._account_store.handles({user for one in found for user in (one.author, one.hidden["by"])})
        rows = [
            {"id": one.id, "handle": handles.get(one.author, ""), "by": handles.get(one.hidden["by"], "")}
            | {name: one.data[name] for name in SANCTION}
            for one in found
        ]
        return {"sanctions": rows, "more": more}

    def escalations(self, caller: Caller) -> Wire:
        """Return escalations, newest first: for a supervisor, those written while they supervised the specialist.

        With them come those that an earlier supervisor of the specialist has handed over.
        """
        require_staff(caller)
        shared = self._shared(caller)
        theirs = (one for one in self._reader.live("escalation") if _sees(caller, one, "supervisor", shared))
        found, more = first(theirs, key=lambda one: -int(one.data["at"]))
        handles = self._account_store.handles(one.hidden["specialist"] for one in found)
        rows: list[dict[str, Any]] = [
            {"specialist": handles.get(one.hidden["specialist"], "")} | _shown(caller, one, shared) for one in found
        ]
        return {"escalations": rows, "more": more}

    def _shared(self, caller: Caller) -> Shared:
        """Return {specialist: earlier supervisors who have handed over to the caller}, for those supervised now."""
        space = private(caller.user)
        with self._reader.consistent():
            head = self._reader.extents([space]).get(space, Extent()).head
            found = self._reader.of_kind(space, "supervision", 0, head, MOST_SUPERVISED)
        ongoing = (one for one in found if not one.deleted and one.data["state"] == "ongoing")
        return {one.hidden["specialist"]: frozenset(one.hidden.get("shared", ())) for one in ongoing}


def _listed(case: Record) -> dict[str, Any]:
    return {"id": case.id} | {name: case.data[name] for name in ("ground", "by", "state", "filed_at")}


def _closed_at(case: Record) -> int:
    """Return when a case was closed, in ms. What happened to a sanction later is in the trail, too."""
    return max(int(entry["at"]) for entry in case.data["trail"] if entry["what"] == case.data["state"])


def _sees(caller: Caller, escalation: Record, when: str, shared: Shared) -> bool:
    """Tell whether the caller is an operator, or the supervisor in ``hidden[when]`` of an escalation.

    A caller to whom that supervisor has handed over counts as well.
    """
    supervisor = escalation.hidden.get(when)
    earlier = shared.get(escalation.hidden.get("specialist", ""), frozenset())
    return caller.role == "operator" or supervisor == caller.user or supervisor in earlier


def _shown(caller: Caller, escalation: Record, shared: Shared) -> dict[str, Any]:
    shown = {name: escalation.data[name] for name in ESCALATED}
    return shown if _sees(caller, escalation, "told_under", shared) else {**shown, "told_at": None}
