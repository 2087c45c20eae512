"""What a choice becomes: an offer that reserves a place, or a pairing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.commands.context import Context
from server.commands.matching import people, places, requests
from server.commands.pairing import agreements
from server.commands.pairing.ending import settled
from server.commands.pairing.pairs import NEW, base32, described, has_ended, introduced, member_of, membership, restated
from server.commands.states import having, in_state
from server.matching.hours import on_shift_deadline
from server.matching.requester import hours_of
from sync.clock import DAY, HOUR
from sync.record import FAR, Key, Record, pair_space, private

ON_SHIFT = 4 * HOUR  # of a specialist's own hours, that an offer waits
AT_MOST = 24 * HOUR  # that it waits in all
WAITS = 10  # waits of the last peers that are kept of each specialist


def asked(
    context: Context,
    request: Record,
    specialist: Record,
    peer: Record,
    found: Mapping[str, Any],
    basis: Mapping[str, Any],
) -> list[Record]:
    """Ask a specialist, who has a place free: by an offer, or at once if they have a standing yes.

    ``found``: {reasons, limit}, as they are told; ``basis``: {policy, snapshot, at}, from which it can be replayed.
    """
    gone = requests.unlisted(context, request)
    if specialist.data["practice"].get("standing_yes"):
        return [*paired(context, request, specialist, peer, {}, returnable=context.now + DAY), *gone]
    offer = _offer(context, request, specialist, found, basis)
    data = {**request.data, "state": "offered", "last": None}
    waiting = replace(request, data=data, hidden={**request.hidden, "offer": [specialist.id, offer.id]}, due=FAR)
    reserved = people.with_practice(context, places.reserved(specialist, offer.id, peer.id))
    return [waiting, offer, *reserved, having(peer, asked=offer.id), *gone]


def paired(
    context: Context,
    request: Record,
    specialist: Record,
    peer: Record,
    args: Mapping[str, Any],
    returnable: int | None = None,
) -> list[Record]:
    """Make a pairing of a request and a specialist, whose place is not taken yet; ``args``: {name?, terms?}."""
    name = base32(context.derive("pairing", context.mutation, request.space, request.id))[:26].lower()
    space = pair_space(name)
    helper, seeker = member_of(context, space, specialist.id), member_of(context, space, peer.id)
    members = {
        helper: described("specialist", args.get("name") or specialist.data["practice"].get("name")),
        seeker: described("peer", request.data.get("name")),
    }
    hidden = _hidden(request, specialist, peer, {helper: specialist.id, seeker: peer.id}, returnable)
    pairing = Record(name, "pairing", space, helper, {"members": members}, hidden=hidden)
    signed = {} if returnable is not None else {helper: context.now}
    terms = agreements.whole(args.get("terms", {}))
    agreement, pairing = agreements.proposed(pairing, agreements.FIRST_VERSION, terms, signed)
    shown = [introduced(space, helper, specialist.data["facts"]), introduced(space, seeker, peer.data["facts"])]
    return [
        restated(pairing),
        agreement,
        *(record for record in shown if record is not None),
        membership(space, specialist.id, helper, "specialist"),
        membership(space, peer.id, seeker, "peer"),
        _found(request, name),
        having(settled(peer, request.id), pairings={**peer.data["pairings"], name: specialist.id}),
        *people.with_practice(context, places.taken(_waited(context, specialist, request), name, peer.id)),
        *_introduced_by(context, request),
    ]


def _hidden(
    request: Record, specialist: Record, peer: Record, users: Mapping[str, str], returnable: int | None
) -> dict[str, Any]:
    """Return what a pairing holds that phones do not see."""
    return {
        **NEW,
        "users": users,
        "specialist": specialist.id,
        "peer": peer.id,
        "request": request.id,
        "follows": request.data.get("after"),
        "returnable": returnable,
    }


def _offer(
    context: Context, request: Record, specialist: Record, found: Mapping[str, Any], basis: Mapping[str, Any]
) -> Record:
    name = base32(context.derive("offer", context.mutation, request.space, request.id, specialist.id))[:26].lower()
    hours = hours_of(specialist.data.get("availability"))
    late = context.now + AT_MOST
    data = {
        "state": "sent",
        "sent_at": context.now,
        "due_at": on_shift_deadline(hours, context.now, ON_SHIFT, AT_MOST) if hours else late,
        "topics": {t: weight for t, weight in request.data["topics"].items() if t not in request.data["quiet"]},
        "languages": sorted(request.data["languages"]),
        "name": request.data.get("name"),
        "note": request.data.get("note"),
        "reasons": found["reasons"],
        "limit": found["limit"],
    }
    decided = {name: basis[name] for name in ("policy", "snapshot", "at")}
    hidden = {"peer": request.author, "request": request.id, "basis": decided}
    return Record(name, "offer", private(specialist.id), specialist.id, data, hidden=hidden, due=data["due_at"])


def _found(request: Record, pairing: str) -> Record:
    """Return the request that a pairing answers."""
    data = {**request.data, "state": "paired", "last": None}
    return replace(request, data=data, hidden={**request.hidden, "offer": None, "pairing": pairing}, due=None)


def _waited(context: Context, specialist: Record, request: Record) -> Record:
    """Return a specialist with how long this peer waited, from which later peers are told how long it may take."""
    hours = round(max(0, context.now - request.hidden.get("since", request.data["opened_at"])) / HOUR, 2)
    wait = {"at": context.now, "hours": hours, "languages": sorted(request.data["languages"])}
    return having(specialist, waits=[*specialist.data.get("waits", ()), wait][-WAITS:], unanswered=0)


def _introduced_by(context: Context, request: Record) -> list[Record]:
    """Return the handover that has found its next person."""
    former = request.data.get("after")
    handover = context.reads.get(Key(pair_space(former), "handover", former)) if former else None
    if handover is None or handover.data["state"] != "announced" or has_ended(context, handover.space):
        return []
    return [in_state(handover, "introduced")]
