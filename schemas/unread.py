"""Marking as unread: a conversation counts as unread from a message on, although it has been read.

A position never goes back, so the mark is a record of its own. It holds as long as the position stays where it was when
the mark was made: a user who reads further has opened the conversation.
"""

from schemas.base import Seq, SpaceName, Strict
from schemas.table import Column, RowCommand, table

NO_MARK = 0  # the value of ``seq`` once the mark has been removed


class MarkUnread(Strict):
    """Count a conversation as unread from one message on, on all my phones. The other is not told."""

    space = SpaceName(required=True)
    seq = Seq(
        required=True,
        metadata={
            "merge": "latest",
            "description": "The `first_seq` of the first message that counts as unread; 0 removes the mark.",
        },
    )


class ClearUnread(Strict):
    """Remove the mark, because I have opened the conversation again."""

    space = SpaceName(required=True)


table(
    "unread",
    {"where": Column("string", indexed=True), "seq": Column("number"), "read": Column("number")},
    updates=(RowCommand("unread.mark", {"seq": "seq"}, also={"space": "where"}),),
)
