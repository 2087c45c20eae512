"""Offers: each asks a specialist to take a peer, and reserves a place. With a standing yes, they are paired at once.

An offer is answered once, or not at all. A late answer is refused with the state that the offer is in, unless it was
given in time and only arrives late.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.offer import AcceptOffer, DeclineOffer, ExpireOffer
from server.commands.absence import moved_on
from server.commands.context import Args, Context, command
from server.commands.due import on_due
from server.commands.matching import people, places, requests, searches
from server.commands.matching.answers import (
    answerable,
    answerable_until,
    answered,
    answered_late,
    due_at,
    met_again,
    over,
    require_possible,
    said,
    unanswered,
    undoable,
)
from server.commands.pairing import agreement as agreements
from server.commands.pairing.pairs import (
    NEW,
    RETURNABLE,
    described,
    has_ended,
    introduced,
    member_of,
    membership,
    restated,
    seeking,
    without_request,
)
from server.commands.states import in_state, require_due, with_data, written_by
from server.commands.vocabulary import require_topics
from server.matching.clearance import is_minor, may_take
from sync.clock import DAY
from sync.record import FAR, Key, Record, pair_space, private

OF_THE_PEER = ("topics", "languages", "name", "note", "reasons", "hours", "undo")  # fields sealed with the peer's key
WAITS = 10  # waiting times kept of each specialist: those of the peers paired last


@command("offer.accept", AcceptOffer)
def accept(context: Context, args: Args) -> list[Record]:
    """Accept an offer: the reserved place is taken, and the pairing is made."""
    offer = answerable(context, args["id"])
    request = _asked_for(context, offer)
    if request is None or request.deleted:  # the peer is gone
        raise over("withdrawn")
    specialist, peer = people.specialist(context, context.caller.user), people.peer(context, offer.hidden["peer"])
    if offer.data["state"] == "expired":
        specialist, peer = answered_late(specialist, offer.id), met_again(peer, specialist.id, offer)
    else:
        specialist = answered(specialist)
    specialist = places.released(specialist, offer.id)
    require_possible(context, offer, request, specialist, peer)
    records = paired(context, request, specialist, peer, args)
    told = {"pairing": records[0].id, "due_at": answerable_until(context, offer)}
    return [*records, *requests.unlisted(context, request), _answered(said(context, offer), "accepted", **told)]


@command("offer.decline", DeclineOffer)
def decline(context: Context, args: Args) -> list[Record]:
    """Decline an offer. A reason is optional, and only I can read it."""
    offer = answerable(context, args["id"])
    require_topics("not_now", args.get("not_now", ()))
    specialist = people.specialist(context, context.caller.user)
    if offer.data["state"] == "expired":  # for the peer nothing changes: a no and silence are the same
        records = people.with_practice(context, answered_late(specialist, offer.id))
    else:
        records = _given_back(context, offer, answered(specialist))
    told = {"reason": args["reason"]} if "reason" in args else {}
    return [_answered(said(context, offer), "declined", **told), *_avoiding(records, args.get("not_now", []))]


@on_due("offer", "expire", ExpireOffer, lambda offer, _: {"user": offer.author, "id": offer.id})
def expire(context: Context, args: Args) -> list[Record]:
    """Let an offer expire. After two in a row the specialist takes a breather, and is shown a kind word (``kindly``).

    An offer that the specialist was not allowed to accept does not count as unanswered.
    """
    offer = context.reads.get(Key(private(args["user"]), "offer", args["id"]))
    if offer is None or offer.data["state"] != "sent":
        return []
    require_due(context, offer.data["due_at"])
    until = answerable_until(context, offer)
    if context.now < until:
        return [moved_on(context, offer, until, due_at=until)]
    before, request = people.specialist(context, args["user"]), _asked_for(context, offer)
    minor = request is not None and is_minor(request.hidden.get("seeker", {}))
    may = may_take(before.data, context.now, minor=minor)
    specialist = unanswered(context, before, offer.id) if may else before
    is_tired = specialist.data.get("paused_until", 0) > before.data.get("paused_until", 0)
    records = _given_back(context, offer, specialist)
    kindly = [
        with_data(record, kindly="breather") if is_tired and record.kind == "practice" else record for record in records
    ]
    return [_answered(undoable(context, offer, records), "expired", due_at=until), *kindly]


def withdrawn(context: Context, request: Record) -> list[Record]:
    """Return what taking back the open offer of a request changes: the offer, and the specialist with a free place."""
    if request.hidden.get("offer") is None:
        return []
    user, name = request.hidden["offer"]
    offer = context.reads.get(Key(private(user), "offer", name))
    specialist = places.released(people.specialist(context, user), name)
    taken_back = [_answered(offer, "withdrawn")] if offer is not None else []
    return [*taken_back, *people.with_practice(context, specialist)]


def returned(context: Context, specialist: Record) -> tuple[list[Record], Record]:
    """Return what taking back all open offers of a specialist changes, and the specialist without them."""
    records: list[Record] = []
    for name in specialist.data["offers"]:
        offer = context.reads.get(Key(private(specialist.id), "offer", name))
        if offer is not None:
            request = _asked_for(context, offer)
            again = [requests.opened(context, request, "next")] if request is not None else []
            records += [_answered(offer, "withdrawn"), *again]
    return records, with_data(specialist, offers={})


def _answered(offer: Record, state: str, **data: object) -> Record:
    """Return an offer in its last state, without what the peer wrote."""
    kept = {name: offer.data[name] for name in ("sent_at", "due_at", "reasons", "limit")}
    empty: dict[str, Any] = {"topics": {}, "languages": [], "name": None, "note": None}
    return replace(offer, data={**kept, **empty, "state": state, **data}, due=None)


def _given_back(context: Context, offer: Record, specialist: Record) -> list[Record]:
    """Return what a declined or expired offer changes: the place is free, and the request goes on.

    The specialist is not suggested to this peer again for 30 days.
    """
    user = offer.hidden["peer"]
    peer = people.excluding(people.peer(context, user), specialist.id, "not_now", context.now + 30 * DAY)
    freed = people.with_practice(context, places.released(specialist, offer.id))
    request = _asked_for(context, offer)
    if request is None:
        return freed
    records = [*freed, seeking(peer, request.id), requests.opened(context, request, "next")]
    return [*records, *requests.without_person(context.after(records), peer, specialist.id)]


def _asked_for(context: Context, offer: Record) -> Record | None:
    """Return the request that an offer is for; None if its peer is gone."""
    return context.reads.get(Key(private(offer.hidden["peer"]), "request", offer.hidden["request"]))


def _avoiding(records: list[Record], topics: list[str]) -> list[Record]:
    """Return records with topics added to those that the specialist cannot listen to now."""
    if not topics:
        return records
    changed = []
    for record in records:
        if record.kind == "practice":
            changed.append(with_data(record, avoid=sorted({*record.data.get("avoid", ()), *topics})))
        elif record.kind == "specialist":
            practice = record.data.get("practice", {})
            avoid = sorted({*practice.get("avoid", ()), *topics})
            changed.append(with_data(record, practice={**practice, "avoid": avoid}))
        else:
            changed.append(record)
    return changed


def asked(
    context: Context,
    request: Record,
    specialist: Record,
    peer: Record,
    found: Mapping[str, Any],
    basis: Mapping[str, Any],
) -> list[Record]:
    """Return what asking a specialist with a free place changes: an offer or, with a standing yes, a pairing at once.

    ``found``: {reasons, limit}, as the specialist is told them; ``basis``: {policy, snapshot, at}, from which the match
    can be replayed.
    """
    gone = requests.unlisted(context, request)
    if specialist.data["practice"].get("standing_yes"):
        return [*paired(context, request, specialist, peer, {}, returnable=context.now + RETURNABLE), *gone]
    offer = _offer(context, request, specialist, found, basis)
    data = {**request.data, "state": "offered", "last": None}
    waiting = replace(request, data=data, hidden={**request.hidden, "offer": [specialist.id, offer.id]}, due=FAR)
    reserved = people.with_practice(context, places.reserved(specialist, offer.id, peer.id))
    return [waiting, offer, *reserved, with_data(peer, asked=offer.id), *gone]


def paired(
    context: Context,
    request: Record,
    specialist: Record,
    peer: Record,
    args: Mapping[str, Any],
    returnable: int | None = None,  # ms: until when a pairing by a standing yes, not yet signed, can be given back
) -> list[Record]:
    """Return what pairing a request with a specialist changes; it also takes the place. ``args``: {name?, terms?}."""
    name = context.derived_id("pairing", context.mutation, request.space, request.id)
    space = pair_space(name)
    helper, seeker = member_of(context, space, specialist.id), member_of(context, space, peer.id)
    members = {
        helper: described("specialist", args.get("name") or specialist.data["practice"].get("name")),
        seeker: described("peer", request.data.get("name")),
    }
    hidden = _hidden(request, specialist, peer, {helper: specialist.id, seeker: peer.id})
    hidden |= {"began_at": context.now, "returnable": returnable}
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
        with_data(without_request(peer, request.id), pairings={**peer.data["pairings"], name: specialist.id}),
        *people.with_practice(context, places.taken(_waited(context, specialist, request), name, peer.id)),
        *_introduced_by(context, request),
        *searches.met(context, request, searches.waited(request, context.now)),
    ]


def _hidden(request: Record, specialist: Record, peer: Record, users: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a pairing that phones do not see."""
    return {
        **NEW,
        "users": users,
        "specialist": specialist.id,
        "peer": peer.id,
        "request": request.id,
        "follows": request.data.get("after"),
    }


