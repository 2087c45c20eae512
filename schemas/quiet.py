"""Quiet hours: nothing but calls for help rings, and all held notifications come as one afterwards."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates

from schemas.base import Few, Strict
from schemas.table import Column, RowCommand, table

_DAY = 24 * 60
_STEP = 15
_LEAST = 60  # minutes of a day that are not quiet
_ENDS = 2  # numbers of a span: from, to


def _span(span: list[int]) -> None:
    if len(span) == _ENDS and (  # otherwise refused by its length
        span[0] == span[1] or not all(0 <= minute <= _DAY and minute % _STEP == 0 for minute in span)
    ):
        raise ValidationError("Give minutes of the day in quarters of an hour: [from, to], such as [1320, 420].")


def _loud(spans: list[list[int]]) -> None:
    quiet = {
        minute
        for start, end in (span for span in spans if len(span) == _ENDS)  # others are refused by their length
        for minute in (range(start, end) if start < end else (*range(start, _DAY), *range(end)))
    }
    if len(quiet) > _DAY - _LEAST:
        raise ValidationError("Leave at least one hour of the day that is not quiet.")


_Span: Any = fields.List(
    fields.Integer(strict=True), validate=validate.And(validate.Length(equal=2, error="Use 2 numbers."), _span)
)


class SetQuiet(Strict):
    """Say when nothing may ring. Times are local: they stay right when clocks change."""

    zone = fields.String(
        validate=validate.Length(1, 64),
        metadata={"merge": "latest", "description": "An IANA zone, such as 'Europe/Berlin'."},
    )
    spans = Few(
        _Span,
        12,
        metadata={"merge": "latest", "description": "[[from, to]…], in minutes of each day; may go past midnight."},
    )

    @validates("spans")
    def _leave_room(self, spans: list[list[int]], **_: Any) -> None:
        _loud(spans)


table(
    "quiet",
    {"zone": Column("string"), "spans": Column("list")},
    updates=(RowCommand("quiet.set", {"zone": "zone", "spans": "spans"}),),
)
