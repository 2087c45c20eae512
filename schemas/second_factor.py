"""The second factor: which ones I have, and the authenticator app."""

from marshmallow import fields

from schemas.account import TotpCode
from schemas.base import Strict


class ConfirmTotp(Strict):
    """Prove by a first code that the authenticator app has the secret."""

    code = TotpCode(required=True)


class StartedTotp(Strict):
    """The secret of an authenticator app, shown once."""

    secret = fields.String(required=True, metadata={"description": "To be typed in: base32."})
    uri = fields.String(required=True, metadata={"description": "To be shown as a QR code: otpauth://…"})
    server_time = fields.Integer(required=True)


class SecondFactors(Strict):
    """Which second factors I have."""

    totp = fields.Boolean(required=True, metadata={"description": "An authenticator app."})
    passkey = fields.Boolean(required=True)
    required = fields.Boolean(required=True, metadata={"description": "I must have one before I can do anything else."})
    server_time = fields.Integer(required=True)
