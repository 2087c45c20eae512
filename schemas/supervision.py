"""Supervision: what a supervisor's phones know of each specialist whom they supervise, or supervised."""

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table


class SharePast(Strict):
    """Let a specialist's present supervisor read the escalations that I read while I supervised the specialist."""

    id = Id(required=True, metadata={"description": "Of my record `supervision`, which has ended."})


table(
    "supervision",
    {
        "specialist": Column("string"),
        "state": Column("string"),
        "since": Column("number"),
        "ended_at": Column("number", optional=True),
        "past": Column("boolean"),
    },
    updates=(RowCommand("supervision.share_past", {"id": "id"}, on={"past": True}),),
)
content("supervision", "specialist")
