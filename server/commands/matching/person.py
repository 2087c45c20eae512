"""A user leaves Beside for good: a specialist's peers are told, and a peer's requests are closed."""

from dataclasses import replace

from schemas.person import LeavePerson
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.matching import people, requests, searches
from server.commands.matching.offer import returned, withdrawn
from server.commands.matching.supervision import ended
from server.commands.pairing.handover import lost
from server.commands.safety.alarm import WATCH, closed, opened, released
from server.commands.states import in_state, with_data, without
from sync.record import Key, Record, pair_space, private


@command("person.leave", LeavePerson, internal=True)
def leave(context: Context, args: Args) -> list[Record]:
    """Take back the offers and requests of a user who leaves, and look for somebody else for each of their peers."""
    uncalled = released(context, args["user"])
    now, leaving = context.after(uncalled), LEAVING.get(args["role"], _peer)
    asked = _withdrawn_debriefs(now, args["user"])
    return [*uncalled, *leaving(now, args["user"]), *unwatched(now, args["user"]), *asked]


def _withdrawn_debriefs(context: Context, user: str) -> list[Record]:
    """Return the supervisors' copies of the debriefs that a user asked for, closed and without words and messages."""
    records: list[Record] = []
    for asked in context.reads.of_kind(private(user), "debrief"):
        if not asked.deleted and asked.data["by"] is None:
            supervisor, name = asked.hidden["other"]
            shown = context.reads.get(Key(private(supervisor), "debrief", name))
            if shown is not None and not shown.deleted:
                records.append(in_state(shown, "closed", words="", messages=[]))
    return records


def unwatched(context: Context, user: str) -> list[Record]:
    """Return what changes when a user is not on call any more."""
    watch = context.reads.get(WATCH)
    if watch is None or user not in watch.data["people"]:
        return []
    return [with_data(watch, people=without(watch.data["people"], user))]


def _specialist(context: Context, user: str) -> list[Record]:
    """Return what changes when a specialist leaves. Their record keeps only ``gone`` and ``suspended_until``."""
    specialist = people.specialist(context, user)
    records, specialist = returned(context, specialist)
    for name in specialist.data["pairings"]:
        pairing = access.find_shared_space(context.reads, pair_space(name))
        if pairing is not None:
            records += lost(context.after(records), pairing, None)
    kept = {name: specialist.data[name] for name in ("suspended_until",) if name in specialist.data}
    empty = replace(specialist, data={"facts": {}, "offers": {}, "pairings": {}, "gone": True, **kept})
    sos = opened(context, user)
    over = closed(context, sos) if sos is not None else []
    return [*records, *ended(context, user), empty, *over]


def _peer(context: Context, user: str) -> list[Record]:
    peer, sos = people.peer(context, user), opened(context, user)
    records: list[Record] = closed(context, sos) if sos is not None else []
    for name in peer.data["requests"]:
        request = requests.request_of(context, user, name)
        records += [requests.closed(request, "withdrawn"), *searches.over(context, request, "withdrawn")]
        records += withdrawn(context.after(records), request)
    return [*records, with_data(peer, requests=[], gone=True)]


def _supervisor(context: Context, user: str) -> list[Record]:
    """Return what changes when a supervisor leaves: their open debriefs are closed, without the messages shown."""
    records: list[Record] = []
    for debrief in context.reads.of_kind(private(user), "debrief"):
        if not debrief.deleted and debrief.data["state"] not in {"closed", "handed_over"}:
            asker, name = debrief.hidden["other"]
            asked = context.reads.get(Key(private(asker), "debrief", name))
            records.append(in_state(debrief, "closed", messages=[]))
            records += [in_state(asked, "closed")] if asked is not None else []
    return records


LEAVING = {"specialist": _specialist, "supervisor": _supervisor}  # {role: function}; all other roles: ``_peer``
