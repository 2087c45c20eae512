"""What all pairings have: a space for two, a member handle for each, and a state that follows from what they did.

Two people part in one decision: the pairing ends, the place is free again, and the request is closed or goes on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import WrongState
from server.commands import access
from server.commands.context import Context, is_demo
from server.commands.conversation import receipt
from server.commands.matching import people, requests, searches
from server.commands.safety.alarm import hung_up
from server.commands.states import with_data, without
from sync.clock import DAY, HOUR
from sync.record import FAR, Key, Record, membership_key, pair_space, private

NEW: Mapping[str, Any] = {  # the fields of a new pairing that phones do not see
    "peer": None,  # the peer's user
    "request": None,  # the request that it came from
    "began_at": None,  # ms: when it, or its invitation, was made; None: before Beside stored this
    "follows": None,  # the id of the former pairing, if this one follows a handover
    "returnable": None,  # ms: until when its specialist may give it back
    "handover": None,  # ms: when its specialist leaves
    "paused": {},  # {member: until, in ms, or None}
    "versions": 0,  # how many versions of its agreement there have been
    "proposal": None,  # the id of the agreement that waits for signatures
    "proposed": None,  # and its hash
    "in_force": None,  # the id of the agreement that both have signed
    "agreed": None,  # and its hash
    "without": [],  # safeguards that the specialist lacked when the peer joined, as the programme allows
    "withdrawn": False,  # whether somebody withdrew from the last agreement
}
BLANK = {  # the request of a peer who came by invitation, and never had to say what they look for
    "mode": "choose", "topics": {}, "quiet": [], "languages": {}, "must": {}, "wishes": {}, "apart": [],
    "asynchronous": True, "patience_hours": 720, "patience_until": 0, "wait": None, "suggestion": None,
}  # fmt: skip
LASTING = {"patience_hours": 720}  # how long (30 days) Beside looks for somebody for a peer who lost their specialist
NEXT_REQUEST_PREFIX = "next."  # prefix of the ids of requests that Beside itself opens
RETURNABLE = DAY  # ms in which a specialist may give back a pairing that a standing yes made
TALK = 3  # re-matches of a peer after which a talk with a supervisor is offered
NAMED = ("paired", "profile")  # tiers of facts that the other side of a pairing may see


def member_of(context: Context, space: str, user: str) -> str:
    """Return a user's handle inside one space: looks random, and links to no other space."""
    return context.derived_id("member", space, user, length=16)


def described(role: str, name: str | None) -> Mapping[str, Any]:
    """Return how a member is shown to the other."""
    return {"role": role} if name is None else {"role": role, "name": name}


def membership(space: str, user: str, member: str, role: str) -> Record:
    """Return the private record that tells a user's phones of a space, and of the user's member handle in it."""
    key, data = membership_key(user, space), {"space": space, "member": member, "role": role}
    return Record(key.id, key.kind, key.space, user, data)


def pairing_of(context: Context, pairing: str) -> Record:
    """Return a pairing of the caller's; raises NotFound."""
    return access.shared_space(context, pair_space(pairing))


def require_live(pairing: Record) -> None:
    """Raise WrongState if a pairing has ended, or has not begun."""
    state = pairing.data["state"]
    if state in {"ended", "invited"}:
        raise WrongState("This pairing has ended, or nobody has joined it yet.", field="pairing", state=state)


def has_ended(context: Context, space: str) -> bool:
    """Tell whether a pairing has ended. Nothing more is shown in its space then, as the two cannot answer there."""
    pairing = access.find_shared_space(context.reads, space)
    return pairing is None or pairing.data["state"] == "ended"


def restated(pairing: Record, **happened: Any) -> Record:
    """Return a pairing with some hidden fields set, and with the state and due time that follow from all of them."""
    hidden = {**NEW, **pairing.hidden, **happened}
    data = {
        "state": _state(hidden),
        "members": pairing.data["members"],
        "agreement": hidden["agreed"],
        "proposed": hidden["proposed"],
    }
    if hidden["without"]:
        data["without"] = hidden["without"]
    if hidden["handover"] is not None:
        data["until"] = hidden["handover"]
    elif data["state"] == "paused" and _resumes(hidden) < FAR:
        data["until"] = _resumes(hidden)
    return replace(pairing, data=data, hidden=hidden, due=min(_resumes(hidden), hidden["handover"] or FAR))


def ended(pairing: Record, ending: str = "closed") -> Record:
    """Return a pairing that has ended. The record is the same after an end, a re-match and a block."""
    data = {"state": "ended", "members": pairing.data["members"], "ending": ending}
    return replace(pairing, data=data, due=None)


def untold(context: Context, pairing: Record) -> list[Record]:
    """Return what two people who part are not shown of each other any more.

    Introductions and story cards are deleted; receipts no longer show what was read.
    """
    kinds = ("introduction", "story_card")
    keys = [Key(pairing.space, kind, member) for member in pairing.data["members"] for kind in kinds]
    found = [context.reads.get(key) for key in keys]
    gone = [one.tombstone() for one in found if one is not None and not one.deleted]
    return [*gone, *receipt.without_read(context, pairing)]


