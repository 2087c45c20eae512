"""Positions: how far a member has received and read. One record for each member and space."""

from schemas.base import Seq, SpaceName, Strict
from schemas.table import Column, RowCommand, table

RULES = {"delivered": "highest", "read": "highest"}


class Delivered(Strict):
    """Say that messages up to this place have arrived on a phone of mine. It never goes back."""

    space = SpaceName(required=True)
    seq = Seq(1, required=True, metadata={"description": "The `first_seq` of the last message that arrived."})


class Read(Strict):
    """Say that I have read up to this place. It never goes back."""

    space = SpaceName(required=True)
    seq = Seq(1, required=True, metadata={"description": "The `first_seq` of the last message read."})


table(
    "position",
    {"delivered": Column("number"), "read": Column("number")},
    shared=True,
    updates=(
        RowCommand("position.delivered", {"space": "space", "seq": "delivered"}),
        RowCommand("position.read", {"space": "space", "seq": "read"}),
    ),
)
