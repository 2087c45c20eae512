"""Two people part: a pairing ends, the place is free again, and the request is over or goes on. All of it at once."""

from dataclasses import replace

from server.commands.context import Context
from server.commands.matching import people, requests
from server.commands.pairing.pairs import ended, unintroduced
from server.commands.safety.alarm import hung_up
from server.commands.states import having, without
from sync.clock import HOUR
from sync.record import Key, Record, private

BLANK = {  # the request of somebody who came by invitation, and never had to say what they look for
    "mode": "choose", "topics": {}, "quiet": [], "languages": {}, "must": {}, "wishes": {}, "apart": [],
    "asynchronous": True, "patience_hours": 720, "patience_until": 0, "wait": None, "suggestion": None,
}  # fmt: skip
LASTING = {"patience_hours": 720}  # nobody who lost their specialist is given up on soon
NEXT_REQUEST_PREFIX = "next."  # what the ids of requests begin with that Beside opens itself
TALK = 3  # times that a peer parted without blame, after which a talk with a supervisor is offered


def parted(
    context: Context,
    pairing: Record,
    ending: str = "closed",
    *,
    exclude: tuple[str, int | None] | None = None,
    again: bool = False,
    rematched: bool = False,
) -> list[Record]:
    """End a pairing. ``exclude``: why, and until when, they are not to meet; ``again``: the request goes on."""
    specialist = people.specialist(context, pairing.hidden["specialist"])
    freed = having(specialist, pairings=without(specialist.data["pairings"], pairing.id))
    records = [ended(pairing, ending), *unintroduced(context, pairing), *people.with_practice(context, freed)]
    user = pairing.hidden["peer"]
    if user is None:
        return records
    records += hung_up(context.after(records), user, specialist.id)
    peer = people.peer(context, user)
    peer = having(peer, pairings=without(peer.data["pairings"], pairing.id))
    if exclude is not None:
        peer = people.excluding(peer, specialist.id, *exclude)
    if rematched:
        peer = having(peer, rematches=peer.data["rematches"] + 1)
    request = former_request(context, pairing)
    if request is None:
        records = [*records, peer]
    elif not again:
        records = [*records, peer, requests.closed(request, "ended")]
    else:
        talk = {"talk": True} if peer.data["rematches"] >= TALK else {}
        anew = requests.told(request, **requests.about(context, user))  # they may have said more meanwhile
        anew = replace(anew, hidden={**anew.hidden, "since": context.now})
        records = [*records, seeking(peer, request.id), requests.opened(context, anew, "next", **talk)]
    return records


def seeking(peer: Record, request: str) -> Record:
    """Return what is kept of a peer one of whose requests is looked for."""
    return having(peer, requests=sorted({*peer.data["requests"], request}))


def settled(peer: Record, request: str) -> Record:
    """Return what is kept of a peer one of whose requests is not looked for any more."""
    return having(peer, requests=[other for other in peer.data["requests"] if other != request])


def following(context: Context, pairing: Record) -> list[Record]:
    """Return the request by which a peer finds the next person after this one, before anybody who has waited less."""
    user, name = pairing.hidden["peer"], next_of(pairing)
    if user is None or context.reads.get(Key(private(user), "request", name)) is not None:
        return []
    former = former_request(context, pairing)
    about = requests.about(context, user)
    data = {**BLANK, "opened_at": context.now, "languages": about["languages"]} if former is None else dict(former.data)
    until = max(pairing.hidden["handover"] or 0, context.now) + LASTING["patience_hours"] * HOUR
    data |= {**LASTING, "patience_until": until, "priority": True, "after": pairing.id}
    request = Record(name, "request", private(user), user, data, hidden={"seeker": about, "since": context.now})
    return [requests.opened(context, request, "handover"), seeking(people.peer(context, user), name)]


def next_of(pairing: Record) -> str:
    """Return the id of the request by which the next person after a pairing is found."""
    return f"{NEXT_REQUEST_PREFIX}{pairing.id}"


def former_request(context: Context, pairing: Record) -> Record | None:
    """Return the request that a pairing came from, if it came from one and it is still about this pairing."""
    name = pairing.hidden["request"]
    request = context.reads.get(Key(private(pairing.hidden["peer"]), "request", name)) if name else None
    return request if request is not None and request.hidden.get("pairing") == pairing.id else None
