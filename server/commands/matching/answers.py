"""Answers to offers: until when an offer can be answered, what prevents a yes, and what a late answer undoes.

An answer that was given in time counts, also if it arrives after the offer has expired. It then undoes the changes that
the expiry made, because the specialist did answer.
"""

from dataclasses import replace
from itertools import pairwise

from schemas.errors import NotFound, WrongState
from server.commands.absence import absences, open_until, was_said_in
from server.commands.context import Context
from server.commands.matching import people, places, requests
from server.commands.states import with_data, without
from server.matching.clearance import is_minor, may_take
from server.matching.hours import on_shift_deadline
from server.matching.requester import hours_of
from sync.clock import DAY, HOUR
from sync.record import Key, Record, private

ON_SHIFT = 4 * HOUR  # ms of the specialist's own hours that an offer stays open
AT_MOST = 24 * HOUR  # ms that an offer stays open at most
IN_A_ROW = 2  # offers that a specialist leaves unanswered before a breather
BREATHER = 7 * DAY  # ms without new people after that
MOST_KEPT = 20  # the last offers of a specialist, kept to count unanswered ones


def answerable(context: Context, name: str) -> Record:
    """Return an offer that the caller can answer; raises NotFound, or WrongState with what became of it.

    An offer in state ``expired`` is returned if the answer was given in time.
    """
    offer = context.reads.get(Key(private(context.caller.user), "offer", name))
    if offer is None:
        raise NotFound("There is no such offer.", field="id", id=name)
    state, until = offer.data["state"], offer.data["due_at"]
    if state == "sent":
        until = answerable_until(context, offer)
        if context.now < until:
            return offer
    # A claimed time long before the offer was sent, or in the future, comes from a wrong clock and is refused.
    if state not in {"sent", "expired"} or not was_said_in(context, offer.data["sent_at"], until):
        raise over("expired" if state == "sent" else state)
    return offer


def over(state: str) -> WrongState:
    """Return the error for an offer that cannot be answered any more."""
    return WrongState("This offer is not open any more.", field="id", state=state)


def due_at(context: Context, specialist: Record) -> int:
    """Return until when an offer that is sent now can be answered, in ms."""
    hours = hours_of(specialist.data.get("availability"))
    return on_shift_deadline(hours, context.now, ON_SHIFT, AT_MOST) if hours else context.now + AT_MOST


def answerable_until(context: Context, offer: Record) -> int:
    """Return until when an offer can be answered, in ms. Hours in which Beside was not there do not count.

    The hours are those that the specialist had when the offer was sent.
    """
    sent, due = offer.data["sent_at"], int(offer.data["due_at"])
    until = open_until(context, offer, sent, due)
    hours = hours_of(offer.hidden.get("hours"))
    if until <= due or hours is None:
        return until
    return max(due, on_shift_deadline(hours, sent, ON_SHIFT, AT_MOST, absences(context)))


def require_possible(context: Context, offer: Record, request: Record, specialist: Record, peer: Record) -> None:
    """Raise WrongState if an offer cannot be accepted.

    The specialist agreed to take the peer whom the open offer describes, so only safeguards prevent it, not settings
    that changed since. After the offer expired, the place may be taken, or the peer may look for somebody else.
    """
    if not may_take(specialist.data, context.now, minor=is_minor(request.hidden.get("seeker", {}))):
        raise WrongState(
            "You can take new people only with a supervisor and a valid certificate; ask your supervisor.",
            field="id",
            state="uncertified",
        )
    if specialist.id in peer.data["pairings"].values():
        raise WrongState("The two of you are paired already.", field="id", state="paired")
    if offer.data["state"] == "expired" and not _is_still_free(context, request, specialist, peer):
        raise over("expired")
    if people.apart_for_good(peer, specialist.id):
        raise over("withdrawn")


def _is_still_free(context: Context, request: Record, specialist: Record, peer: Record) -> bool:
    """Tell whether a request still looks for people, and a specialist still suits it and has a place for its peer."""
    return (
        request.data["state"] in requests.LOOKING
        and places.has_room(specialist.data)
        and places.suits(specialist.data, request, context.now)
        and peer.id not in specialist.data["offers"].values()
        and not people.excluded(peer, specialist.id, context.now)
    )


def unanswered(context: Context, specialist: Record, offer: str) -> Record:
    """Return a specialist who left an offer unanswered. After two in a row they take a breather.

    ``data["silent"]`` has the ids of these offers in the order in which they expired, and None for each answer between.
    """
    silent = [*specialist.data.get("silent", ()), offer][-MOST_KEPT:]
    if len(silent) < IN_A_ROW or None in silent[-IN_A_ROW:]:
        return with_data(specialist, silent=silent)
    paused, breather = specialist.data.get("paused_until", 0), specialist.data.get("breather")
    until = max(paused, context.now + BREATHER)
    before = breather["before"] if breather is not None and breather["until"] == paused > context.now else paused
    return with_data(specialist, silent=silent, paused_until=until, breather={"until": until, "before": before})


def answered(specialist: Record) -> Record:
    """Return a specialist who has answered an open offer: the count of unanswered offers starts again."""
    kept = specialist.data.get("silent", ()) if specialist.data.get("breather") else ()  # an answer may still arrive
    return with_data(specialist, silent=[*kept, None][-MOST_KEPT:] if kept else [])


def answered_late(specialist: Record, offer: str) -> Record:
    """Return a specialist whose answer to an offer was given in time, but arrives after the offer has expired.

    A breather that would not have begun if the answer had arrived in time is ended.
    """
    silent = [None if name == offer else name for name in specialist.data.get("silent", ())]
    if any(None not in pair for pair in pairwise(silent)):
        return with_data(specialist, silent=silent)
    last = max((at for at, name in enumerate(silent) if name is None), default=-1)
    specialist, breather = with_data(specialist, silent=silent[last + 1 :]), specialist.data.get("breather")
    if breather is None:
        return specialist
    paused = specialist.data["paused_until"]  # another time means that the specialist has paused or resumed since
    return with_data(
        specialist, breather=None, paused_until=breather["before"] if paused == breather["until"] else paused
    )


def met_again(peer: Record, specialist: str, offer: Record) -> Record:
    """Return a peer who may meet a specialist again, if only the expiry of an offer has excluded the specialist."""
    undo = offer.hidden.get("undo")
    if undo is None or peer.data["excluded"].get(specialist) != undo["made"]:
        return peer
    others = without(peer.data["excluded"], specialist)
    return with_data(peer, excluded=others if undo["before"] is None else {**others, specialist: undo["before"]})


def undoable(context: Context, offer: Record, records: list[Record]) -> Record:
    """Return an offer with ``hidden["undo"]``: {before, made}, the peer's exclusion before and after the expiry."""
    user, specialist = offer.hidden["peer"], offer.author
    before = people.peer(context, user).data["excluded"].get(specialist)
    made = people.peer(context.after(records), user).data["excluded"].get(specialist)
    return replace(offer, hidden={**offer.hidden, "undo": {"before": before, "made": made}})


def said(context: Context, offer: Record) -> Record:
    """Return an offer; if it expired before its answer arrived, with the time of the answer (ms, the phone's clock)."""
    if offer.data["state"] != "expired":
        return offer
    return replace(offer, hidden={**offer.hidden, "said_at": context.claimed.at})
