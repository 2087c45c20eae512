"""Passkeys. Options and credentials have the JSON forms of WebAuthn, level 3.

A browser's own functions read and write them: `PublicKeyCredential.parseCreationOptionsFromJSON()` and `toJSON()`.
"""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.account import NewUser, Passphrase, TotpCode
from schemas.base import Line, Strict


class Credential(fields.Dict):
    """A device's answer, as `toJSON()` gives it. Browsers add fields, so `server/accounts/passkeys.py` checks it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        super().__init__(keys=fields.String(), load_only=True, **kwargs)


class Proof(Strict):
    """Prove that it is me who is asking: by my passphrase, or by a passkey as for signing in."""

    passphrase = Passphrase(required=False, load_default=None)
    code = TotpCode(
        load_default=None,
        metadata={"description": "Of my authenticator app, if I have one: it goes with the passphrase."},
    )
    credential = Credential(load_default=None)

    @validates_schema
    def require_one(self, args: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError unless there is either a passphrase or a credential."""
        if (args["passphrase"] is None) == (args["credential"] is None):
            raise ValidationError("Send your passphrase, or a credential of a passkey in its place.", "passphrase")


class CreateUser(NewUser):
    """Make an account for somebody else (operators only). An account of staff needs a proof of who asks for it."""

    proof = fields.Nested(Proof, metadata={"description": "That it is I who ask: for supervisors and operators."})


class AddPasskey(Strict):
    """Add the passkey that a device has made with my creation options."""

    name = Line(load_default="passkey", metadata={"description": "What to call it in the list of passkeys."})
    credential = Credential(required=True)


class PasskeySignIn(Strict):
    """Sign a phone in by a passkey."""

    credential = Credential(required=True)
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})


class CreationOptions(Strict):
    """The options with which a device makes a passkey. The challenge can be used once, within five minutes."""

    publicKey = fields.Dict(  # noqa: N815 — WebAuthn's name
        required=True, metadata={"description": "PublicKeyCredentialCreationOptionsJSON"}
    )
    server_time = fields.Integer(required=True)


class RequestOptions(Strict):
    """The options with which a device signs in. The challenge can be used once, within five minutes."""

    publicKey = fields.Dict(  # noqa: N815 — WebAuthn's name
        required=True, metadata={"description": "PublicKeyCredentialRequestOptionsJSON"}
    )
    server_time = fields.Integer(required=True)


class Passkey(Strict):
    """One passkey of mine."""

    id = fields.String(required=True, metadata={"description": "The id of its credential."})
    name = fields.String(required=True)
    created_at = fields.Integer(required=True)
    used_at = fields.Integer(required=True, metadata={"description": "When it last signed in, or proved something."})
    backed_up = fields.Boolean(required=True, metadata={"description": "It is kept in a cloud, for several devices."})


class AddedPasskey(Passkey):
    """A passkey that was added."""

    server_time = fields.Integer(required=True)


class Passkeys(Strict):
    """All my passkeys, oldest first."""

    passkeys = fields.List(fields.Nested(Passkey), required=True)
    server_time = fields.Integer(required=True)
