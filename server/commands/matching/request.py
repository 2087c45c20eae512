"""Requests: a peer asks for a specialist, may change the request at any time, and is told how it stands.

Beside looks for specialists by itself. People who were found for a request before it changed are not used.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import BadRequest, Forbidden, IdTaken, WrongState
from schemas.request import ASKED, ChangeRequest, ChoosePerson, KeepLooking, OpenRequest, WidenRequest, WithdrawRequest
from schemas.search import AskSpecialist, CloseRequest, ListPeople
from server.commands.absence import moved_on, open_until
from server.commands.context import Args, Context, command
from server.commands.matching import people, places, requests, searches
from server.commands.matching.offer import asked, withdrawn
from server.commands.pairing.pairs import NEXT_REQUEST_PREFIX, seeking, without_request
from server.commands.states import require_due, with_data, without
from server.commands.vocabulary import require_topics
from server.matching.floor import LIVED, has_floor
from sync.clock import HOUR
from sync.record import Key, Record, Wire, private

VALID = 24 * HOUR  # ms that a peer may choose from a short list before there is a new one
AGAIN = HOUR // 6  # ms after which people are looked for again, if nobody was found
DOORS = ("crisis_lines", "groups", "ask_again")  # other ways to get help, shown if nobody was found
MOST_OPEN_REQUESTS = 3  # requests of one peer for which Beside looks for people at the same time
NEW: Mapping[str, Any] = {
    "mode": "choose", "quiet": [], "must": {}, "wishes": {}, "apart": [], "asynchronous": False, "patience_hours": 72,
    "state": "open", "last": None, "wait": None, "suggestion": None,
}  # fmt: skip


@command("request.open", OpenRequest)
def open_(context: Context, args: Args) -> list[Record]:
    """Say that I need someone. People are looked for at once."""
    user = context.caller.user
    if context.caller.role != "peer":
        raise Forbidden("Only peers can open requests.")
    if args["id"].startswith(NEXT_REQUEST_PREFIX):
        raise IdTaken(
            f"Choose another id; those that begin with '{NEXT_REQUEST_PREFIX}' are Beside's own.",
            field="id",
            id=args["id"],
        )
    if context.reads.get(Key(private(user), "request", args["id"])) is not None:
        raise IdTaken("Another request has this id.", field="id", id=args["id"])
    peer = people.peer(context, user)
    people.require_standing(peer, context.now)
    if len(peer.data["requests"]) >= MOST_OPEN_REQUESTS:
        raise WrongState(
            "You have the most open requests that there can be; withdraw one first.",
            state="looking",
            limit=MOST_OPEN_REQUESTS,
        )
    seeker = requests.about(context, context.caller.user)
    given = _given(args)
    languages = given.get("languages") or seeker["languages"]
    _require_languages(languages)
    data = {**NEW, **given, "languages": languages, "opened_at": context.now}
    data["patience_until"] = context.now + data["patience_hours"] * HOUR
    request = Record(
        args["id"], "request", private(user), user, data, hidden={"seeker": seeker}, due=requests.since(data)
    )
    request, search = searches.begun(context, request)
    return [request, seeking(peer, request.id), search]


@command("request.change", ChangeRequest)
def change(context: Context, args: Args) -> list[Record]:
    """Change what I look for. The search starts again. If the topics change, a widening by `lived` is undone."""
    request, given = _current(context, _mine(context, args, *requests.LOOKING)), _given(args)
    _require_languages(given.get("languages", request.data["languages"]))
    if given.get("topics", request.data["topics"]).keys() != request.data["topics"].keys():
        given.setdefault("must", without(request.data["must"], LIVED))
    return [requests.opened(context, request, **given), *requests.unlisted(context, request)]


@command("request.widen", WidenRequest)
def widen(context: Context, args: Args) -> list[Record]:
    """Turn a condition of `must` into a wish, or drop it. The search starts again."""
    request = _mine(context, args, *requests.LOOKING)
    must, wishes = dict(request.data["must"]), dict(request.data["wishes"])
    if args["relax"] == "hours":
        return [requests.opened(context, request, asynchronous=True, suggestion=None)]
    if args["relax"] == LIVED and has_floor(request.data["topics"], must):
        return [requests.opened(context, request, must={**must, LIVED: False}, suggestion=None)]
    if args["relax"] == LIVED or args["relax"] not in must:
        raise WrongState("`must` of this request has no such condition.", field="relax", state=request.data["state"])
    relaxed = must.pop(args["relax"])
    if args["relax"] != "topics":
        wishes.setdefault(args["relax"], relaxed)
    return [requests.opened(context, request, must=must, wishes=wishes, suggestion=None)]


@command("request.choose", ChoosePerson)
def choose(context: Context, args: Args) -> list[Record]:
    """Choose somebody from my short list. If they have been taken meanwhile, the request says so and goes on."""
    request = _mine(context, args, *requests.LOOKING)
    listed = context.reads.get(Key(request.space, "shortlist", request.id))
    user = listed.hidden["people"].get(args["person"]) if listed is not None and not listed.deleted else None
    if listed is None or user is None:
        return [requests.opened(context, request, "taken")]
    specialist, peer = people.specialist(context, user), people.peer(context, context.caller.user)
    current = _current(context, request)
    if not places.can_take(context, specialist, peer, current):
        return [requests.opened(context, current, "taken")]
    found = next(person for person in listed.data["people"] if person["id"] == args["person"])
    found = {**found, "limit": listed.hidden.get("limits", {}).get(args["person"], found["limit"])}
    return asked(context, current, specialist, peer, found, listed.data)


@command("request.keep_looking", KeepLooking)
def keep_looking(context: Context, args: Args) -> list[Record]:
    """Ask for other people than those on my short list; for three days no list suggests them again."""
    request = _mine(context, args, "shortlisted")
    listed = context.reads.get(Key(request.space, "shortlist", request.id))
    passed = listed.hidden["people"].values() if listed is not None else ()
    peer = people.peer(context, context.caller.user)
    for user in passed:
        peer = people.excluding(peer, user, "passed", context.now + 72 * HOUR)
    records = [requests.opened(context, request), peer]
    others = with_data(peer, requests=[name for name in peer.data["requests"] if name != request.id])
    for user in passed:
        records += requests.without_person(context.after(records), others, user)
    return records


@command("request.withdraw", WithdrawRequest, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Withdraw my request. A specialist who was asked is told only that the offer was taken back."""
    request = requests.request_of(context, context.caller.user, args["id"])
    if request.data["state"] == "withdrawn":
        return [request]
    requests.require_state(request, *requests.LOOKING, "offered", "closed_unmet")
    peer = without_request(people.peer(context, context.caller.user), request.id)
    gone = requests.unlisted(context, request)
    closed = [requests.closed(request, "withdrawn"), *searches.over(context, request, "withdrawn")]
    return [*closed, peer, *gone, *withdrawn(context, request)]


