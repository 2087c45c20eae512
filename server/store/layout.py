"""The layout number of the database: workers of two versions never store in two layouts at the same time.

After most migrations, workers of the version before still store correctly. A migration after which they would not
raises the layout number. From that moment on the database itself refuses the commits of older workers: every commit
adds a row to the ledger, the row contains the layout number of its worker, and a validator of the collection compares
it with the number of the database. So the check costs no read, and it is part of the transaction.
"""

from server.store.database import Document, Mongo

LAYOUT = 3  # the layout number of this version
REFUSED = 121  # the error code DocumentValidationFailure
_ROW = "layout"  # _id in the collection `migrations`


def stored(database: Mongo) -> int:
    """Return the layout number of a database; 0: it has none yet."""
    row = database.migrations.find_one({"_id": _ROW})
    return 0 if row is None else int(row["number"])


def raise_to(database: Mongo, number: int) -> None:
    """Let the database take only the commits of workers of this layout from now on."""
    require(database, number)
    database.migrations.update_one({"_id": _ROW}, {"$set": {"number": number}}, upsert=True)


def require(database: Mongo, number: int) -> None:
    """Set the validator of the ledger.

    Layout 1 also accepts rows without a number: versions before layout numbers store such rows.
    """
    row: Document = {"layout": {"$in": [1, None]}} if number == 1 else {"layout": number}
    database.command("collMod", "ledger", validator=row, validationLevel="moderate")
