"""The due handlers: for each kind of record that can be due, what is done with records whose time has come."""

from collections.abc import Mapping

from server.backend import Backend
from server.commands.due import DUE_COMMANDS, DueCommand
from server.jobs.batch_matching import BatchMatching
from server.jobs.scheduler import DueHandler, Each, cause
from server.store.reader import Reader
from sync.record import Record

# In this order: calls for help first; offers before requests, because an expired offer frees its request.
KINDS = (
    "sos", "offer", "pairing", "request", "promise", "disclosure", "session", "message", "security_event", "position",
)  # fmt: skip


def due_handlers(backend: Backend, batch: BatchMatching, reader: Reader) -> Mapping[str, DueHandler]:
    """Return {kind: due handler}: the internal command of the kind, except for requests, which are served together."""

    def ordered(due: DueCommand) -> DueHandler:
        def order(record: Record) -> None:
            backend.order(due.name, dict(due.args(record, reader)), cause(record, due.name.partition(".")[2]))

        return Each(order)

    return {kind: batch.serve if kind == "request" else ordered(DUE_COMMANDS[kind]) for kind in KINDS}
