"""The life of a pairing until it ends. A command that is not possible in a state is refused with that state.

For two people who are not to meet again, an open offer is withdrawn, and short lists that name the other are removed.
"""

from schemas.erasure import ERASED
from schemas.errors import Forbidden, WrongState
from schemas.pairing import End, HandBack, Pause, Rematch, Resume, WakePairing
from server.commands import access
from server.commands.absence import open_until, was_said_in
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import unblocked
from server.commands.due import on_due
from server.commands.matching import people, requests
from server.commands.matching.offer import withdrawn
from server.commands.pairing.pairs import RETURNABLE, pairing_of, parted, require_live, restated
from server.commands.personal.erasure import begun
from server.commands.states import require_due, without
from sync.clock import DAY
from sync.record import Record, pair_space


@command("pairing.end", End, exempt=True)
def end(context: Context, args: Args) -> list[Record]:
    """End a pairing, or take an invitation back. Ending it twice is the same as once.

    If the peer ends it, their request is closed. If the specialist does, the peer's request goes on, as with a
    re-match, unless a handover looks for the next person already. The caller's words can also be erased after the end.
    """
    is_erased = args["words"] == ERASED
    context = unblocked(context, pair_space(args["pairing"])) if is_erased else context
    pairing = pairing_of(context, args["pairing"])
    records = [pairing]
    if pairing.data["state"] != "ended":
        by_peer = pairing.hidden["peer"] == context.caller.user
        records = parted(context, pairing, again=not by_peer and pairing.hidden["handover"] is None)
    if is_erased:
        records += begun(context, records[0], access.member(context, pairing.space), ERASED)
    return records


@command("pairing.pause", Pause, exempt=True)
def pause(context: Context, args: Args) -> list[Record]:
    """Pause a pairing, for a while or until I resume it."""
    pairing = pairing_of(context, args["pairing"])
    require_live(pairing)
    until = args.get("until")
    if until is not None and until <= context.now:
        raise WrongState("Give a time that is still to come.", field="until", state=pairing.data["state"])
    return [restated(pairing, paused={**pairing.hidden["paused"], access.member(context, pairing.space): until})]


@command("pairing.resume", Resume)
def resume(context: Context, args: Args) -> list[Record]:
    """Go on with a pairing that I paused. If the other has paused it as well, it goes on when they resume it."""
    pairing = pairing_of(context, args["pairing"])
    require_live(pairing)
    return [restated(pairing, paused=without(pairing.hidden["paused"], access.member(context, pairing.space)))]


@command("pairing.rematch", Rematch)
def rematch(context: Context, args: Args) -> list[Record]:
    """Part without blame. Both are told the same and never meet again; the peer's request goes on and keeps its age."""
    pairing = pairing_of(context, args["pairing"])
    if pairing.data["state"] == "ended":
        return [pairing]
    require_live(pairing)
    by_peer = pairing.hidden["peer"] == context.caller.user
    return parted_for_good(context, pairing, "rematch", None, rematched=by_peer)


@command("pairing.hand_back", HandBack)
def hand_back(context: Context, args: Args) -> list[Record]:
    """Give back, within a day, a pairing that a standing yes made. The peer's request goes on at once.

    A mutation that was made within that day may arrive later, as long as not both have signed their agreement.
    """
    pairing = pairing_of(context, args["pairing"])
    if pairing.data["state"] == "ended":
        return [pairing]
    if pairing.hidden["specialist"] != context.caller.user:
        raise Forbidden("Only the specialist of this pairing can give it back.", field="pairing")
    if not _is_returnable(context, pairing):
        raise WrongState(
            "It is too late to give this pairing back; use `pairing.rematch`.", field="pairing", state="kept"
        )
    return parted_for_good(context, pairing, "not_now", context.now + 30 * DAY)


def _is_returnable(context: Context, pairing: Record) -> bool:
    if pairing.hidden["returnable"] is None:
        return False
    since = pairing.hidden["returnable"] - RETURNABLE
    until = open_until(context, pairing, since, pairing.hidden["returnable"])
    return context.now < until or (pairing.hidden["agreed"] is None and was_said_in(context, since, until))


@on_due("pairing", "wake", WakePairing, lambda pairing, _: {"pairing": pairing.id})
def wake(context: Context, args: Args) -> list[Record]:
    """Do what is due: end a pause, or end the pairing when the time to say goodbye is over."""
    pairing = access.find_shared_space(context.reads, pair_space(args["pairing"]))
    if pairing is None or pairing.due is None:
        return []
    require_due(context, pairing.due)
    handover = pairing.hidden["handover"]
    if handover is not None and context.now >= handover:
        return parted(context, pairing, "handed_over")
    paused = {who: until for who, until in pairing.hidden["paused"].items() if until is None or until > context.now}
    return [restated(pairing, paused=paused)]


def parted_for_good(
    context: Context, pairing: Record, why: str, until: int | None, *, rematched: bool = False
) -> list[Record]:
    """Return what changes when a pairing ends and the two are not to meet until a time in ms (None: for ever).

    The peer's request goes on and keeps its age.
    """
    again = pairing.hidden["handover"] is None  # otherwise the next person is being looked for already
    records = parted(context, pairing, exclude=(why, until), again=again, rematched=rematched)
    user = pairing.hidden["peer"]
    if user is None:
        return records
    now = context.after(records)
    return [*records, *exclude(now, people.peer(now, user), pairing.hidden["specialist"])]


def exclude(context: Context, peer: Record, user: str) -> list[Record]:
    """Return what changes for the other requests of a peer who is not to meet a user."""
    records: list[Record] = []
    for name in peer.data["requests"]:
        now = context.after(records)
        request = requests.request_of(now, peer.id, name)
        if request.data["state"] == "offered" and request.hidden["offer"][0] == user:
            records += [*withdrawn(now, request), requests.opened(now, request, "next")]
    return [*records, *requests.without_person(context.after(records), peer, user)]
