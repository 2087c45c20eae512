"""Events of an account, such as a new passkey: all its devices are told, so that the user notices acts of others."""

from marshmallow import fields, validate

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table

EVENTS = (
    "device_linked",
    "factors_reset",
    "passkey_added",
    "passkey_removed",
    "passphrase_reset",
    "recovery_code_used",
    "recovery_codes_made",
    "reset_code_made",
    "role_changed",
    "totp_removed",
    "totp_set_up",
)


class AddSecurityEvent(Strict):
    """Tell a user what happened to their account."""

    user = Id(required=True)
    event = fields.String(required=True, validate=validate.OneOf(EVENTS))
    device = Id(load_default=None, allow_none=True)
    name = fields.String(load_default="")


class ExpireSecurityEvent(Strict):
    """Remove an event that happened long ago."""

    space = fields.String(required=True)
    id = Id(required=True)


class DismissSecurityEvent(Strict):
    """Delete an event, once I have seen it."""

    id = Id(required=True)


table(
    "security_event",
    {
        "event": Column("string"),
        "device": Column("string"),
        "name": Column("string"),
        "at": Column("number"),
    },
    delete=RowCommand("security_event.dismiss", {"id": "id"}),
)
content("security_event", "name")
