"""Ways back into an account, and onto another device: recovery codes, and codes that a signed-in device shows."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.account import DeviceKey, Handle, NewPassphrase, Passphrase, TotpCode
from schemas.base import Line, Strict

LONGEST_CODE = 128  # characters, however a code was copied


class RecoveryCodes(Strict):
    """New recovery codes. They are shown only now."""

    codes = fields.List(fields.String(), required=True, metadata={"description": "Each works once."})
    server_time = fields.Integer(required=True)


class RecoveryCodesLeft(Strict):
    """The recovery codes that have not been used."""

    left = fields.Integer(required=True)
    made_at = fields.Integer(required=True, allow_none=True, metadata={"description": "ms, or null: there are none."})
    server_time = fields.Integer(required=True)


class Recover(Strict):
    """Get back in with a recovery code: it stands for a lost passphrase, or for lost second factors.

    All other devices are signed out.
    """

    handle = Handle()
    code = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_CODE))
    new_passphrase = NewPassphrase(required=False, load_default=None)
    totp = TotpCode(
        load_default=None,
        metadata={"description": "Of the authenticator app, if the account has one: it goes with `new_passphrase`."},
    )
    passphrase = Passphrase(
        required=False,
        load_default=None,
        metadata={"description": "In place of `new_passphrase`, if what is lost are the second factors."},
    )
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})
    device_key = DeviceKey()

    @validates_schema
    def require_one(self, args: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError unless there is either a new passphrase or the one that is known."""
        if (args["passphrase"] is None) == (args["new_passphrase"] is None):
            raise ValidationError(
                "Send a new passphrase, or the passphrase if your second factor is lost.", "passphrase"
            )


class Link(Strict):
    """A code for one new device."""

    code = fields.String(required=True, metadata={"description": "Show it as text and as a QR code."})
    expires_at = fields.Integer(required=True, metadata={"description": "A minute from now, ms since the epoch."})
    server_time = fields.Integer(required=True)


class EnterLink(Strict):
    """Sign this phone in with the code that another device of mine shows."""

    code = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_CODE))
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})
