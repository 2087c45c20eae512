"""The places of a specialist: which peers may get one, and the three states of a place: reserved, taken, free."""

from collections.abc import Mapping
from typing import Any

from schemas.text import primary_languages
from server.commands.context import Context
from server.commands.matching import people
from server.commands.states import with_data, without
from server.matching import floor, policy
from server.matching.clearance import is_minor, may_take
from server.matching.hours import FULL, week
from server.matching.requester import hours_of
from sync.clock import DAY
from sync.record import Record

Data = Mapping[str, Any]


def has_room(data: Data) -> bool:
    """Tell whether a place is neither taken nor reserved."""
    return people.active(data) + len(data["offers"]) < int(data.get("practice", {}).get("places", 0))


def suits(data: Data, request: Record, now: int) -> bool:
    """Tell whether a specialist and a request still meet all conditions that no score can outweigh."""
    practice, profile = data.get("practice", {}), data.get("profile", {})
    must = request.data["must"]
    lived = {fact["topic"] for fact in data["facts"].values() if fact["kind"] == "lived" and fact["tier"] == "profile"}
    return bool(
        primary_languages(request.data["languages"]).keys() & primary_languages(profile.get("languages") or {})
        and _meets(data, request, now)
        and not set(practice.get("avoid", ())) & set(request.data["topics"])
        and not set(practice.get("apart", ())) & set(request.data.get("apart", ()))
        and must.get("gender") in {None, profile.get("gender")}
        and (not must.get("age_bands") or profile.get("age_band") in must["age_bands"])
        and set(must.get("topics", ())) <= lived
        and _is_above_floor(data, request)
    )


def _is_above_floor(data: Data, request: Record) -> bool:
    topics = request.data["topics"]
    if not floor.has_floor(topics, request.data["must"]):
        return True
    return not floor.topics_above(data["facts"], data.get("practice") or {}).isdisjoint(topics)


def _meets(data: Data, request: Record, now: int) -> bool:
    """Tell whether specialist and peer have enough hours in common, or both can talk asynchronously.

    The specialist's week begins at 00:00 UTC of today, as in the candidate columns, so that both give the same answer.
    """
    if request.data["asynchronous"] and data["practice"].get("asynchronous"):
        return True
    theirs, own = hours_of(data.get("availability")), hours_of(request.hidden["seeker"].get("availability"))
    common = week(theirs, now // DAY * DAY) & (week(own, now) if own else FULL) if theirs else 0
    return common.bit_count() / 4 >= policy.LEAST


def can_take(context: Context, specialist: Record, peer: Record, request: Record) -> bool:
    """Tell whether a specialist can be asked now to take the peer of a request."""
    return (
        may_take(specialist.data, context.now, minor=is_minor(request.hidden["seeker"]))
        and context.now >= specialist.data.get("paused_until", 0)
        and has_room(specialist.data)
        and suits(specialist.data, request, context.now)
        and not people.excluded(peer, specialist.id, context.now)
        and specialist.id not in peer.data["pairings"].values()
        and peer.id not in specialist.data["offers"].values()
    )


def reserved(specialist: Record, offer: str, peer: str) -> Record:
    """Return a specialist with one place reserved for an offer."""
    return with_data(specialist, offers={**specialist.data["offers"], offer: peer})


def released(specialist: Record, offer: str) -> Record:
    """Return a specialist without the place that was reserved for an offer, if there was one."""
    return with_data(specialist, offers=without(specialist.data["offers"], offer))


def taken(specialist: Record, pairing: str, peer: str) -> Record:
    """Return a specialist with one place taken by a pairing."""
    place = {"peer": peer, "place": True}
    return with_data(specialist, pairings={**specialist.data["pairings"], pairing: place})
