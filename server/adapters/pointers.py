"""Pointers: rows that one user's client databases have to be given again, because what they show is not what is.

A client database that is told yes believes that the server has what it has. Where that is not so, a pointer to the
row is stored in a space of the user's own, ``rows:<user>``: a new place in an order that their client databases
follow, at which they find the row as it is now. So nobody else is shown a record again for one client's mistake.
A pointer may have a time before which it is not shown.
"""

from hashlib import sha256

from schemas.table import Table
from server.desk import Desk
from server.records import Record, Wire, rows_of

LATER = 3_000  # ms after which a client has surely dealt with the answer to its push


def point(desk: Desk, table: Table, row_id: str, later: int = 0) -> None:
    """Have a row shown again: at once, or ``later``, in ms."""
    where = rows_of(desk.caller.user)
    name = sha256(f"{bool(later)}\0{row_id}".encode()).hexdigest()[:32]
    data: Wire = {"row": row_id, "cause": f"{desk.name}-{row_id}", "due": desk.now + later}
    desk.take([Record(name, table.kind, where, desk.caller.user, data)])


def due(pointers: list[Record], now: int) -> list[Record]:
    """Return the pointers before the first that is not to be shown yet."""
    early = next((at for at, pointer in enumerate(pointers) if pointer.data["due"] > now), len(pointers))
    return pointers[:early]
