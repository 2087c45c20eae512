"""The records of specialists and peers that Beside keeps to bring them together, in spaces that no phone reads.

Every decision about a specialist's places writes the specialist's record, and every decision about a request writes the
request. So two concurrent decisions about the same record can never both be stored: one of them is decided again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import Suspended
from server.commands.context import Context
from server.commands.states import with_data, without
from server.matching.clearance import suspended_until
from sync.record import FAR, Key, Record, peer_space, private, specialist_space

PRACTICE = "me"  # the id of the one record `practice` of a specialist


def specialist(context: Context, user: str) -> Record:
    """Return the record of a specialist, empty if there is none: facts, hours, open offers and pairings."""
    key = Key(specialist_space(user), "specialist", user)
    empty: dict[str, Any] = {"facts": {}, "offers": {}, "pairings": {}}
    return context.reads.get(key) or Record(user, key.kind, key.space, user, empty)


def supervisor_of(context: Context, user: str) -> str | None:
    """Return the user who supervises a specialist now; None if nobody does, or for a user who is no specialist."""
    supervisor: str | None = (specialist(context, user).data.get("credential") or {}).get("supervisor")
    return supervisor


def peer(context: Context, user: str) -> Record:
    """Return the record of a peer, empty if there is none: facts, pairings, open requests, and excluded users."""
    key = Key(peer_space(user), "peer", user)
    empty = {"facts": {}, "pairings": {}, "requests": [], "excluded": {}, "rematches": 0}
    return context.reads.get(key) or Record(user, key.kind, key.space, user, empty)


def has_left_beside(context: Context, user: str, role: str) -> bool:
    """Tell whether a peer or a specialist who was paired once has deleted their account."""
    if role == "specialist":
        data = specialist(context, user).data
        return bool(data.get("gone")) and "credential" not in data and not data.get("practice")  # {}: erased
    kept = context.reads.get(Key(peer_space(user), "peer", user))
    return kept is None or bool(kept.data.get("gone"))


def here(peer: Record) -> Record:
    """Return a peer without the mark ``gone``: they are a peer again, after they had another role."""
    return replace(peer, data=without(peer.data, "gone")) if "gone" in peer.data else peer


def mine(context: Context) -> Record:
    """Return the record of the caller, as a specialist or as a peer."""
    user = context.caller.user
    return specialist(context, user) if context.caller.role == "specialist" else peer(context, user)


def with_practice(context: Context, kept: Record) -> list[Record]:
    """Return a specialist's record, and their record `practice`, if any, which shows them how many places are taken."""
    practice = context.reads.get(Key(private(kept.id), "practice", PRACTICE))
    if practice is None:
        return [kept]
    shown: dict[str, Any] = {"active": active(kept.data), "reserved": len(kept.data["offers"])}
    shown["paused_until"] = kept.data.get("paused_until", 0)
    if practice.data.get("kindly") and shown["paused_until"] < practice.data["paused_until"]:
        shown["kindly"] = None  # the kind word belongs to the breather, which is over
    return [kept, with_data(practice, **shown)]


def active(data: Mapping[str, Any]) -> int:
    """Return how many places are taken by pairings. Pairings by invitation take none: Beside did not arrange them."""
    return sum(pairing["place"] for pairing in data["pairings"].values())


def excluded(kept: Record, user: str, now: int) -> bool:
    """Tell whether a peer is not to be brought together with a user now (ms)."""
    found = kept.data["excluded"].get(user)
    return found is not None and (found["until"] is None or now < found["until"])


def require_standing(kept: Record, now: int) -> None:
    """Raise Suspended if a peer is suspended at ``now`` (ms). A token that was issued before does not say so."""
    until = suspended_until(kept.data)
    if now < until:
        raise Suspended("Moderators have suspended this account.", until=None if until == FAR else until)


def apart_for_good(kept: Record, user: str) -> bool:
    """Tell whether a peer and a user are never to be brought together again."""
    return user in kept.data["excluded"] and kept.data["excluded"][user]["until"] is None


def has_blocked(kept: Record, user: str) -> bool:
    """Tell whether a peer and a user are kept apart because one of them blocked the other."""
    return bool(kept.data["excluded"].get(user, {}).get("why") == "block")


def excluding(kept: Record, user: str, why: str, until: int | None) -> Record:
    """Return a peer who is not to meet a user until a time in ms (None: for ever). The later of two times counts."""
    known = kept.data["excluded"].get(user, {"until": 0})
    if why != "block" and (known["until"] is None or (until is not None and known["until"] >= until)):
        return kept
    return with_data(kept, excluded={**kept.data["excluded"], user: {"why": why, "until": until}})
