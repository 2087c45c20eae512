"""Positions: how far a user has received and read a space, for this user alone. The other member sees a receipt.

The id of a receipt is the member whose position it shows. Beside alone writes it.
"""

from schemas.base import Seq, SpaceName, Strict
from schemas.table import Column, RowCommand, table


class Delivered(Strict):
    """Say that all changes up to this place have arrived on this phone. The position never goes back.

    A phone is not notified of changes that have arrived on it.
    """

    space = SpaceName(required=True)
    seq = Seq(
        1,
        required=True,
        metadata={"description": "The `first_seq` of the last message that arrived, or the `seq` of any later change."},
    )


class Read(Strict):
    """Say that I have read up to this place. The position never goes back."""

    space = SpaceName(required=True)
    seq = Seq(
        1,
        required=True,
        metadata={"description": "The `first_seq` of the last message read, or the `seq` of any later change."},
    )


table(
    "position",
    {"where": Column("string", indexed=True), "delivered": Column("number"), "read": Column("number")},
    updates=(
        RowCommand("position.delivered", {"seq": "delivered"}, also={"space": "where"}),
        RowCommand("position.read", {"seq": "read"}, also={"space": "where"}),
    ),
)
table("receipt", {"delivered": Column("number"), "read": Column("number")}, shared=True)
