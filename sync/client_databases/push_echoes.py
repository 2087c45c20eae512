"""Push echoes: documents that RxDB may overlook, because it pulls while it pushes.

RxDB skips a pulled document while its own push of this document has no answer yet, and still moves its checkpoint on
(rxdb, `replication-protocol/downstream.ts`; seen with RxDB 16 and 17). So a document that a device may have overlooked
is sent to it once more, a moment later. Two cases are found, whichever workers the push and the pull have reached:

* The push is stored first, and the pull reads a later change. The pull looks into the ledger, which keeps the rows and
  the device of each push.
* The pull reads the change first, and the push is stored after it. The push names the state of the document that the
  client assumes on the server; if the server's state is another one, the client has not taken over the change.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.table import Table
from sync.client_databases.rows import Shown, differs
from sync.clock import MINUTE
from sync.ports import Caller, Reader
from sync.record import Wire

WINDOW = 5_000  # ms after the last commit of a push in which the client may not have processed its answer
LONGEST_PUSH = MINUTE  # ms that a push may take


def among(reader: Reader, caller: Caller, rows: Sequence[Shown], now: int) -> list[str]:
    """Return the ids of those of some rows that a device has just pushed."""
    pushed = reader.pushed(caller.user, caller.device, now - LONGEST_PUSH - WINDOW, now - WINDOW) if rows else set()
    return [row.cells["id"] for row in rows if row.key in pushed]


def is_overlooked(table: Table, master: Wire, assumed: Mapping[str, Any] | None) -> bool:
    """Tell whether a client that pushes a document may have overlooked a change to it."""
    if assumed is None:
        return True
    return bool(differs(table, master, assumed, set(assumed) & set(table.columns)))