def _offer(
    context: Context, request: Record, specialist: Record, found: Mapping[str, Any], basis: Mapping[str, Any]
) -> Record:
    name = context.derived_id("offer", context.mutation, request.space, request.id, specialist.id)
    data = {
        "state": "sent",
        "sent_at": context.now,
        "due_at": due_at(context, specialist),
        "topics": {t: weight for t, weight in request.data["topics"].items() if t not in request.data["quiet"]},
        "languages": sorted(request.data["languages"]),
        "name": request.data.get("name"),
        "note": request.data.get("note"),
        "reasons": found["reasons"],
        "limit": found["limit"],
    }
    decided = {name: basis[name] for name in ("policy", "snapshot", "at")}
    hours = specialist.data.get("availability")
    hidden = {"peer": request.author, "request": request.id, "basis": decided, "hours": hours}
    offer = Record(name, "offer", private(specialist.id), specialist.id, data, hidden=hidden, due=data["due_at"])
    return written_by(private(request.author), offer, *OF_THE_PEER)


def _found(request: Record, pairing: str) -> Record:
    """Return a request in state ``paired``, with the id of its pairing."""
    data = {**request.data, "state": "paired", "last": None}
    return replace(request, data=data, hidden={**request.hidden, "offer": None, "pairing": pairing}, due=None)


def _waited(context: Context, specialist: Record, request: Record) -> Record:
    """Return a specialist with this peer's wait added, in hours. From such waits later peers get an estimate."""
    hours = searches.waited(request, context.now)
    wait = {"at": context.now, "hours": hours, "languages": sorted(request.data["languages"])}
    return with_data(specialist, waits=[*specialist.data.get("waits", ()), wait][-WAITS:])


def _introduced_by(context: Context, request: Record) -> list[Record]:
    """Return the handover that this request follows, in state ``introduced``, if it waited for the next person."""
    former = request.data.get("after")
    handover = context.reads.get(Key(pair_space(former), "handover", former)) if former else None
    if handover is None or handover.data["state"] != "announced" or has_ended(context, handover.space):
        return []
    return [in_state(handover, "introduced")]
