"""Accounts and phones: pseudonymous, by handle and passphrase."""

from typing import Any
from unicodedata import category

from marshmallow import ValidationError, fields, validate

from schemas.base import Line, Strict, Whole
from schemas.typed import Typed

LONGEST_CODE = 20  # characters of a code with all its spaces


def _readable(handle: str) -> None:
    """Raise ValidationError unless a handle is made of letters, marks and digits of any script, '.', '_' and '-'."""
    if not all(character in "._-" or category(character)[0] in "LMN" for character in handle):
        raise ValidationError("Use letters or digits of any script, '.', '_' or '-'.")


class Handle(Typed):
    """A handle: 2 to 40 letters or digits of any script, '.', '_' or '-'. Case and spaces around it do not matter."""

    def __init__(self) -> None:
        """Declare the limits."""
        described = {"pattern": r"^[\p{L}\p{M}\p{N}._-]+$"}
        super().__init__(required=True, validate=[validate.Length(2, 40), _readable], metadata=described)


class Passphrase(fields.String):
    """A passphrase: 10 to 200 characters, without any other rule."""

    def __init__(self, **kwargs: Any) -> None:
        """Declare the limits; the field is never sent back. It is required if the arguments do not say otherwise."""
        error = "Use 10 to 200 characters; several words are best."
        super().__init__(load_only=True, validate=validate.Length(10, 200, error=error), **{"required": True, **kwargs})


class TotpCode(Typed):
    """A code of an authenticator app: six digits. Spaces, as apps show them, do not matter."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Send the six digits that the authenticator app shows."
        super().__init__(load_only=True, validate=Whole(r"^[0-9]{6}$", error=error), **kwargs)

    def meant(self, text: str) -> str:
        """Return the digits without spaces."""
        return "".join(text[:LONGEST_CODE].split())


class Register(Strict):
    """Make an account and sign this phone in. No e-mail, no name."""

    handle = Handle()
    passphrase = Passphrase()
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})


class LogIn(Register):
    """Sign a phone in, with the code of the authenticator app if the account has one."""

    totp = TotpCode(load_default=None)


class CreateUser(Strict):
    """Make an account for somebody else (operators only)."""

    handle = Handle()
    passphrase = Passphrase()
    role = fields.String(required=True, validate=validate.OneOf(["peer", "specialist", "supervisor", "operator"]))


class Refresh(Strict):
    """Trade a refresh token for a new pair of tokens. Each refresh token can be used once."""

    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(max=200))


class ChangePassphrase(Strict):
    """Choose another passphrase. All other devices are signed out."""

    passphrase = Passphrase()
    new_passphrase = Passphrase()


class Confirm(Strict):
    """Prove that it is me who is asking, before something that cannot be undone."""

    passphrase = Passphrase()


class Tokens(Strict):
    """A signed-in phone."""

    user = fields.String(required=True)
    device = fields.String(required=True)
    role = fields.String(required=True)
    access_token = fields.String(required=True, metadata={"description": "Send as `Authorization: Bearer …`."})
    refresh_token = fields.String(required=True, metadata={"description": "For one use, when the other expires."})
    expires_at = fields.Integer(required=True, metadata={"description": "Of the access token, ms since the epoch."})
    server_time = fields.Integer(required=True)


class Device(Strict):
    """One phone of mine."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    created_at = fields.Integer(required=True)
    seen_at = fields.Integer(required=True, metadata={"description": "When it last traded its refresh token."})
    this = fields.Boolean(required=True, metadata={"description": "The phone that is asking."})


class Devices(Strict):
    """All my phones."""

    devices = fields.List(fields.Nested(Device), required=True)
    server_time = fields.Integer(required=True)


class User(Strict):
    """An account, as operators see it."""

    user = fields.String(required=True)
    handle = fields.String(required=True)
    role = fields.String(required=True)
    server_time = fields.Integer(required=True)


class Done(Strict):
    """It is done."""

    server_time = fields.Integer(required=True)
