"""Two people are not to meet again: also not on other lists, and not by an offer that is open."""

from server.commands.context import Context
from server.commands.matching import people, requests
from server.commands.matching.offer import withdrawn
from server.commands.pairing.ending import parted
from sync.record import Record


def parted_for_good(
    context: Context, pairing: Record, why: str, until: int | None, *, rematched: bool = False
) -> list[Record]:
    """End a pairing whose two are not to meet for a while, or never again. The peer's request goes on with its age."""
    again = pairing.hidden["handover"] is None  # otherwise the next person is being looked for already
    records = parted(context, pairing, exclude=(why, until), again=again, rematched=rematched)
    user = pairing.hidden["peer"]
    if user is None:
        return records
    now = context.after(records)
    return [*records, *exclude(now, people.peer(now, user), pairing.hidden["specialist"])]


def exclude(context: Context, peer: Record, user: str) -> list[Record]:
    """Return what changes for the other requests of a peer who is not to meet somebody."""
    records: list[Record] = []
    for name in peer.data["requests"]:
        now = context.after(records)
        request = requests.request_of(now, peer.id, name)
        if request.data["state"] == "offered" and request.hidden["offer"][0] == user:
            records += [*withdrawn(now, request), requests.opened(now, request, "next")]
    return [*records, *requests.without_person(context.after(records), peer, user)]
