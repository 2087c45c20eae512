"""How a request stands: what is looked for, and what comes next. Written whenever anything about it is decided."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.command import Context
from server.errors import NotFound, WrongState
from server.records import Key, Record, private

HOUR = 3_600_000  # ms
LOOKING = ("open", "shortlisted")  # states in which nobody has been asked


def request_of(context: Context, user: str, name: str) -> Record:
    """Return a request; raises NotFound."""
    request = context.view.get(Key(private(user), "request", name))
    if request is None or request.deleted:
        raise NotFound("There is no such request.", field="id", id=name)
    return request


def require_state(request: Record, *states: str) -> None:
    """Raise WrongState unless a request is in one of some states."""
    if request.data["state"] not in states:
        raise WrongState("This request has moved on.", field="id", state=request.data["state"])


def opened(context: Context, request: Record, last: str | None = None, **data: Any) -> Record:
    """Return a request that is looked for again, at once. It keeps its age; its patience begins anew if it is over."""
    patience = max(request.data["patience_until"], context.now + request.data["patience_hours"] * HOUR // 2)
    data = {**request.data, "state": "open", "last": last, "patience_until": patience, **data}
    hidden = {**request.hidden, "offer": None, "pairing": None, "since": context.now}
    return replace(request, data=data, hidden=hidden, due=since(data))


def since(data: Mapping[str, Any]) -> int:
    """Return since when somebody should have been found, in ms: who lost their specialist goes before all others."""
    return 1 if data.get("priority") else int(data["opened_at"])


def unlisted(context: Context, request: Record) -> list[Record]:
    """Return the short list of a request taken away, if there is one."""
    listed = context.view.get(Key(request.space, "shortlist", request.id))
    return [listed.tombstone()] if listed is not None and not listed.deleted else []


def closed(request: Record, state: str) -> Record:
    """Return a request that nothing will happen to any more."""
    return replace(request, data={**request.data, "state": state}, due=None)


def about(context: Context, user: str) -> dict[str, Any]:
    """Return what a peer says about themselves that is used to find somebody."""
    space = private(user)
    profile = context.view.get(Key(space, "profile", "me"))
    hours = context.view.get(Key(space, "availability", "me"))
    said = profile.data if profile else {}
    return {
        "languages": said.get("languages", {}),
        "gender": said.get("gender"),
        "age_band": said.get("age_band"),
        "availability": dict(hours.data) if hours is not None else None,
    }
