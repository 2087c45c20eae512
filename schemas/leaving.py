"""The deletion of an account that goes on until it is done."""

from marshmallow import fields, validate

from schemas.base import Id, Strict, Turn
from schemas.erasure import SAID


class BeginLeaving(Strict):
    """Delete an account, and see to it that this is done."""

    user = Id(required=True)
    role = fields.String(required=True)
    said = fields.String(required=True, validate=validate.OneOf(SAID))


class EndLeaving(Turn):
    """The account is deleted."""
