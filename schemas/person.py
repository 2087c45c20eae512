"""Users who delete their account."""

from marshmallow import fields

from schemas.base import Id, Strict


class LeavePerson(Strict):
    """Somebody deletes their account."""

    user = Id(required=True)
    role = fields.String(required=True)
