"""What moderators and supervisors may read: reports with the selected content, and escalations; nothing else."""

from typing import Any

from schemas.errors import NotFound
from server.commands.context import Caller
from server.queries.staff import first, require_staff
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.record import Key, Record, Wire

ESCALATED = ("ground", "to", "told", "consent", "decided_by", "why_not", "at", "told_at")


class Moderation:
    """Operators read reports; a supervisor reads what was escalated while they supervised, and nothing earlier."""

    def __init__(self, reader: Reader, account_store: AccountStore) -> None:
        self._reader, self._account_store = reader, account_store

    def queue(self, caller: Caller) -> Wire:
        """Return the reports that are open, oldest first, without what was written."""
        require_staff(caller, "operator")
        found, more = first(self._reader.live("case", without="messages"), key=lambda one: int(one.data["filed_at"]))
        return {"reports": [_listed(one) for one in found], "more": more}

    def closed(self, caller: Caller) -> Wire:
        """Return the reports that are closed, those closed last first, without what was written."""
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
        users = [entry["by"] for entry in case.data["trail"]] + [case.hidden["about"]]
        handles = self._account_store.handles([user for user in users if user])
        trail = [{**entry, "by": handles.get(entry["by"], "")} for entry in case.data["trail"]]
        about = handles.get(case.hidden["about"], "") if case.data["state"] != "filed" else None
        return {"id": name, **case.data, "trail": trail, "about": about}

    def escalations(self, caller: Caller) -> Wire:
        """Return escalations, newest first: for a supervisor, those written while they supervised the specialist."""
        require_staff(caller)
        theirs = (one for one in self._reader.live("escalation") if _sees(caller, one, "supervisor"))
        found, more = first(theirs, key=lambda one: -int(one.data["at"]))
        handles = self._account_store.handles(one.hidden["specialist"] for one in found)
        rows: list[dict[str, Any]] = [
            {"specialist": handles.get(one.hidden["specialist"], "")} | _shown(caller, one) for one in found
        ]
        return {"escalations": rows, "more": more}


def _listed(case: Record) -> dict[str, Any]:
    return {"id": case.id} | {name: case.data[name] for name in ("ground", "by", "state", "filed_at")}


def _closed_at(case: Record) -> int:
    return max(int(entry["at"]) for entry in case.data["trail"])


def _sees(caller: Caller, escalation: Record, when: str) -> bool:
    """Tell whether the caller is an operator, or the supervisor that the escalation holds under the name ``when``."""
    return caller.role == "operator" or escalation.hidden.get(when) == caller.user


def _shown(caller: Caller, escalation: Record) -> dict[str, Any]:
    shown = {name: escalation.data[name] for name in ESCALATED}
    return shown if _sees(caller, escalation, "told_under") else {**shown, "told_at": None}
