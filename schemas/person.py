"""Users who delete their account."""

from marshmallow import fields

from schemas.base import Id, Strict
from schemas.content import content


class LeavePerson(Strict):
    """Somebody deletes their account."""

    user = Id(required=True)
    role = fields.String(required=True)


content("peer", "facts")
content("specialist", "facts", "practice", "profile", "waits")
