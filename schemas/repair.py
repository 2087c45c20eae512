"""Repair: something between the two feels off, and one of them says so."""

from schemas.base import Named, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table


class InviteRepair(Named):
    """Say that something feels off, and that I would like to talk about us."""

    words = Text(1000)


class AcceptRepair(Named):
    """Say yes: let us talk about it."""


class WithdrawRepair(Named):
    """Take back what I said about us, also after the pairing has ended. The words are erased at once."""


class CloseRepair(Named):
    """Close a repair: it is good, or good enough. Either side may say so."""


_NAMED = {"space": "space", "id": "id"}

table(
    "repair",
    {"words": Column("string", optional=True), "state": Column("string")},
    shared=True,
    create=RowCommand("repair.invite", {**_NAMED, "words": "words"}),
    updates=(
        RowCommand("repair.accept", _NAMED, on={"state": "accepted"}),
        RowCommand("repair.close", _NAMED, on={"state": "closed"}),
    ),
    delete=RowCommand("repair.withdraw", _NAMED),
)
content("repair", "words")
