"""Private check-ins: three questions about a pairing, for oneself alone.

The items are ours (CC0). They are not a validated measure: they help the person who answers to notice a change.
"""

from collections.abc import Mapping

from marshmallow import fields, validate

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table

ITEMS: Mapping[str, Mapping[str, str]] = {
    "could_say": {
        "en": "I could say what I wanted to say.",
        "de": "Ich konnte sagen, was ich sagen wollte.",
        "es": "Pude decir lo que quería decir.",
    },
    "can_rely": {
        "en": "I can rely on what we agreed.",
        "de": "Ich kann mich auf das verlassen, was wir vereinbart haben.",
        "es": "Puedo confiar en lo que acordamos.",
    },
    "both_gave": {
        "en": "We both put something in.",
        "de": "Wir haben beide etwas eingebracht.",
        "es": "Las dos personas pusimos algo de nuestra parte.",
    },
}


class _Value(fields.Integer):
    def __init__(self) -> None:
        described = {"description": "0 (not at all) to 10 (fully); left out or null: not answered."}
        super().__init__(strict=True, allow_none=True, validate=validate.Range(0, 10), metadata=described)


class PutCheckin(Strict):
    """Note for myself how it is going with somebody, at most every 14 days. Without any value, I skip this check-in.

    An app that encrypts sends `sealed` instead of the values, and computes the hint on the phone.
    """

    id = Id(required=True)
    pairing = Id(required=True)
    could_say = _Value()
    can_rely = _Value()
    both_gave = _Value()
    sealed = fields.String(validate=validate.Length(1, 4000), metadata={"description": "What only the app can read."})


class DeleteCheckin(Strict):
    """Delete a check-in of mine."""

    id = Id(required=True)


table(
    "checkin",
    {
        "pairing": Column("string", indexed=True),
        **{item: Column("number", optional=True) for item in ITEMS},
        "sealed": Column("string", optional=True),
        "at": Column("number"),
    },
    create=RowCommand(
        "checkin.put",
        {"id": "id", "pairing": "pairing", **{item: item for item in ITEMS}, "sealed": "sealed"},
    ),
    delete=RowCommand("checkin.delete", {"id": "id"}),
    time="at",
)
table(
    "trend",
    {"series": Column("list"), "hint": Column("string", optional=True), "next_at": Column("number")},
)
content("checkin", "could_say", "can_rely", "both_gave", "sealed")
content("trend", "series", "hint")
