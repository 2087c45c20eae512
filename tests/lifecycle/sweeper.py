"""The sweeper: computes derived records again from offers, requests and pairings, and reports every difference.

What Beside keeps of specialists and peers (places, who has them, open requests) must follow from the live records.
"""

from collections import Counter
from collections.abc import Iterator

from server.store.database import Mongo
from sync.record import FAR, Record, private
from tests.sealed import decoded

LOOKING = ("open", "shortlisted", "offered")
GONE = ("ended", "invited")


def everything(database: Mongo) -> list[Record]:
    """Return every record there is, tombstones left out."""
    return [one for one in decoded(database, database.records.find({})) if not one.deleted]


def drift(database: Mongo) -> list[str]:
    """Return, in words, where derived records differ from the live ones; empty if nowhere."""
    return list(_drift(everything(database)))


def _drift(records: list[Record]) -> Iterator[str]:
    kinds = {kind: [one for one in records if one.kind == kind] for kind in {one.kind for one in records}}
    offers = [one for one in kinds.get("offer", []) if one.data["state"] == "sent"]
    pairings = [one for one in kinds.get("pairing", []) if one.data["state"] not in GONE]
    requests = kinds.get("request", [])
    yield from _specialists(kinds.get("specialist", []), offers, pairings)
    erased = {one.id for one in kinds.get("specialist", []) if one.data.get("gone") and not one.data.get("practice")}
    practices = [one for one in kinds.get("practice", []) if one.author not in erased]
    yield from _practices(practices, offers, pairings)
    yield from _peers(kinds.get("peer", []), requests, pairings)
    yield from _requests(requests, offers, pairings)
    yield from _timers(offers, pairings, requests, kinds.get("pairing", []))
    yield from _searches(kinds.get("search", []), requests)


def _specialists(kept: list[Record], offers: list[Record], pairings: list[Record]) -> Iterator[str]:
    users = {one.id for one in kept}
    yield from (f"offer {one.id} is with nobody" for one in offers if one.author not in users)
    yield from (f"pairing {one.id} is with nobody" for one in pairings if one.hidden["specialist"] not in users)
    for one in kept:
        reserved = {offer.id: offer.hidden["peer"] for offer in offers if offer.author == one.id}
        taken = {
            pairing.id: {"peer": pairing.hidden["peer"], "place": pairing.hidden["request"] is not None}
            for pairing in pairings
            if pairing.hidden["specialist"] == one.id
        }
        if one.data["offers"] != reserved:
            yield f"{one.id} reserves {one.data['offers']}, but is asked by {reserved}"
        if one.data["pairings"] != taken:
            yield f"{one.id} is there for {one.data['pairings']}, but paired as {taken}"


def _practices(practices: list[Record], offers: list[Record], pairings: list[Record]) -> Iterator[str]:
    reserved = Counter(one.author for one in offers)
    active = Counter(one.hidden["specialist"] for one in pairings if one.hidden["request"] is not None)
    for one in practices:
        told, true = (one.data["active"], one.data["reserved"]), (active[one.author], reserved[one.author])
        if told != true:
            yield f"{one.author} is told of (active, reserved) {told}, but has {true}"


def _peers(kept: list[Record], requests: list[Record], pairings: list[Record]) -> Iterator[str]:
    for one in kept:
        looking = sorted(r.id for r in requests if r.author == one.id and r.data["state"] in LOOKING)
        has = {p.id: p.hidden["specialist"] for p in pairings if p.hidden["peer"] == one.id}
        if one.data["requests"] != looking:
            yield f"{one.id} is said to look for {one.data['requests']}, but looks for {looking}"
        if one.data["pairings"] != has:
            yield f"{one.id} is said to be paired as {one.data['pairings']}, but is as {has}"


def _requests(requests: list[Record], offers: list[Record], pairings: list[Record]) -> Iterator[str]:
    """At most one offer and one pairing live for each request, and the request names it."""
    for one in requests:
        asked = [[o.author, o.id] for o in offers if (o.hidden["peer"], o.hidden["request"]) == (one.author, one.id)]
        answers = [p.id for p in pairings if (p.hidden["peer"], p.hidden["request"]) == (one.author, one.id)]
        named = [one.hidden["offer"]] if one.data["state"] == "offered" else []
        paired = [one.hidden["pairing"]] if one.data["state"] == "paired" else []
        if asked != named:
            yield f"request {one.id} is {one.data['state']} and names {named}, but is with {asked}"
        if answers != paired:
            yield f"request {one.id} is {one.data['state']} and names {paired}, but is answered by {answers}"


def _timers(offers: list[Record], pairings: list[Record], requests: list[Record], every: list[Record]) -> Iterator[str]:
    """A record to which something will still happen has a due time; a record that is over has none."""
    yield from (f"offer {one.id} will not expire" for one in offers if one.due != one.data["due_at"])
    for one in pairings:
        times = [until for until in one.hidden["paused"].values() if until is not None]
        if one.due != min([*times, one.hidden["handover"] or FAR]):
            yield f"pairing {one.id} will not wake when it should"
    yield from (f"pairing {one.id} has ended, but not for the timers" for one in every if _haunts(one))
    for one in requests:
        if (one.due is not None) != (one.data["state"] in LOOKING):
            yield f"request {one.id} is {one.data['state']}, and due at {one.due}"
        elif one.data["state"] in LOOKING[:2] and one.due > one.data["patience_until"]:
            yield f"request {one.id} outlives its patience"


def _searches(searches: list[Record], requests: list[Record]) -> Iterator[str]:
    """The last search of each request is counted in the request's state; its earlier searches are over."""
    went = {"paired": ("met", False), "ended": ("met", True), "withdrawn": ("withdrawn", False)}
    kept = {one.id: (one.data["state"], "ended" in one.data) for one in searches}
    for one in requests:
        state = "waiting" if one.data["state"] in LOOKING else one.data["state"]
        state = "closed_unmet" if "doors" in one.data and state == "withdrawn" else state  # withdrawn only afterwards
        if (found := kept.pop(one.hidden["search"], None)) != went.get(state, (state, False)):
            yield f"request {one.id} is {one.data['state']}, but is counted as {found}"
    yield from (f"search {name} goes on without a request" for name, (state, _) in kept.items() if state == "waiting")


def _haunts(pairing: Record) -> bool:
    return pairing.data["state"] == "ended" and pairing.due is not None


def orphans(database: Mongo) -> list[str]:
    """Return, in words, which peers were left without a specialist and without a search for one."""
    records = everything(database)
    requests = {(one.author, one.id): one for one in records if one.kind == "request"}
    kept = {one.id: one for one in records if one.kind == "specialist"}
    found = []
    for one in (one for one in records if one.kind == "pairing" and one.hidden["peer"]):
        specialist = kept.get(one.hidden["specialist"])
        left = specialist is None or specialist.data.get("gone", False)
        if one.data["state"] != "ended" and left and one.hidden["handover"] is None:
            found.append(f"pairing {one.id} is live, but its specialist is gone")
        if one.data.get("ending") in {"handed_over", "sudden"}:
            found += _without_next(one, requests.get((one.hidden["peer"], f"next.{one.id}")))
    return found


def _without_next(pairing: Record, request: Record | None) -> list[str]:
    """Return, in words, if a pairing that was handed over has no next request, or one that was given up too early."""
    if request is None:
        return [f"nobody is looked for after pairing {pairing.id} of {private(pairing.hidden['peer'])}"]
    given_up = request.data["state"] == "closed_unmet" and request.data["patience_until"] < pairing.data.get("until", 0)
    return [f"the search after pairing {pairing.id} was given up before its end"] if given_up else []
