"""Promises: users write "back by Tuesday, 18:00"; Beside shows no "last seen"."""

from marshmallow import fields, validate

from schemas.base import Line, Named, Whole
from schemas.content import content
from schemas.table import Column, RowCommand, table

SORTS = ("back", "reply", "think", "check")
LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"


class _By(fields.String):
    def __init__(self) -> None:
        error = "Give the local time as YYYY-MM-DDTHH:MM."
        described = {
            "description": "The local time of whoever promises. Of a time that comes twice, the later one counts."
        }
        super().__init__(required=True, validate=Whole(LOCAL, error=error), metadata=described)


class _Zone(fields.String):
    def __init__(self) -> None:
        described = {"description": "An IANA zone, such as 'Europe/Berlin'."}
        super().__init__(required=True, validate=validate.Length(1, 64), metadata=described)


class MakePromise(Named):
    """Promise something by a time that is at most 90 days ahead."""

    sort = fields.String(load_default="back", validate=validate.OneOf(SORTS))
    by = _By()
    zone = _Zone()
    words = Line(200)


class KeepPromise(Named):
    """Keep a promise of mine. If I say so in time, it counts as kept, even if the mutation arrives a little late."""


class RenewPromise(Named):
    """Promise another, later time, before the first one has come."""

    by = _By()
    zone = _Zone()


class ExcusePromise(Named):
    """Say that it is all right if this promise is not kept."""


class WithdrawPromiseWords(Named):
    """Take back my words beside a promise, also after the pairing has ended. The promise and its time stay."""


_NAMED = {"space": "space", "id": "id"}

table(
    "promise",
    {
        "sort": Column("string"),
        "by": Column("string"),
        "zone": Column("string"),
        "words": Column("string", optional=True),
        "by_at": Column("number"),
        "grace_until": Column("number"),
        "state": Column("string"),
        "renewed": Column("boolean"),
        "late": Column("boolean"),
    },
    shared=True,
    create=RowCommand("promise.make", {**_NAMED, **{name: name for name in ("sort", "by", "zone", "words")}}),
    updates=(
        RowCommand("promise.keep", _NAMED, on={"state": "kept"}),
        RowCommand("promise.excuse", _NAMED, on={"state": "excused"}),
        RowCommand("promise.withdraw_words", _NAMED, on={"words": None}),
        RowCommand("promise.renew", {**_NAMED, "by": "by"}, also={"zone": "zone"}),
    ),
)
content("promise", "words")
