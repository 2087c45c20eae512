"""The deletion of an account, which is repeated until it is complete."""

from marshmallow import fields, validate

from schemas.base import Id, Strict, Turn
from schemas.erasure import SAID


class BeginLeaving(Strict):
    """Store that an account is being deleted, so that the deletion is completed."""

    user = Id(required=True)
    role = fields.String(required=True)
    said = fields.String(required=True, validate=validate.OneOf(SAID))


class EndLeaving(Turn):
    """Note that the account is deleted."""
