"""Users who delete their account, or get another role."""

from marshmallow import fields

from schemas.base import Id, Strict
from schemas.content import content


class LeavePerson(Strict):
    """Take back the offers and requests of a user who deletes the account, or gets another role."""

    user = Id(required=True)
    role = fields.String(required=True)


content("peer", "facts")
content("specialist", "facts", "practice", "profile", "waits")
