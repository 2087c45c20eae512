"""The safety plan: a user writes it in a calm time, for a crisis. Only this user can read it."""

from marshmallow import fields, validate

from schemas.base import Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table

PARTS = ("notice", "soothe", "go_to", "call", "keep_away", "worth")


class _Part(fields.String):
    def __init__(self, description: str) -> None:
        super().__init__(validate=validate.Length(max=2000), metadata={"merge": "latest", "description": description})


class EditPlan(Strict):
    """Write my safety plan, or some of it. It can be seen on my phones, and nowhere else."""

    notice = _Part("How I notice that it is getting worse.")
    soothe = _Part("What has helped me through before.")
    go_to = _Part("Where I can go to be among people.")
    call = _Part("Whom I can call, and their numbers.")
    keep_away = _Part("What I put out of reach.")
    worth = _Part("What I want to be here for.")


table(
    "plan",
    {part: Column("string") for part in PARTS},
    updates=(RowCommand("plan.edit", {part: part for part in PARTS}),),
)
content("plan", "notice", "soothe", "go_to", "call", "keep_away", "worth")
