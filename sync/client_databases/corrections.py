"""Corrections: rows that one user's client databases have to be given again, because what they show is not what is.

A client database that is told yes believes that the server has what it has. Where that is not so, a correction for the
row is stored in a space of the user's own, ``rows:<user>``: a new place in an order that their client databases
follow, at which they find the row as it is now. So nobody else is shown a record again for one client's mistake.
A correction may have a time before which it is not shown.
"""

from collections.abc import Iterable
from hashlib import sha256

from schemas.table import Table
from sync.ports import UnitOfWork
from sync.record import Record, Wire, corrections_space

LATER = 3_000  # ms after which a client has surely dealt with the answer to its push


def correct(unit: UnitOfWork, table: Table, row_ids: Iterable[str], later: int = 0) -> None:
    """Have rows shown again: at once, or ``later``, in ms."""
    where = corrections_space(unit.caller.user)
    corrections = [
        Record(_name(row_id, later), table.kind, where, unit.caller.user, _data(unit, row_id, later))
        for row_id in dict.fromkeys(row_ids)
    ]
    unit.read_ahead([correction.key for correction in corrections])
    unit.take(corrections)


def due(corrections: list[Record], now: int) -> list[Record]:
    """Return the corrections before the first that is not to be shown yet."""
    early = next((at for at, correction in enumerate(corrections) if correction.data["due"] > now), len(corrections))
    return corrections[:early]


def _name(row_id: str, later: int) -> str:
    return sha256(f"{bool(later)}\0{row_id}".encode()).hexdigest()[:32]


def _data(unit: UnitOfWork, row_id: str, later: int) -> Wire:
    return {"row": row_id, "cause": unit.name, "due": unit.now + later}
