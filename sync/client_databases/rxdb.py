"""RxDB: what `replicateRxCollection` pulls and pushes."""

from collections.abc import Collection, Sequence
from functools import partial

from schemas.errors import NotFound
from schemas.table import TABLES, Table
from sync.client_databases import corrections
from sync.client_databases.batches import chunked, stored
from sync.client_databases.checkpoints import Checkpoint, SpaceCheckpoint
from sync.client_databases.lookup import located
from sync.client_databases.pager import Pager
from sync.client_databases.push_echoes import PushEchoes
from sync.client_databases.rxdb_push import Given, Pairs, document, judged, order, row_id
from sync.ports import Caller, Commits, Cursors, Reader
from sync.record import Key, Wire


class RxDB:
    """Pull and push, for one collection at a time."""

    def __init__(self, commits: Commits, pager: Pager, reader: Reader, cursors: Cursors) -> None:
        self._commits, self._pager, self._reader, self._cursors = commits, pager, reader, cursors
        self._echoes = PushEchoes(commits.now)

    def pull(self, caller: Caller, table: Table, given: Wire | None, limit: int) -> tuple[list[Wire], Wire | None]:
        """Return the next documents, and the checkpoint after them; raises BadRequest or ResyncRequired."""
        page = self._pager.page(caller.user, table, self._opened(caller, table, given), limit)
        if not page.rows:
            return [], given
        echoes = self._echoes.among(caller.device, table, [row.cells["id"] for row in page.rows])
        if echoes:
            self._commits.together(caller, [], lambda unit: corrections.correct(unit, table, echoes, corrections.LATER))
        return [document(row) for row in page.rows], sealed(self._cursors, caller, table, page.checkpoint)

    def push(self, caller: Caller, table: Table, rows: Sequence[Given]) -> list[Wire]:
        """Store what can be stored, and return the master states of the documents that were not what was assumed."""
        scheme = self._pager.scheme(caller.user)
        ids = [row_id(given.new, at) for at, given in enumerate(rows)]
        spaces = [given.new.get("space") for given in rows]
        found = located(self._reader, scheme, table, list(zip(ids, spaces, strict=True)))
        pairs = sorted(zip(found, rows, strict=True), key=lambda pair: order(table, pair[1]))

        def store(pairs: Pairs) -> list[tuple[Key | None, Wire]]:
            keys = [key for key, _ in pairs if key is not None]
            return self._commits.together(caller, keys, partial(judged, scheme, table, pairs))

        with self._echoes.of(caller.device, table, ids):
            refused = [
                conflict
                for chunk in chunked(pairs, lambda pair: pair[1].new)
                for conflicts in stored(chunk, store)
                for conflict in conflicts
            ]
        readable = self._reader.memberships(caller.user) if refused else {}  # looked up again: they were read before
        return [master for key, master in refused if key is not None and key.space in readable]

    def _opened(self, caller: Caller, table: Table, given: Wire | None) -> Checkpoint:
        """Return what stands in a checkpoint; raises BadRequest for any but this user's, of this collection."""
        cursor = None if given is None else given["cursor"]
        vector = self._cursors.vector(caller.user, cursor, _scope(table))
        return {space: SpaceCheckpoint(*place) for space, place in vector.items()}


def collection(name: str) -> Table:
    """Return the table of a collection; raises NotFound."""
    if name not in TABLES:
        raise NotFound("There is no such collection.", field="collection", collections=list(TABLES))
    return TABLES[name]


def sealed(cursors: Cursors, caller: Caller, table: Table, checkpoint: Checkpoint) -> Wire:
    """Return a checkpoint as the client keeps it: an object."""
    return {"cursor": cursors.cursor(caller.user, checkpoint, _scope(table))}


def only(documents: list[Wire], fields: Collection[str] | None) -> list[Wire]:
    """Return documents with no other fields than an app has declared."""
    if not fields:
        return documents
    kept = {*fields, "id", "_deleted"}
    return [{name: value for name, value in document.items() if name in kept} for document in documents]


def _scope(table: Table) -> str:
    return f"rxdb {table.kind}"
