"""What Beside keeps of people to bring them together, in spaces that no phone reads: specialists and peers.

Whatever is decided about a specialist's places writes the specialist's record, and whatever is decided about a request
writes the request. So two decisions about the same thing can never both be stored: one of them is decided again.
"""

from collections.abc import Mapping
from typing import Any

from server.commands.context import Context
from server.commands.states import having
from sync.record import Key, Record, peer_space, private, specialist_space

PRACTICE = "me"  # the id of the one record `practice` of a specialist


def specialist(context: Context, user: str) -> Record:
    """Return what is kept of a specialist: facts, hours, places and who has them."""
    key = Key(specialist_space(user), "specialist", user)
    empty: dict[str, Any] = {"facts": {}, "offers": {}, "pairings": {}}
    return context.reads.get(key) or Record(user, key.kind, key.space, user, empty)


def supervisor_of(context: Context, user: str) -> str | None:
    """Return who supervises somebody now, if they are a specialist and anybody does."""
    supervisor: str | None = (specialist(context, user).data.get("credential") or {}).get("supervisor")
    return supervisor


def peer(context: Context, user: str) -> Record:
    """Return what is kept of a peer: facts, pairings, and whom they are not to meet again."""
    key = Key(peer_space(user), "peer", user)
    empty = {"facts": {}, "pairings": {}, "requests": [], "excluded": {}, "rematches": 0}
    return context.reads.get(key) or Record(user, key.kind, key.space, user, empty)


def mine(context: Context) -> Record:
    """Return what is kept of the caller."""
    user = context.caller.user
    return specialist(context, user) if context.caller.role == "specialist" else peer(context, user)


def with_practice(context: Context, kept: Record) -> list[Record]:
    """Return a specialist's record, and with it what the specialist sees of it: how many places are taken."""
    practice = context.reads.get(Key(private(kept.id), "practice", PRACTICE))
    if practice is None:
        return [kept]
    counts = {"active": active(kept.data), "reserved": len(kept.data["offers"])}
    return [kept, having(practice, **counts, paused_until=kept.data.get("paused_until", 0))]


def active(data: Mapping[str, Any]) -> int:
    """Return how many places are taken by pairings. Those by invitation take none: they were not Beside's to give."""
    return sum(pairing["place"] for pairing in data["pairings"].values())


def excluded(kept: Record, user: str, now: int) -> bool:
    """Tell whether a peer is not to meet somebody now."""
    found = kept.data["excluded"].get(user)
    return found is not None and (found["until"] is None or now < found["until"])


def has_blocked(kept: Record, user: str) -> bool:
    """Tell whether a peer and somebody are kept apart because one of them blocked the other."""
    return bool(kept.data["excluded"].get(user, {}).get("why") == "block")


def excluding(kept: Record, user: str, why: str, until: int | None) -> Record:
    """Return what is kept of a peer who is not to meet somebody, for ever or for a while. The longer time counts."""
    known = kept.data["excluded"].get(user, {"until": 0})
    if why != "block" and (known["until"] is None or (until is not None and known["until"] >= until)):
        return kept
    return having(kept, excluded={**kept.data["excluded"], user: {"why": why, "until": until}})
