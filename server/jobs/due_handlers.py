"""The due handlers: for each kind of record that can be due, what is done with records whose time has come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from server.backend import Backend
from server.commands.due import DUE_COMMANDS, DueCommand
from server.jobs.batch_matching import BatchMatching
from server.jobs.scheduler import LAST_KIND, DueHandler, Each, cause
from server.store.reader import Reader
from sync.record import Record

# In this order: calls for help first; offers before requests, because an expired offer frees its request; last what may
# be a little late, and is most.
KINDS = (
    "sos", "sanction", "offer", "pairing", "request", "promise", "disclosure", "session", "message", "security_event",
    "erasure", "leaving", "retention", LAST_KIND,
)  # fmt: skip


def due_handlers(
    backend: Backend, batch: BatchMatching, reader: Reader, before: Mapping[str, Callable[[Record], bool | None]]
) -> Mapping[str, DueHandler]:
    """Return {kind: due handler}: the internal command of the kind, except for requests, which are served together.

    ``before`` is {kind: what is done before the command}: if its answer is True, the command is left out, as nothing is
    left to do. Positions are shown many in one commit.
    """

    def order(due: DueCommand, record: Record) -> None:
        if record.kind in before and before[record.kind](record):
            return
        backend.order(due.name, dict(due.args(record, reader)), _cause(due, record))

    def show(positions: Sequence[Record]) -> None:
        due = DUE_COMMANDS[LAST_KIND]
        backend.order_all(due.name, [(dict(due.args(one, reader)), _cause(due, one)) for one in positions])

    ordered = {kind: Each(partial(order, DUE_COMMANDS[kind])) for kind in KINDS if kind != "request"}
    ordered[LAST_KIND] = replace(ordered[LAST_KIND], together=show)
    return {kind: ordered.get(kind, batch.serve) for kind in KINDS}


def _cause(due: DueCommand, record: Record) -> str:
    return cause(record, due.name.partition(".")[2])
