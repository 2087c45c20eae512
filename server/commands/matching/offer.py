"""Offers: answered once, or not at all. Whoever comes late gets the truth."""

from dataclasses import replace
from typing import Any

from schemas.errors import NotFound, WrongState
from schemas.offer import AcceptOffer, DeclineOffer, ExpireOffer
from server.commands.context import Args, Context, command
from server.commands.matching import people, places, requests
from server.commands.matching.matches import paired
from server.commands.matching.topics import require_topics
from server.commands.pairing.ending import seeking
from server.commands.states import having, require_due
from server.matching.clearance import is_minor, may_take
from sync.clock import DAY
from sync.record import Key, Record, private

BREATHER = 7 * DAY  # after two offers in a row that nobody answered


@command("offer.accept", AcceptOffer)
def accept(context: Context, args: Args) -> list[Record]:
    """Say yes: the reserved place is taken, and the pairing is made."""
    offer = _answerable(context, args["id"])
    request = requests.request_of(context, offer.hidden["peer"], offer.hidden["request"])
    specialist = places.released(people.specialist(context, context.caller.user), offer.id)
    # a breather that began since does not matter
    if not may_take(specialist.data, context.now, minor=is_minor(request.hidden["seeker"])):
        raise WrongState(
            "New people cannot be taken without a supervisor and valid credentials.", field="id", state="uncertified"
        )
    peer = people.peer(context, offer.hidden["peer"])
    if specialist.id in peer.data["pairings"].values():
        raise WrongState("The two of you are paired already.", field="id", state="paired")
    records = paired(context, request, specialist, peer, args)
    return [*records, _answered(offer, "accepted", pairing=records[0].id)]


@command("offer.decline", DeclineOffer)
def decline(context: Context, args: Args) -> list[Record]:
    """Say no, without a reason."""
    offer = _answerable(context, args["id"])
    require_topics("not_now", args.get("not_now", ()))
    specialist = people.specialist(context, context.caller.user)
    records = _given_back(context, offer, having(specialist, unanswered=0))
    told = {"reason": args["reason"]} if "reason" in args else {}
    return [_answered(offer, "declined", **told), *_avoiding(records, args.get("not_now", []))]


@command("offer.expire", ExpireOffer, internal=True)
def expire(context: Context, args: Args) -> list[Record]:
    """Let an offer expire. After two in a row the specialist's intake pauses itself, with a kind word."""
    offer = context.reads.get(Key(private(args["user"]), "offer", args["id"]))
    if offer is None or offer.data["state"] != "sent":
        return []
    require_due(context, offer.data["due_at"])
    specialist = people.specialist(context, args["user"])
    unanswered = specialist.data.get("unanswered", 0) + 1
    until = max(specialist.data.get("paused_until", 0), context.now + BREATHER)
    pause = {"paused_until": until} if unanswered > 1 else {}
    records = _given_back(context, offer, having(specialist, unanswered=unanswered, **pause))
    kindly = [
        having(record, kindly="breather") if pause and record.kind == "practice" else record for record in records
    ]
    return [_answered(offer, "expired"), *kindly]


def withdrawn(context: Context, request: Record) -> list[Record]:
    """Return what changes if the offer that a request waits for is taken back: it, and the place that is free."""
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
    return records, having(specialist, offers={})


def _answerable(context: Context, name: str) -> Record:
    """Return an offer that the caller can answer; raises NotFound, or WrongState with what became of it."""
    offer = context.reads.get(Key(private(context.caller.user), "offer", name))
    if offer is None:
        raise NotFound("There is no such offer.", field="id", id=name)
    state = offer.data["state"]
    if state == "sent" and context.now >= offer.data["due_at"]:
        state = "expired"
    if state != "sent":
        raise WrongState("This offer is not open any more.", field="id", state=state)
    return offer


def _answered(offer: Record, state: str, **data: object) -> Record:
    """Return an offer that is settled. What the peer wrote is not kept."""
    kept = {name: offer.data[name] for name in ("sent_at", "due_at", "reasons", "limit")}
    empty: dict[str, Any] = {"topics": {}, "languages": [], "name": None, "note": None}
    return replace(offer, data={**kept, **empty, "state": state, **data}, due=None)


def _given_back(context: Context, offer: Record, specialist: Record) -> list[Record]:
    """Return what a no changes: the place is free, and the request goes on without this specialist for a while."""
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
    """Add topics to those that a specialist cannot listen to now."""
    if not topics:
        return records
    changed = []
    for record in records:
        if record.kind == "practice":
            changed.append(having(record, avoid=sorted({*record.data.get("avoid", ()), *topics})))
        elif record.kind == "specialist":
            practice = record.data.get("practice", {})
            avoid = sorted({*practice.get("avoid", ()), *topics})
            changed.append(having(record, practice={**practice, "avoid": avoid}))
        else:
            changed.append(record)
    return changed
