"""What Beside keeps of each user to notify them: nothing of what anybody wrote."""

from marshmallow import fields, validate

from schemas.base import Id, Moment, Strict

LEVELS = (0, 1, 2, 3)  # only the number on the icon; messages not delivered; something new; a call for help


class RingBell(Strict):
    """Let a user's devices be notified at a time, or later if they have quiet hours."""

    user = Id(required=True)
    level = fields.Integer(required=True, strict=True, validate=validate.OneOf(LEVELS))
    at = Moment(required=True)


class SettleBell(Strict):
    """Say what became of a notification: sent, not needed, or to be tried again."""

    user = Id(required=True)
    badge = fields.Integer(required=True, strict=True)
    done = fields.Dict(
        required=True,
        keys=fields.String(validate=validate.OneOf([str(level) for level in LEVELS])),
        values=fields.List(Moment(allow_none=True), validate=validate.Length(equal=2)),
        metadata={"description": "{level: [which ring was seen, when it is due again or null]}"},
    )


class PushToken(Strict):
    """Where this device can be reached; null: nowhere any more."""

    platform = fields.String(load_default="fcm", validate=validate.OneOf(["apns", "fcm", "webpush"]))
    token = fields.String(required=True, allow_none=True, validate=validate.Length(1, 4096))
