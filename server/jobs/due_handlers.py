"""The due handlers: one for each kind of record that can be due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from server.backend import Backend
from server.commands.due import DUE_COMMANDS, DueCommand
from server.jobs.batch_matching import BatchMatching
from server.jobs.scheduler import LAST_KIND, DueHandler, Each, cause
from server.store.reader import Reader
from sync.record import Record

# In this order: calls for help first; offers before requests, because an expired offer frees its request; positions
# last, because they may be a little late, and are the most.
KINDS = (
    "sos", "sanction", "offer", "pairing", "request", "promise", "disclosure", "session", "message", "security_event",
    "erasure", "leaving", "retention", LAST_KIND,
)  # fmt: skip


def due_handlers(
    backend: Backend, batch: BatchMatching, reader: Reader, before: Mapping[str, Callable[[Record], bool | None]]
) -> Mapping[str, DueHandler]:
    """Return {kind: due handler}. It runs the internal command of the kind, but requests are served together.

    ``before`` is {kind: function to call before the command}. If the function returns True, nothing is left to do, and
    the command is not run. Many positions are handled in one commit.
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
