"""What Beside keeps about each user to notify them: never anything that a person wrote."""

from marshmallow import fields, validate

from schemas.base import Few, Id, Moment, Strict

LEVELS = (0, 1, 2, 3)  # 0: only the number on the icon; 1: undelivered messages; 2: something new; 3: a call for help


class RingBell(Strict):
    """Let a user's devices be notified at a time, or later if the user has quiet hours then."""

    user = Id(required=True)
    level = fields.Integer(required=True, strict=True, validate=validate.OneOf(LEVELS))
    at = Moment(required=True)
    about = Few(
        fields.List(fields.String(), validate=validate.Length(equal=3, error="Use [space, kind, id].")),
        20,
        load_default=list,
        metadata={
            "description": "[[space, kind, id]…]: the new records. If all of them are gone by then, nothing is sent."
        },
    )


class Fate(Strict):
    """What became of a notification of one level."""

    ring = fields.Integer(required=True, strict=True, metadata={"description": "Which ring was seen."})
    again = Moment(required=True, allow_none=True, metadata={"description": "When it is due again, or null."})
    left = fields.List(
        fields.String(), metadata={"description": "The devices that have not been notified yet; left out: all of them."}
    )
    tries = fields.Integer(strict=True, metadata={"description": "How often that has failed."})


class SettleBell(Strict):
    """Say what became of a notification: sent, not needed, or to be tried again."""

    user = Id(required=True)
    badge = fields.Integer(required=True, strict=True)
    done = fields.Dict(
        required=True,
        keys=fields.String(validate=validate.OneOf([str(level) for level in LEVELS])),
        values=fields.Nested(Fate),
    )


class PushToken(Strict):
    """The push token with which this device can be reached; null: it can be reached no longer."""

    platform = fields.String(load_default="fcm", validate=validate.OneOf(["apns", "fcm", "webpush"]))
    token = fields.String(required=True, allow_none=True, validate=validate.Length(1, 4096))
