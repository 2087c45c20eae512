"""Keeping what a client database wrote and the server refused, in a record of the person's own space.

A client database cannot handle a refusal: its push succeeds, and its row is corrected afterwards. What the person wrote
would be gone with that. So the refused row is kept as a record of the kind `unsent`, with the reason, in the commit
that also stores the correction. Both libraries show it like any other row.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from schemas.errors import Problem
from schemas.text import cut
from sync.ports import UnitOfWork
from sync.record import Record, Wire, private

if TYPE_CHECKING:  # `row_commands` imports this module
    from sync.client_databases.row_commands import Pushed

KIND = "unsent"
MOST_UNSENT = 1_000  # records of one user; no further one is kept
NOTHING_WRITTEN: tuple[object, ...] = (None, "", [], {})
LONGEST_TEXT = 50_000  # characters of one cell that are kept


def keep(unit: UnitOfWork, pushed: "Pushed", problem: Problem) -> None:
    """Keep what a row has in columns that its client may write. A row that is pushed again is kept once."""
    cells = _written(pushed)
    if not cells or pushed.deleted:
        return
    space = private(unit.caller.user)
    data = {
        "kind": pushed.table.kind,
        "row": pushed.id,
        "where": pushed.space if isinstance(pushed.space, str) else "",
        "code": problem.code,
        "message": str(problem),
        "cells": cells,
        "at": unit.now,
    }
    record = Record(_name(pushed), KIND, space, unit.caller.user, data)
    before = unit.get(record.key)
    if before is not None and {**before.data, "at": 0} == {**data, "at": 0}:
        return
    if before is None and unit.usage(space, KIND).records >= MOST_UNSENT:
        return
    unit.take([record])


def _written(pushed: "Pushed") -> Wire:
    """Return the cells that the person may have written: those of columns that clients may write, if not empty."""
    names = (pushed.table.writable | {pushed.table.time}) - {"space"}
    written = {name: value for name, value in pushed.cells.items() if name in names and value not in NOTHING_WRITTEN}
    return {name: cut(value, LONGEST_TEXT) if isinstance(value, str) else value for name, value in written.items()}


def _name(pushed: "Pushed") -> str:
    return sha256(f"{pushed.table.kind}\0{pushed.id}".encode()).hexdigest()[:32]
