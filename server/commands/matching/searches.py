"""Searches: records from which figures over time are counted, without the people whom the requests are about.

A search begins when a request is opened, and when a request goes on after a pairing. Its record has times and a state,
but no name, no topic and no language, and only this server can compute its id. So the record may stay when an account
is deleted, and the figures of a past month do not change because people leave.
"""

from dataclasses import replace

from server.commands.context import Context
from server.commands.states import with_data
from sync.clock import HOUR, MINUTE
from sync.record import Key, Record, figures_space

STEP = 15 * MINUTE  # ms: times are rounded down to it, as an exact time could be matched with other records


def begun(context: Context, request: Record) -> list[Record]:
    """Return a request with the name of a search that begins now, and the record of this search."""
    name = context.derived_id("search", context.mutation, request.space, request.id)
    search = Record(name, "search", figures_space(name), data={"from": _rounded(context.now), "state": "waiting"})
    return [replace(request, hidden={**request.hidden, "search": name}), search]


def met(context: Context, request: Record, hours: float) -> list[Record]:
    """Return the search of a request for which a pairing was made, after a wait in hours; none if it has no search."""
    new = {"state": "met", "met": _rounded(context.now), "hours": hours}
    return [with_data(one, **new) for one in _searches(context, request)]


def over(context: Context, request: Record, state: str) -> list[Record]:
    """Return the search of a request that was closed: ``state`` is "closed_unmet", "withdrawn" or "ended".

    A search that was over before stays as it was: a request that found nobody in time can be withdrawn afterwards.
    """
    if state == "ended":
        return parted(context, request)
    return [with_data(one, state=state) for one in _searches(context, request) if one.data["state"] == "waiting"]


def parted(context: Context, request: Record) -> list[Record]:
    """Return the search of a request whose pairing has ended."""
    return [with_data(one, ended=_rounded(context.now)) for one in _searches(context, request)]


def _searches(context: Context, request: Record) -> list[Record]:
    """Return the search of a request; none if the request was opened before searches were counted."""
    name = request.hidden.get("search")
    search = context.reads.get(Key(figures_space(name), "search", name)) if name else None
    return [] if search is None else [search]


def _rounded(ms: int) -> int:
    return ms // STEP * STEP


def waited(request: Record, now: int) -> float:
    """Return how long a search has lasted, in hours. Time in a pairing does not count."""
    since = int(request.hidden.get("since", request.data["opened_at"]))
    return round(max(0, now - since) / HOUR, 2)
