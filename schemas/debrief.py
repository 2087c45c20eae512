"""Debriefs: a user in a pairing asks the supervisor, who sees only the messages that the user selects, if any."""

from schemas.base import Few, Id, Named, Strict, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table


class AskDebrief(Named):
    """Ask the supervisor of a pairing for a talk. Either side may."""

    words = Text(2000, required=True)
    messages = Few(Id(), 50, load_default=list, metadata={"description": "Messages that the supervisor may read."})


class AnswerDebrief(Strict):
    """Answer a debrief that I was asked for (supervisors only)."""

    id = Id(required=True)
    words = Text(2000, required=True)


class CloseDebrief(Strict):
    """Close a debrief: for me, it is settled."""

    id = Id(required=True)


class HandDebriefOver(Strict):
    """Hand a debrief to the specialist's present supervisor (supervisors only). The person who asked is told."""

    id = Id(required=True)


_SEEN = {
    "where": Column("string", optional=True),
    "words": Column("string"),
    "messages": Column("list"),
    "answer": Column("string", optional=True),
    "state": Column("string"),
    "asked_at": Column("number"),
    "by": Column("string", optional=True),
    "handed_over_at": Column("number", optional=True),
}

table(
    "debrief",
    _SEEN,
    updates=(
        RowCommand("debrief.answer", {"id": "id", "words": "answer"}),
        RowCommand("debrief.close", {"id": "id"}, on={"state": "closed"}),
        RowCommand("debrief.hand_over", {"id": "id"}, on={"state": "handed_over"}),
    ),
)
content("debrief", "words", "messages", "answer")