def _given(args: Args) -> dict[str, Any]:
    """Return the arguments that describe whom the peer looks for; raises BadRequest for an unknown topic."""
    require_topics("topics", args.get("topics", ()))
    require_topics("must.topics", args.get("must", {}).get("topics", ()))
    return {name: args[name] for name in ASKED if name in args}


def _require_languages(languages: Mapping[str, int]) -> None:
    if not languages:
        raise BadRequest(
            "languages: say which languages you can talk in, here or in your profile.", field="args.languages"
        )


def _mine(context: Context, args: Args, *states: str) -> Record:
    request = requests.request_of(context, context.caller.user, args["id"])
    requests.require_state(request, *states)
    return request


def _current(context: Context, request: Record) -> Record:
    """Return a request with what the peer's profile and hours say now."""
    return replace(request, hidden={**request.hidden, "seeker": requests.about(context, context.caller.user)})


@command("request.list", ListPeople, internal=True)
def show(context: Context, args: Args) -> list[Record]:
    """Put a short list together, without the specialists who cannot be asked any more."""
    request = _found(context, args)
    if request is None or is_stale(request, args):
        return []
    before = context.reads.get(Key(request.space, "shortlist", request.id))
    if before is not None and request.data["state"] == "shortlisted":
        until = _valid_until(context, before)
        if context.now < until:
            return _kept(context, request, before, until)
    peer = people.peer(context, args["user"])
    shown, cards, limits = list[Wire](), dict[str, str](), dict[str, Wire]()
    for found in args["people"]:
        specialist = people.specialist(context, found["specialist"])
        if places.can_take(context, specialist, peer, request):
            card = context.derived_id("card", request.space, request.id, specialist.id, length=16)
            cards[card] = specialist.id
            limits |= {card: found["offered"]} if found["offered"] != found["limit"] else {}
            practice = specialist.data["practice"]
            about = {name: practice[name] for name in ("name", "about") if practice.get(name)}
            shown.append({"id": card, **about, "reasons": found["reasons"], "limit": found["limit"]})
    kept = {"people": cards, "limits": limits}
    data = {"people": shown, "made_at": context.now, "valid_until": context.now + VALID, **args["basis"]}
    listed = Record(request.id, "shortlist", request.space, args["user"], data, hidden=kept)
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
    """Ask the specialist who was found, if they can still be asked; otherwise people are looked for again."""
    request = _found(context, args)
    if request is None or is_stale(request, args):
        return []
    specialist = people.specialist(context, args["person"]["specialist"])
    peer = people.peer(context, args["user"])
    if not places.can_take(context, specialist, peer, request):
        return []
    found = {**args["person"], "limit": args["person"]["offered"]}
    return asked(context, request, specialist, peer, found, args["basis"])


