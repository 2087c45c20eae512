"""The state of a request, and the steps from one state to the next. Every decision about a request writes it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import NotFound, WrongState
from server.commands.absence import extended
from server.commands.context import Context
from sync.clock import HOUR
from sync.record import Key, Record, peer_space, private

LOOKING = ("open", "shortlisted")  # states in which Beside looks for people and no specialist is asked


def request_of(context: Context, user: str, name: str) -> Record:
    """Return a request; raises NotFound."""
    request = context.reads.get(Key(private(user), "request", name))
    if request is None or request.deleted:
        raise NotFound("There is no such request.", field="id", id=name)
    return request


def require_state(request: Record, *states: str) -> None:
    """Raise WrongState unless a request is in one of some states."""
    if request.data["state"] not in states:
        raise WrongState("The state of this request does not allow this now.", field="id", state=request.data["state"])


def opened(context: Context, request: Record, last: str | None = None, **data: Any) -> Record:
    """Return a request that is open again, and due at once.

    It keeps its age. Its patience, the time in which people are looked for, lasts for at least half of
    ``patience_hours`` from now on. A patience that is prolonged now is extended only by later absences.
    """
    patience, least = request.data["patience_until"], context.now + request.data["patience_hours"] * HOUR // 2
    hidden = {**request.hidden, "offer": None, "pairing": None}
    if patience < least:
        patience = max(least, extended(context, request, request.data["opened_at"], patience))
        hidden["given_back"] = context.now
    data = {**request.data, "state": "open", "last": last, "patience_until": patience, **data}
    return replace(request, data=data, hidden=hidden, due=since(data))


def since(data: Mapping[str, Any]) -> int:
    """Return the due time of an open request, in ms: when it was opened, or 1 with priority, before all others.

    A peer who lost their specialist has priority.
    """
    return 1 if data.get("priority") else int(data["opened_at"])


def unlisted(context: Context, request: Record) -> list[Record]:
    """Return the tombstone of a request's short list, if there is one."""
    listed = context.reads.get(Key(request.space, "shortlist", request.id))
    return [listed.tombstone()] if listed is not None and not listed.deleted else []


def closed(request: Record, state: str) -> Record:
    """Return a request in its last state. What the peer said about themselves is not kept with it."""
    hidden = {name: value for name, value in request.hidden.items() if name != "seeker"}
    return replace(request, data={**request.data, "state": state}, hidden=hidden, due=None)


def without_person(context: Context, peer: Record, user: str) -> list[Record]:
    """Return what changes for the requests of a peer who is not to meet a user: short lists with that user go."""
    records: list[Record] = []
    for name in peer.data["requests"]:
        request = request_of(context, peer.id, name)
        listed = context.reads.get(Key(request.space, "shortlist", name))
        if listed is not None and not listed.deleted and user in listed.hidden["people"].values():
            records += [opened(context, request, request.data["last"]), listed.tombstone()]
    return records


def about(context: Context, user: str) -> dict[str, Any]:
    """Return what a peer says about themselves that matching uses: {languages, gender, age_band, availability}."""
    space = private(user)
    profile = context.reads.get(Key(space, "profile", "me"))
    hours = context.reads.get(Key(space, "availability", "me"))
    said = profile.data if profile else {}
    return {
        "languages": said.get("languages", {}),
        "gender": said.get("gender"),
        "age_band": said.get("age_band"),
        "availability": dict(hours.data) if hours is not None else None,
    }


def sought(context: Context, **said: Any) -> list[Record]:
    """Return the caller's open requests that change with what they say about themselves now; none if nothing is new."""
    records: list[Record] = []
    kept = context.reads.get(Key(peer_space(context.caller.user), "peer", context.caller.user))
    for name in kept.data["requests"] if kept is not None else ():
        request = request_of(context, context.caller.user, name)
        now = updated(request, **said)
        if now is request:
            continue
        if now.data["state"] in LOOKING:
            records += [opened(context, now, now.data["last"]), *unlisted(context, now)]
        else:
            records.append(now)
    return records


def updated(request: Record, **said: Any) -> Record:
    """Return a request with what its peer says about themselves now; the same object if nothing is new."""
    data, before = request.data, request.hidden["seeker"]
    seeker = {**before, **said}
    if all((seeker.get(one) or None) == (before.get(one) or None) for one in seeker):
        return request
    if data["languages"] == before["languages"]:  # the request took its languages from the profile
        data = {**data, "languages": seeker["languages"] or {}}
    return replace(request, data=data, hidden={**request.hidden, "seeker": seeker})
