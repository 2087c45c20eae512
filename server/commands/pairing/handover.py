"""Handovers: when a specialist goes, the peer is told, and a search for the next person begins."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import Forbidden, NotFound, WrongState
from schemas.handover import AnnounceHandover, RefuseHandover
from server.commands.context import Args, Context, command
from server.commands.conversation.message import OURS
from server.commands.matching import people, requests, searches
from server.commands.matching.offer import withdrawn
from server.commands.pairing import agreement as agreements
from server.commands.pairing.pairs import (
    ended,
    following,
    former_request,
    next_of,
    pairing_of,
    require_live,
    restated,
    untold,
    without_request,
)
from server.commands.safety.alarm import hung_up
from server.commands.states import in_state, with_data, without, written_by
from sync.record import Key, Record, private

SUDDEN = {
    "en": "The person you have been writing with cannot go on, and cannot tell you themselves. This has nothing to do "
    "with you. What you both wrote stays here.",
    "de": "Die Person, mit der du geschrieben hast, kann nicht weitermachen und es dir nicht selbst sagen. Das hat "
    "nichts mit dir zu tun. Was ihr geschrieben habt, bleibt hier.",
    "es": "La persona con la que escribías no puede continuar y no puede decírtelo. No tiene nada que ver contigo. "
    "Lo que escribieron se queda aquí.",
}
SEARCH = {
    "en": " We are looking for somebody for you before anybody else.",
    "de": " Wir suchen für dich zuerst jemanden.",
    "es": " Buscamos a alguien para ti antes que para nadie.",
}
STAND_IN = {
    "en": " Until then you can turn to {name}.",
    "de": " Bis dahin ist {name} für dich da.",
    "es": " Mientras tanto puedes acudir a {name}.",
}


@command("handover.announce", AnnounceHandover)
def announce(context: Context, args: Args) -> list[Record]:
    """Say that I cannot go on with a pairing after a given time. The peer is told now, and is offered somebody else."""
    pairing = pairing_of(context, args["pairing"])
    require_live(pairing)
    if pairing.hidden["specialist"] != context.caller.user:
        raise Forbidden("Only the specialist of this pairing can hand it over.", field="pairing")
    if pairing.hidden["handover"] is not None:
        raise WrongState("This pairing is being handed over already.", field="pairing", state="handover")
    if args["until"] <= context.now:
        raise WrongState("Give a time that is still to come.", field="until", state="past")
    return announced(context, pairing, args)


@command("handover.refuse", RefuseHandover)
def refuse(context: Context, args: Args) -> list[Record]:
    """Refuse the search for another person after this pairing."""
    pairing = pairing_of(context, args["pairing"])
    handover = context.reads.get(Key(pairing.space, "handover", pairing.id))
    if handover is None:
        raise NotFound("This pairing has no handover.", field="pairing", pairing=args["pairing"])
    if pairing.hidden["peer"] != context.caller.user:
        raise Forbidden("Only the peer can refuse a handover.", field="pairing")
    request = requests.request_of(context, context.caller.user, next_of(pairing))
    requests.require_state(request, *requests.LOOKING, "offered")
    peer = without_request(people.peer(context, context.caller.user), request.id)
    gone = [*requests.unlisted(context, request), *withdrawn(context, request)]
    closed = [requests.closed(request, "withdrawn"), *searches.over(context, request, "withdrawn")]
    return [in_state(handover, "refused"), *closed, peer, *gone]


def announced(context: Context, pairing: Record, args: Mapping[str, Any]) -> list[Record]:
    """Return what an announced handover changes: there is a time to say goodbye, and a search for the next person."""
    handover = _handover(pairing, "planned", until=args["until"], words=args["words"])
    pairing = restated(pairing, handover=args["until"])
    return [pairing, handover, *following(context, pairing)]


def taken_back(context: Context, pairing: Record, words: str) -> list[Record]:
    """Return what changes when a specialist stays after all: the pairing goes on, and the search for the next one ends.

    Nothing changes if the next person has been found already.
    """
    handover = context.reads.get(Key(pairing.space, "handover", pairing.id))
    if handover is None or handover.data["state"] not in {"announced", "refused"}:
        return []
    records = [restated(pairing, handover=None), in_state(handover, "taken_back", words=words)]
    request = context.reads.get(Key(private(pairing.hidden["peer"]), "request", next_of(pairing)))
    if request is None:
        return records
    peer = without_request(people.peer(context, request.author), request.id)
    gone = [*requests.unlisted(context, request), *withdrawn(context, request)]
    closed = requests.closed(request, "withdrawn")
    gone += searches.over(context, request, "withdrawn")
    return [*records, replace(closed, hidden={**closed.hidden, "offer": None, "taken_back": True}), peer, *gone]


def lost(context: Context, pairing: Record, stand_in: str | None) -> list[Record]:
    """Return what the sudden loss of a specialist changes: a message, the end of the pairing, a search with priority.

    The message is stored before the end, so that every phone that shows the end has shown the message.
    """
    agreement = agreements.in_force(context, pairing) or agreements.proposal(context, pairing)
    locale = agreement.data["terms"]["locale"] if agreement else "en"
    handover = _handover(pairing, "sudden", until=None, words="", stand_in=stand_in)
    left = [*gone(context, pairing), handover]
    search = following(context.after(left), pairing)
    words = SUDDEN[locale] + (SEARCH[locale] if search else "")
    words += STAND_IN[locale].format(name=stand_in) if stand_in else ""
    data = {"text": words, "sent_at": context.now, "origin": "system"}
    message = Record(f"{OURS}{pairing.id}", "message", pairing.space, "", data, {"text": context.stamp})
    return [message, *left, *search]


def gone(context: Context, pairing: Record) -> list[Record]:
    """Return what changes when a specialist is gone: the pairing ends, its request is closed, and its SOS calls end."""
    user = pairing.hidden["peer"]
    if user is None:
        return [ended(pairing, "sudden")]
    peer = people.peer(context, user)
    former = former_request(context, pairing)
    calls = hung_up(context, user, pairing.hidden["specialist"])
    closed = [requests.closed(former, "ended"), *searches.over(context, former, "ended")] if former is not None else []
    return [
        ended(pairing, "sudden"),
        *untold(context, pairing),
        with_data(peer, pairings=without(peer.data["pairings"], pairing.id)),
        *closed,
        *calls,
    ]


def _handover(pairing: Record, sort: str, **data: Any) -> Record:
    told = {"sort": sort, "state": "announced", **data}
    specialist = next(
        member for member, user in pairing.hidden["users"].items() if user == pairing.hidden["specialist"]
    )
    return written_by(specialist, Record(pairing.id, "handover", pairing.space, "", told), "words")