@command("request.close", CloseRequest, internal=True)
def close(context: Context, args: Args) -> list[Record]:
    """Close a request that found nobody in its time, and show other ways to get help (``DOORS``)."""
    request = _found(context, args)
    if request is None or request.data["state"] not in requests.LOOKING:
        return []
    require_due(context, request.data["patience_until"])
    until = _patience_until(context, request)
    if context.now < until:
        return [moved_on(context, request, requests.since(request.data), patience_until=until)]
    listed = context.reads.get(Key(request.space, "shortlist", request.id))
    gone = [listed.tombstone()] if listed is not None and not listed.deleted else []
    unmet = requests.closed(request, "closed_unmet")
    told = with_data(unmet, doors=list(DOORS), wait=None)
    over = searches.over(context, request, "closed_unmet")
    return [told, without_request(people.peer(context, args["user"]), request.id), *gone, *over]


def _patience_until(context: Context, request: Record) -> int:
    """Return until when Beside looks for people for a request, in ms."""
    return open_until(context, request, request.data["opened_at"], request.data["patience_until"])


def _valid_until(context: Context, listed: Record) -> int:
    """Return until when a peer may choose from a short list, in ms."""
    return open_until(context, listed, listed.data["made_at"], listed.data["valid_until"])


def _kept(context: Context, request: Record, listed: Record, until: int) -> list[Record]:
    """Return a short list that is valid for longer, because its peer could not choose while Beside was not there."""
    waiting = replace(request, due=min(until, request.data["patience_until"]))
    if until == listed.data["valid_until"]:
        return [waiting]
    return [waiting, replace(moved_on(context, listed, until, valid_until=until), due=None)]


def is_stale(request: Record, args: Args) -> bool:
    """Tell whether a request has changed since Beside read it, or Beside no longer looks for people for it."""
    return request.seq != args["seq"] or request.data["state"] not in requests.LOOKING


def _found(context: Context, args: Mapping[str, Any]) -> Record | None:
    return context.reads.get(Key(private(args["user"]), "request", args["id"]))
