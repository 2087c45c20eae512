"""Figures over time: what operators may count, and what they are told."""

from marshmallow import fields, validate

from schemas.base import Strict

HIDDEN = "Null: under 10, or hidden because a number under 10 could be computed from it."


class AskFigures(Strict):
    """The periods to count: whole weeks or months, from the one with the day `from` to the one with the day `to`."""

    from_ = fields.Date(data_key="from", metadata={"description": "Left out: twelve periods up to `to`."})
    to = fields.Date(metadata={"description": "Left out: today."})
    by = fields.String(load_default="week", validate=validate.OneOf(("week", "month")))


def _count(what: str) -> fields.Integer:
    return fields.Integer(allow_none=True, metadata={"description": f"{what} {HIDDEN}"})


def _hours(what: str, unless: str = "") -> fields.Float:
    return fields.Float(allow_none=True, metadata={"description": f"{what}, in hours. Null where `met` is{unless}."})


class PeriodFigures(Strict):
    """The searches that began in one period."""

    from_ = fields.Date(data_key="from", metadata={"description": "The day on which the period begins."})
    is_over = fields.Boolean(metadata={"description": "False: the period has not ended yet."})
    opened = _count("Searches that began.")
    met = _count("A pairing was made.")
    unmet = _count("Closed, because nobody was found in time.")
    withdrawn = _count(
        "Over for another reason: withdrawn by the peer, or by Beside because the account was deleted or suspended, or "
        "the specialist stays after all."
    )
    waiting = fields.Integer(
        allow_none=True, metadata={"description": "Still waiting. Null where `opened` is, and otherwise always shown."}
    )
    wait_p50_hours = _hours("The time until a pairing that half of those met did not exceed")
    wait_p90_hours = _hours(
        "The time until a pairing that nine of ten of those met did not exceed", ", or if fewer than 50 were met"
    )
    kept_30_days = _count("Of those met: the pairing still went on after 30 days.")
    ended_sooner = _count("Of those met: the pairing ended within 30 days.")
    too_early = _count("Of those met: the pairing goes on, and has not lasted 30 days yet.")


class LoadFigures(Strict):
    """The specialists who can take people now."""

    specialists = fields.Integer(
        metadata={"description": "Those with places who are certified, and neither pause, leave nor are suspended."}
    )
    places = fields.Integer(metadata={"description": "Their places."})
    taken = fields.Integer(metadata={"description": "Of these, those that are taken or reserved."})
    free = fields.Integer(metadata={"description": "Of these, those that are free."})


class FiguresOverTime(Strict):
    """Figures over time. The periods are whole: `from` is the first day of the first, and `to` the last of the last."""

    by = fields.String()
    from_ = fields.Date(data_key="from")
    to = fields.Date()
    rows = fields.List(fields.Nested(PeriodFigures))
    load_ = fields.Nested(LoadFigures, data_key="load")
    server_time = fields.Integer()
