"""What Beside keeps about each user to notify them: never anything that a person wrote."""

from marshmallow import fields, validate

from schemas.base import Few, Moment, Named, Strict

LEVELS = (0, 1, 2, 3)  # 0: without a sound; 1: unread messages; 2: something new; 3: a call for help
ABOUT = 20  # records that a notification is about, at most
_PARTS = 4  # space, kind, id, seq


def about() -> Few:
    """Return the field of the records that a notification is about."""
    entry = fields.List(fields.Raw(), validate=validate.Length(equal=_PARTS, error="Use [space, kind, id, seq]."))
    return Few(
        entry,
        ABOUT,
        load_default=list,
        metadata={
            "description": "[[space, kind, id, seq]…]: changes of records. If none of them is news by then, nothing "
            "makes a sound."
        },
    )


class RingBell(Named):
    """Let a user's devices be notified at a time. The id is the user's, and the space that of their notifications."""

    level = fields.Integer(required=True, strict=True, validate=validate.OneOf(LEVELS))
    at = Moment(required=True)
    about = about()


class Fate(Strict):
    """What became of a notification of one level."""

    ring = fields.Integer(required=True, strict=True, metadata={"description": "Which ring was seen."})
    again = Moment(required=True, allow_none=True, metadata={"description": "When it is due again, or null."})
    tries = fields.Integer(strict=True, metadata={"description": "How often a device could not be reached."})


class Told(Strict):
    """What a device shows, as far as it has been told: the number on its icon, and its notifications."""

    badge = fields.Integer(required=True, strict=True)
    upto = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(strict=True),
        metadata={"description": "{space: first_seq of the last message that it was told of}."},
    )
    new = about()
    urgent = about()
    shown = Few(
        fields.String(validate=validate.OneOf(("new", "urgent"))),
        2,
        required=True,
        metadata={"description": "The collapse keys of the notifications that it shows."},
    )


class SettleBell(Named):
    """Say what became of a notification: sent, not needed, or to be tried again."""

    badge = fields.Integer(required=True, strict=True)
    done = fields.Dict(
        required=True,
        keys=fields.String(validate=validate.OneOf([str(level) for level in LEVELS])),
        values=fields.Nested(Fate),
    )
    told = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(Told),
        metadata={"description": "{device: what it was told}; left out: no device was told anything."},
    )