def introduced(space: str, member: str, facts: Mapping[str, Any]) -> Record | None:
    """Return the facts of a member that the other side of a pairing sees; None if no fact has a tier of ``NAMED``."""
    told = [
        {name: fact[name] for name in ("topic", "kind", "depth")}
        for _, fact in sorted(facts.items())
        if fact["tier"] in NAMED
    ]
    return Record(member, "introduction", space, member, {"facts": told}) if told else None


def reintroduced(context: Context, kept: Record) -> list[Record]:
    """Return the introductions that change in a person's pairings. A fact whose tier was narrowed is shown no more."""
    shown = []
    for pairing in kept.data["pairings"]:
        space = pair_space(pairing)
        member = member_of(context, space, kept.id)
        now = introduced(space, member, kept.data["facts"])
        before = context.reads.get(Key(space, "introduction", member))
        if now is not None and (before is None or before.deleted or before.data != now.data):
            shown.append(replace(now, seq=before.seq, first_seq=before.first_seq) if before else now)
        elif now is None and before is not None and not before.deleted:
            shown.append(before.tombstone())
    return shown


def _state(hidden: Mapping[str, Any]) -> str:
    if hidden["agreed"] is None:
        return "paused" if hidden["withdrawn"] else "agreement_pending"
    if hidden["paused"]:
        return "paused"
    return "active" if hidden["handover"] is None else "handover"


def _resumes(hidden: Mapping[str, Any]) -> int:
    """Return when the first pause ends by itself, in ms; FAR if none does."""
    return min((until for until in hidden["paused"].values() if until is not None), default=FAR)


def parted(
    context: Context,
    pairing: Record,
    ending: str = "closed",
    *,
    exclude: tuple[str, int | None] | None = None,  # why the two are not to meet, and until when (ms; None: for ever)
    again: bool = False,  # the peer's request goes on
    rematched: bool = False,  # it counts as a re-match of the peer
) -> list[Record]:
    """Return what changes when a pairing ends."""
    specialist = people.specialist(context, pairing.hidden["specialist"])
    freed = with_data(specialist, pairings=without(specialist.data["pairings"], pairing.id))
    records = [ended(pairing, ending), *untold(context, pairing), *people.with_practice(context, freed)]
    user = pairing.hidden["peer"]
    if user is None:
        return records
    records += hung_up(context.after(records), user, specialist.id)
    peer = people.peer(context, user)
    peer = with_data(peer, pairings=without(peer.data["pairings"], pairing.id))
    if exclude is not None:
        peer = people.excluding(peer, specialist.id, *exclude)
    if rematched:
        peer = with_data(peer, rematches=peer.data["rematches"] + 1)
    request = former_request(context, pairing)
    if request is None:
        records = [*records, peer]
    elif not again:
        records = [*records, peer, requests.closed(request, "ended"), *searches.over(context, request, "ended")]
    else:
        talk = {"talk": True} if peer.data["rematches"] >= TALK else {}
        anew = requests.updated(request, **requests.about(context, user))  # the peer may have said more meanwhile
        anew = replace(anew, hidden={**anew.hidden, "since": context.now})
        anew, search = searches.begun(context, requests.opened(context, anew, "next", **talk))
        records = [*records, seeking(peer, request.id), anew, search, *searches.parted(context, request)]
    return records


def seeking(peer: Record, request: str) -> Record:
    """Return a peer with a request added to their open requests."""
    return with_data(people.here(peer), requests=sorted({*peer.data["requests"], request}))


def without_request(peer: Record, request: str) -> Record:
    """Return a peer without a request that is not open any more."""
    return with_data(peer, requests=[other for other in peer.data["requests"] if other != request])


def following(context: Context, pairing: Record) -> list[Record]:
    """Return what changes when the search for the person after this specialist begins: a request with priority.

    Nothing if the peer has this request already, unless it was closed because the specialist took the leaving back.
    Nothing for a demo account either: no real person is looked for.
    """
    user, name = pairing.hidden["peer"], next_of(pairing)
    before = context.reads.get(Key(private(user), "request", name)) if user is not None else None
    if user is None or is_demo(user) or (before is not None and not before.hidden.get("taken_back")):
        return []
    former = former_request(context, pairing)
    about = requests.about(context, user)
    data = {**BLANK, "opened_at": context.now, "languages": about["languages"]} if former is None else dict(former.data)
    until = max(pairing.hidden["handover"] or 0, context.now) + LASTING["patience_hours"] * HOUR
    data |= {**LASTING, "patience_until": until, "priority": True, "after": pairing.id}
    hidden = {"seeker": about, "since": context.now, "given_back": context.now}  # the patience is given now
    request = Record(name, "request", private(user), user, data, hidden=hidden)
    request, search = searches.begun(context, requests.opened(context, request, "handover"))
    return [request, seeking(people.peer(context, user), name), search]


def next_of(pairing: Record) -> str:
    """Return the id of the request by which the next person after a pairing is found."""
    return f"{NEXT_REQUEST_PREFIX}{pairing.id}"


def former_request(context: Context, pairing: Record) -> Record | None:
    """Return the request that a pairing came from, if it came from one and it is still about this pairing."""
    name = pairing.hidden["request"]
    request = context.reads.get(Key(private(pairing.hidden["peer"]), "request", name)) if name else None
    return request if request is not None and request.hidden.get("pairing") == pairing.id else None
