"""Steps that a peer chooses, and strengths that either side noticed. No streaks, and no reminders."""

from marshmallow import fields, validate

from schemas.base import Named, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table

CHOSEN = ("adopted", "done", "let_go")


class ProposeStep(Named):
    """Name a step. A specialist only proposes it; a peer who names a step has chosen it."""

    text = Text(500, required=True)


class ChangeStep(Named):
    """Choose a step, reword it, or say what became of it (the peer only). The peer may change it again."""

    text = Text(500)
    state = fields.String(validate=validate.OneOf(CHOSEN), metadata={"merge": "latest"})


class WithdrawStep(Named):
    """Take back a step that I proposed, while nobody has chosen it; also after the pairing has ended."""


class NoticeStrength(Named):
    """Say what I notice in the other, or in myself."""

    text = Text(500, required=True)


class WithdrawStrength(Named):
    """Take back what I noticed, also after the pairing has ended."""


_NAMED = {"space": "space", "id": "id"}

table(
    "step",
    {"text": Column("string"), "state": Column("string")},
    shared=True,
    create=RowCommand("step.propose", {**_NAMED, "text": "text"}),
    updates=(RowCommand("step.change", {**_NAMED, "text": "text", "state": "state"}),),
    delete=RowCommand("step.withdraw", _NAMED),
)
table(
    "strength",
    {"text": Column("string")},
    shared=True,
    create=RowCommand("strength.notice", {**_NAMED, "text": "text"}),
    updates=(RowCommand("strength.notice", {**_NAMED, "text": "text"}),),
    delete=RowCommand("strength.withdraw", _NAMED),
)
content("step", "text")
content("strength", "text")
