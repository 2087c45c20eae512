"""Helpers for all lists that staff can read: who may read them, and how many rows they have."""

from collections.abc import Callable, Iterable
from heapq import nsmallest

from schemas.errors import Forbidden
from server.commands.context import STAFF, Caller
from sync.record import Record

LISTED = 1_000  # rows of one list


def first(records: Iterable[Record], key: Callable[[Record], float]) -> tuple[list[Record], bool]:
    """Return the records with the smallest keys, LISTED at most, in order, and whether there are more."""
    found = nsmallest(LISTED + 1, records, key=key)
    return found[:LISTED], len(found) > LISTED


def require_staff(caller: Caller, *roles: str) -> None:
    """Raise Forbidden unless the caller has one of ``roles``, or if none are given, is one of the staff."""
    if caller.role not in (roles or STAFF):
        raise Forbidden("Only supervisors and operators may see this.")
