"""When a user can talk: a week in local time, and exceptions for single days."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.base import Few, Strict, Whole, at_most
from schemas.table import Column, RowCommand, table

_FREE = {"merge": "latest"}
_DAY = 24 * 60
_STEP = 15


def _span(span: list[int]) -> None:
    if len(span) < 2:  # noqa: PLR2004 — refused by its length
        return
    if not (0 <= span[-2] < span[-1] <= _DAY and span[-2] % _STEP == span[-1] % _STEP == 0):
        raise ValidationError("Give minutes of the day in quarters of an hour: [from, to], 0 to 1440, from before to.")


def _day(span: list[int]) -> None:
    if not span:  # refused by its length
        return
    if not 0 <= span[0] <= 6:  # noqa: PLR2004 — Monday to Sunday
        raise ValidationError("Give the day as 0 (Monday) to 6 (Sunday).")
    _span(span)


_is_dated = Whole(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", error="Give the date as YYYY-MM-DD.")


def _date(text: str) -> None:
    _is_dated(text)
    fields.Date().deserialize(text)  # raises ValidationError for a date that does not exist


def _numbers(count: int, check: Any) -> fields.List[Any]:
    return fields.List(
        fields.Integer(strict=True),
        validate=validate.And(validate.Length(equal=count, error=f"Use {count} numbers."), check),
    )


class SetAvailability(Strict):
    """Say when I can talk. A field left out does not change. Times are local: they stay right when clocks change."""

    zone = fields.String(
        validate=validate.Length(1, 64), metadata={**_FREE, "description": "An IANA zone, such as 'Europe/Berlin'."}
    )
    weekly = Few(_numbers(3, _day), 100, metadata={**_FREE, "description": "[[day, from, to]…]: 0 is Monday; minutes."})
    exceptions = fields.Dict(
        keys=fields.String(validate=_date),
        values=Few(_numbers(2, _span), 24),
        validate=at_most(60),
        metadata={**_FREE, "description": "{date: [[from, to]…]}: days that are different; [] is a day off."},
    )


table(
    "availability",
    {"zone": Column("string"), "weekly": Column("list"), "exceptions": Column("json")},
    updates=(RowCommand("availability.set", {"zone": "zone", "weekly": "weekly", "exceptions": "exceptions"}),),
)
