"""Sanctions: a moderator warns, suspends or removes a peer or a specialist, who can appeal to another moderator.

A user who is suspended or removed is signed out. After a new sign-in they can read their own records, appeal, delete
their account and call for help, and write nothing else. Their pairings end like any other, and matching stops.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import Forbidden, NotFound, WrongState
from schemas.sanction import AppealSanction, DecideSanction, ImposeSanction, LiftSanction, SettleSanction
from server.commands import access
from server.commands.context import STAFF, Args, Context, command
from server.commands.due import on_due
from server.commands.matching import people, requests, searches
from server.commands.matching.offer import returned, withdrawn
from server.commands.matching.person import unwatched
from server.commands.pairing.pairs import following, former_request, parted
from server.commands.safety.alarm import released
from server.commands.states import due_now, with_data
from server.matching.clearance import suspended_until
from sync.record import FAR, Key, Record, pair_space, private

KIND = "sanction"
ROLES = ("peer", "specialist")  # of the users whom moderators can warn, suspend and remove


@command("sanction.impose", ImposeSanction)
def impose(context: Context, args: Args) -> list[Record]:
    """Warn, suspend or remove somebody, without a report."""
    _require_operator(context)
    return imposed(context, *_person(context, args["handle"]), args)


@command("sanction.appeal", AppealSanction, exempt=True)
def appeal(context: Context, args: Args) -> list[Record]:
    """Appeal against a sanction: another moderator decides about it."""
    sanction = context.reads.get(Key(private(context.caller.user), KIND, args["id"]))
    if sanction is None:
        raise NotFound("There is no such sanction.", field="id", id=args["id"])
    if sanction.data["appeal"] is not None:
        return [sanction]
    if sanction.data["state"] == "lifted":
        raise WrongState("This was taken back already.", field="id", state="lifted")
    asked = with_data(sanction, appeal="filed", appeal_words=args["words"])
    return [replace(asked, due=sanction.due or FAR), *_traced(context, sanction, "appealed")]


@command("sanction.decide", DecideSanction)
def decide(context: Context, args: Args) -> list[Record]:
    """Answer an appeal. The operator who imposed a sanction cannot decide about the appeal against it."""
    _require_operator(context)
    sanction = _of(context, args)
    if sanction.data["appeal"] != "filed":
        raise WrongState("No appeal waits for an answer.", field="id", state=sanction.data["appeal"] or "not_appealed")
    if sanction.hidden["by"] == context.caller.user:
        raise Forbidden("You imposed this sanction; another moderator has to decide about the appeal.", field="id")
    outcome = args["outcome"]
    answered = with_data(sanction, appeal=outcome, answer=args["words"])
    if outcome == "lifted":
        return [*_lifted(context, answered), *_traced(context, sanction, "appeal_lifted")]
    return [replace(answered, due=context.now), *_traced(context, sanction, "appeal_upheld")]


@command("sanction.lift", LiftSanction)
def lift(context: Context, args: Args) -> list[Record]:
    """Take a sanction back before it ends."""
    _require_operator(context)
    sanction = _of(context, args)
    if sanction.data["state"] != "in_force":
        raise WrongState("This is not in force any more.", field="id", state=sanction.data["state"])
    if sanction.data["appeal"] == "filed":
        raise WrongState("An appeal waits: answer it by `sanction.decide`.", field="id", state="appealed")
    answered = with_data(sanction, answer=args["words"])
    return [*_lifted(context, answered), *_traced(context, sanction, "lifted")]


@on_due(KIND, "settle", SettleSanction)
def settle(context: Context, args: Args) -> list[Record]:
    """Set when a sanction is due next, after its effect on the account; mark it as over once its time has passed."""
    sanction = due_now(context, KIND, args)
    if sanction is None:
        return []
    lasts_until = _lasts_until(sanction)
    if lasts_until is not None and context.now >= lasts_until:
        sanction, lasts_until = with_data(sanction, state="over"), None
    waits = FAR if sanction.data["appeal"] == "filed" else None
    return [replace(sanction, due=lasts_until or waits)]


def imposed(context: Context, user: str, role: str, asked: Mapping[str, Any], case: str | None = None) -> list[Record]:
    """Return what a sanction ``{action, until?, words}`` of a user changes; ``case`` is the report that led to it.

    Raises WrongState for a time that is past.
    """
    action, until = asked["action"], asked.get("until")
    if until is not None and until <= context.now:
        raise WrongState("Give a time that is still to come.", field="until", state="past")
    data = {"action": action, "state": "in_force", "words": asked["words"], "at": context.now, "until": until}
    data |= {"appeal": None, "appeal_words": None, "answer": None}
    name, is_warning = context.derived_id(KIND, user, context.mutation), action == "warned"
    hidden = {"by": context.caller.user, "case": case}
    due = None if is_warning else context.now
    sanction = Record(name, KIND, private(user), user, data, hidden=hidden, due=due)
    if is_warning:
        return [sanction]
    return [sanction, *_stopped(context, user, role, until or FAR)]


def _stopped(context: Context, user: str, role: str, until: int) -> list[Record]:
    """Return what ends when a user is suspended or removed: pairings, offers, requests, and calls for others.

    An SOS of the user goes on.
    """
    records: list[Record] = []
    if role == "specialist":
        records += _stopped_specialist(context, user)
    else:
        records += _stopped_peer(context, user)
    kept = _kept(context.after(records), user, role)
    for name in kept.data["pairings"]:
        pairing = access.find_shared_space(context.reads, pair_space(name))
        if pairing is not None:
            again = role == "specialist" and pairing.hidden["handover"] is None
            records += parted(context.after(records), pairing, again=again)
            if again and former_request(context, pairing) is None:  # the peer came by invitation, without a request
                records += following(context.after(records), pairing)
    kept = _kept(context.after(records), user, role)
    return [*records, with_data(kept, suspended_until=max(until, suspended_until(kept.data)))]


def _stopped_specialist(context: Context, user: str) -> list[Record]:
    records, specialist = returned(context, people.specialist(context, user))
    records += people.with_practice(context, specialist)
    records += released(context.after(records), user)
    return [*records, *unwatched(context.after(records), user)]


def _stopped_peer(context: Context, user: str) -> list[Record]:
    peer = people.peer(context, user)
    records: list[Record] = [with_data(peer, requests=[])]
    for name in peer.data["requests"]:
        now = context.after(records)
        request = requests.request_of(now, user, name)
        records += [*requests.unlisted(now, request), *withdrawn(now, request)]
        records += [requests.closed(request, "withdrawn"), *searches.over(now, request, "withdrawn")]
    return records


def _lifted(context: Context, sanction: Record) -> list[Record]:
    """Return what lifting a sanction changes. Other sanctions in force stay in force."""
    records: list[Record] = [replace(with_data(sanction, state="lifted"), due=context.now)]
    others = context.after(records).reads.of_kind(sanction.space, KIND)
    until = max(_lasts_until(one) or 0 for one in others)
    kept = (_kept(context, sanction.author, role) for role in ROLES)
    return [*records, *(with_data(one, suspended_until=until) for one in kept if suspended_until(one.data) != until)]


def _lasts_until(sanction: Record) -> int | None:
    """Return until when (ms; FAR: for ever) a sanction keeps its user from writing; None if it does not."""
    if sanction.data["state"] != "in_force" or sanction.data["action"] == "warned":
        return None
    return int(sanction.data["until"] or FAR)


def _kept(context: Context, user: str, role: str) -> Record:
    return people.specialist(context, user) if role == "specialist" else people.peer(context, user)


def _traced(context: Context, sanction: Record, what: str) -> list[Record]:
    """Return the report that led to a sanction, with a step in its trail; none if there was no report."""
    case = sanction.hidden["case"]
    found = context.reads.get(Key(f"case:{case}", "case", case)) if case is not None else None
    if found is None:
        return []
    by = "" if what == "appealed" else context.caller.user
    return [with_data(found, trail=[*found.data["trail"], {"at": context.now, "what": what, "by": by}])]


def _person(context: Context, handle: str) -> tuple[str, str]:
    """Return the user with a handle, and their role; raises NotFound."""
    found = ((context.reads.person(handle, role), role) for role in ROLES)
    for user, role in found:
        if user is not None:
            return user, role
    raise NotFound("No peer or specialist has this handle.", field="handle")


def _of(context: Context, args: Args) -> Record:
    """Return a sanction of the user with a handle, whatever role they have now; raises NotFound."""
    users = (context.reads.person(args["handle"], role) for role in (*ROLES, *STAFF))
    user = next((one for one in users if one is not None), None)
    sanction = context.reads.get(Key(private(user), KIND, args["id"])) if user is not None else None
    if sanction is None:
        raise NotFound("This person has no such sanction.", field="id", id=args["id"])
    return sanction


def _require_operator(context: Context) -> None:
    if context.caller.role != "operator":
        raise Forbidden("Only operators can warn, suspend or remove people.")
