"""Corrections: rows that must be sent to one user's client databases again, because these show wrong values.

A client database whose push succeeds believes that the server has the same row. If the server's record is different, a
correction for the row is stored in a space of this user alone, ``rows:<user>``. It takes a new seq there; the user's
client databases read this space in order, and each correction makes them read the row as it is now. So no other user
is sent the record again because of one client's mistake.

A correction that is shown only some seconds later is stored in another space, ``later:<user>``. All of these wait
equally long, so they fall due in the order of their seqs, and none that is due at once waits behind one that is not.
"""

from collections.abc import Iterable
from hashlib import sha256

from schemas.errors import RateLimited
from schemas.table import Table
from sync.ports import UnitOfWork
from sync.record import Record, corrections_space, later_corrections_space

MOST_CORRECTIONS = 50_000  # of one user, in each of the two spaces
HOUR = 3_600  # seconds
LATER = 3_000  # ms after which a client has most likely processed the answer to its push


def correct(unit: UnitOfWork, table: Table, row_ids: Iterable[str], later: int = 0) -> None:
    """Store corrections for some rows: they are shown at once, or ``later`` ms from now.

    Raises RateLimited if there are, or have been, too many.
    """
    where = _space(unit.caller.user, later)
    names = list(dict.fromkeys(row_ids))
    if not later:
        unit.charge(len(names))
    corrections = [correction(table.kind, unit.caller.user, row_id, unit.name, unit.now, later) for row_id in names]
    if unit.usage(where).records >= MOST_CORRECTIONS:
        message = "Too many rows of this account had to be corrected; repeat this later."
        raise RateLimited(message, field="rows", limit=MOST_CORRECTIONS, retry_after=HOUR)
    unit.read_ahead([correction.key for correction in corrections])
    unit.take(corrections)


def correction(kind: str, user: str, row_id: str, cause: str, now: int, later: int = 0) -> Record:
    """Return the correction of a row in a user's client databases; ``now`` and ``later`` are in ms."""
    data = {"row": row_id, "cause": cause, "due": now + later}
    return Record(_name(row_id, later), kind, _space(user, later), user, data)


def correction_spaces(user: str) -> tuple[str, str]:
    """Return the spaces of a user's corrections."""
    return corrections_space(user), later_corrections_space(user)


def due(corrections: list[Record], now: int) -> list[Record]:
    """Return the corrections that stand before the first one whose time has not come."""
    early = next((at for at, correction in enumerate(corrections) if correction.data["due"] > now), len(corrections))
    return corrections[:early]


def _name(row_id: str, later: int) -> str:
    return sha256(f"{bool(later)}\0{row_id}".encode()).hexdigest()[:32]


def _space(user: str, later: int) -> str:
    return later_corrections_space(user) if later else corrections_space(user)
