"""Drives client databases: makes, changes and deletes rows as the libraries do, and records the answers."""

import jsonschema_rs

from schemas.table import TABLES
from tests.adapters.rxdb import closed
from tests.sync.client_databases import MADE
from tests.sync.client_databases import Rx as Every

LATER = 4_000  # ms after which every refused row was sent again


class Rx(Every):
    """Speaks as RxDB. Pulls only collections with rows, because there are many and a test uses few."""

    def pull(self):
        used = {*self.world.mongo.records.distinct("kind"), *(table for table, rows in self.local.items() if rows)}
        for table in used & TABLES.keys():
            page = self.call(
                "POST", f"rxdb/{table}/pull", {"checkpoint": self.checkpoints.get(table), "batchSize": 1000}
            )
            self.checkpoints[table] = page["checkpoint"]
            for document in page["documents"]:
                jsonschema_rs.validate(closed(self.schemas[table]), document)
                self.take(table, document)


def row_of(one, table, record):
    """Return the row id of a record. The id of a row that another database made has a suffix."""
    return next(row for row in one.local[table] if row == record or row.startswith(f"{record}."))


def cells_of(one, table, row):
    """Return the cells of a row as the app shows them."""
    assert row in one.local[table], (table, row, one.local[table])
    return {name: one.read(table, name, cell) for name, cell in one.local[table][row].items() if name not in MADE}


def make(one, table, row, **cells):
    """Make a row, which the app shows at once."""
    one.local[table][row] = {"id": row}
    one.create(table, row, **cells)


def change(one, table, row, **cells):
    """Change a row, which the app shows at once."""
    changed = one.changed(table, row, **cells)
    if isinstance(one, Rx):
        one.local[table][row] = {name: cell for name, cell in changed["newDocumentState"].items() if name != "_deleted"}
        one.push(table, changed)
    else:
        one.local[table][row] = changed
        one.push(table, updated=[changed])


def remove(one, table, row):
    """Delete a row, which the app hides at once."""
    one.delete(table, row)
    one.local[table].pop(row, None)


def listened(one):
    """Record all answers of the server to a client database from now on."""
    call, heard = one.call, []
    one.call = lambda *request: [answer := call(*request), heard.append(answer)][0]
    return heard


def all_of(heard, table):
    """Return all rows of a table in the answers, of either library."""
    pages = [page for page in heard if isinstance(page, dict)]
    melons = [row for page in pages for row in page.get("changes", {}).get(table, {}).get("updated", [])]
    documents = [row for page in heard for row in (page.get("documents", []) if isinstance(page, dict) else page)]
    return melons + documents
