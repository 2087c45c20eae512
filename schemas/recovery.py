"""Ways back into an account, and onto another device: recovery codes, and codes that a signed-in device shows."""

from marshmallow import fields, validate

from schemas.account import DeviceKey, Handle, NewPassphrase, Passphrase
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


class MakeRecoveryCodes(Strict):
    """Make new recovery codes; those before are worth nothing from now on."""

    passphrase = Passphrase()


class Recover(Strict):
    """Choose another passphrase with a recovery code, and sign this phone in. All other devices are signed out."""

    handle = Handle()
    code = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_CODE))
    new_passphrase = NewPassphrase()
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})
    device_key = DeviceKey()


class ShowLink(Strict):
    """Make a code that this device shows to a new one."""

    passphrase = Passphrase()


class Link(Strict):
    """A code for one new device."""

    code = fields.String(required=True, metadata={"description": "Show it as text and as a QR code."})
    expires_at = fields.Integer(required=True, metadata={"description": "A minute from now, ms since the epoch."})
    server_time = fields.Integer(required=True)


class EnterLink(Strict):
    """Sign this phone in with the code that another device of mine shows."""

    code = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_CODE))
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})
