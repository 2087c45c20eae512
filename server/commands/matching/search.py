"""What Beside does about requests by itself. Once a request has moved on, what was found for it counts no more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.search import AskSpecialist, CloseRequest, ListPeople
from server.commands.context import Args, Context, command
from server.commands.matching import people, places, requests
from server.commands.matching.matches import asked
from server.commands.pairing.ending import settled
from server.commands.pairing.pairs import base32
from server.commands.states import having, require_due
from sync.clock import HOUR
from sync.record import Key, Record, private

VALID = 24 * HOUR  # that a short list may be chosen from before there is a new one
AGAIN = HOUR // 6  # after which people are looked for again, if there was nobody
DOORS = ("crisis_lines", "groups", "ask_again")  # what a request that found nobody is shown, besides honest words


@command("request.list", ListPeople, internal=True)
def show(context: Context, args: Args) -> list[Record]:
    """Put a short list together, without those who cannot be asked any more."""
    request = _found(context, args)
    if request is None or is_stale(request, args):
        return []
    peer = people.peer(context, args["user"])
    shown, cards = [], {}
    for found in args["people"]:
        specialist = people.specialist(context, found["specialist"])
        if places.can_take(context, specialist, peer, request):
            card = base32(context.derive("card", request.space, request.id, specialist.id))[:16].lower()
            cards[card] = specialist.id
            practice = specialist.data["practice"]
            about = {name: practice[name] for name in ("name", "about") if practice.get(name)}
            shown.append({"id": card, **about, "reasons": found["reasons"], "limit": found["limit"]})
    data = {"people": shown, "made_at": context.now, "valid_until": context.now + VALID, **args["basis"]}
    listed = Record(request.id, "shortlist", request.space, args["user"], data, hidden={"people": cards})
    before = context.reads.get(listed.key)
    state = "shortlisted" if shown else "open"
    told = {"state": state, "wait": args["wait"], "suggestion": args["suggestion"]}
    again = AGAIN // 10 if request.data.get("priority") else AGAIN
    due = min(context.now + (VALID if shown else again), request.data["patience_until"])
    moved = replace(request, data={**request.data, **told}, due=due)
    if not shown:
        return [moved, *([before.tombstone()] if before is not None and not before.deleted else [])]
    return [moved, listed]


@command("request.ask", AskSpecialist, internal=True)
def ask(context: Context, args: Args) -> list[Record]:
    """Ask the first who can, if they still can; otherwise people are looked for again."""
    request = _found(context, args)
    if request is None or is_stale(request, args):
        return []
    specialist = people.specialist(context, args["person"]["specialist"])
    peer = people.peer(context, args["user"])
    if not places.can_take(context, specialist, peer, request):
        return []
    return asked(context, request, specialist, peer, args["person"], args["basis"])


@command("request.close", CloseRequest, internal=True)
def close(context: Context, args: Args) -> list[Record]:
    """Close a request that found nobody in its time: with honest words, and other doors."""
    request = _found(context, args)
    if request is None or request.data["state"] not in requests.LOOKING:
        return []
    require_due(context, request.data["patience_until"])
    listed = context.reads.get(Key(request.space, "shortlist", request.id))
    gone = [listed.tombstone()] if listed is not None and not listed.deleted else []
    unmet = requests.closed(request, "closed_unmet")
    told = having(unmet, doors=list(DOORS), wait=None)
    return [told, settled(people.peer(context, args["user"]), request.id), *gone]


def is_stale(request: Record, args: Args) -> bool:
    """Tell whether a request moved on since Beside looked at it."""
    return request.seq != args["seq"] or request.data["state"] not in requests.LOOKING


def _found(context: Context, args: Mapping[str, Any]) -> Record | None:
    return context.reads.get(Key(private(args["user"]), "request", args["id"]))
