"""Rows that a client database wrote and the server refused: they are kept for the person who wrote them."""

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table


class DiscardUnsent(Strict):
    """Delete a refused row, once the person has seen it."""

    id = Id(required=True)


table(
    "unsent",
    {
        "kind": Column("string"),
        "row": Column("string"),
        "where": Column("string"),
        "code": Column("string"),
        "message": Column("string"),
        "cells": Column("json"),
        "at": Column("number"),
    },
    delete=RowCommand("unsent.discard", {"id": "id"}),
)
content("unsent", "cells", "message")
