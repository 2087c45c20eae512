"""Accounts and phones: pseudonymous, by handle and passphrase."""

from collections.abc import Callable
from typing import Any
from unicodedata import category

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import Line, Strict, Whole
from schemas.erasure import ERASED, SAID
from schemas.text import clusters, folded, opaque
from schemas.typed import Typed

LONGEST_HANDLE, LONGEST_PASSPHRASE = 40, 200  # characters
OF_EMPLOYEES = "staff-"  # prefix of the handles of people who sign in through an employer
LONGEST_SENT = 1000  # characters of a passphrase as it is sent: before it is in NFC, it may have more characters
LONGEST_ID_TOKEN = 16_000  # characters: one with some hundred groups
LONGEST_CODE = 20  # characters of a code with all its spaces


def _readable(handle: str) -> None:
    """Raise ValidationError unless a handle is made of letters, marks and digits of any script, '.', '_' and '-'."""
    if not all(character in "._-" or category(character)[0] in "LMN" for character in handle):
        raise ValidationError("Use letters or digits of any script, '.', '_' or '-'.")


def _distinct(handle: str) -> None:
    """Raise ValidationError unless the folded form of a handle is a valid handle, too, and not one of employees."""
    if len(handle) > LONGEST_HANDLE:
        return  # another rule reports the length, and folding takes time
    form = folded(handle)
    _readable(form)
    validate.Length(2, LONGEST_HANDLE, error="Use 2 to 40 characters that can be seen.")(form)
    if form.startswith(OF_EMPLOYEES):
        raise ValidationError(f"Handles that begin with '{OF_EMPLOYEES}' are those of employees; choose another.")


def _varied(passphrase: str) -> None:
    """Raise ValidationError for a passphrase with a control character, or of one character only."""
    if len(passphrase) > LONGEST_PASSPHRASE:
        return  # another rule reports the length, and looking at a long text takes time
    if any(category(character) == "Cc" for character in passphrase):
        raise ValidationError("Use no line ends and no other control characters.")
    if len({folded(cluster) for cluster in clusters(passphrase)} - {""}) <= 1:
        raise ValidationError("This is one character again and again; use several words.")


class Handle(Typed):
    """The handle of an account: 2 to 40 letters or digits of any script, '.', '_' or '-'.

    Case, width, spaces around it and characters that cannot be seen do not matter.
    """

    def __init__(self, *rules: Callable[[str], None], required: bool = True, **kwargs: Any) -> None:
        """Take further rules, and the arguments of every field."""
        described = {"pattern": r"^[\p{L}\p{M}\p{N}._-]+$", **kwargs.pop("metadata", {})}
        checks: list[Any] = [validate.Length(2, LONGEST_HANDLE), _readable, *rules]
        super().__init__(required=required, validate=checks, metadata=described, **kwargs)


class NewHandle(Handle):
    """The handle of a new account: it has 2 characters or more that can be seen."""

    def __init__(self) -> None:
        """Declare the limits."""
        super().__init__(_distinct)


class Passphrase(fields.String):
    """The passphrase of an existing account, which may have been chosen under other rules."""

    def __init__(self, **kwargs: Any) -> None:
        """Declare the limits; the field is never sent back. It is required if the arguments do not say otherwise."""
        super().__init__(load_only=True, validate=validate.Length(1, LONGEST_SENT), **{"required": True, **kwargs})


class NewPassphrase(Typed):
    """A new passphrase: 10 to 200 characters, counted in NFC, and not one character again and again.

    `server/accounts/passphrase_rules.py` also refuses the handle and the most common passphrases.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Declare the limits; the field is never sent back. It is required if the arguments do not say otherwise."""
        error = "Use 10 to 200 characters; several words are best."
        rules: list[Any] = [validate.Length(10, LONGEST_PASSPHRASE, error=error), _varied]
        super().__init__(load_only=True, validate=rules, **{"required": True, **kwargs})

    def meant(self, text: str) -> str:
        """Return a passphrase in the form that is hashed."""
        return opaque(text)


class TotpCode(Typed):
    """A code of an authenticator app: six digits. Spaces, as apps show them, do not matter."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Send the six digits that the authenticator app shows."
        super().__init__(load_only=True, validate=Whole(r"^[0-9]{6}$", error=error), **kwargs)

    def meant(self, text: str) -> str:
        """Return the digits without spaces."""
        return "".join(text[:LONGEST_CODE].split())


_DEVICE = {"description": "What to call this phone in the list of devices."}


class DeviceKey(fields.String):
    """The device key that a phone got when it signed in, and sends when it signs in again."""

    def __init__(self) -> None:
        """Declare the limits; the field is never sent back."""
        said = "`device_key` of an earlier sign-in on this phone: tries of others then do not hold it up."
        super().__init__(
            load_default=None,
            allow_none=True,
            load_only=True,
            validate=validate.Length(max=400),
            metadata={"description": said},
        )


class Register(Strict):
    """Make an account and sign this phone in. No e-mail, no name."""

    handle = NewHandle()
    passphrase = NewPassphrase()
    device = Line(load_default="phone", metadata=_DEVICE)


class LogIn(Strict):
    """Sign a phone in, with the code of the authenticator app if the account has one."""

    handle = Handle()
    passphrase = Passphrase()
    device = Line(load_default="phone", metadata=_DEVICE)

    device_key = DeviceKey()
    totp = TotpCode(load_default=None)


class NewUser(Strict):
    """An account for somebody else."""

    handle = NewHandle()
    passphrase = NewPassphrase()
    role = fields.String(required=True, validate=validate.OneOf(["peer", "specialist", "supervisor", "operator"]))


class Refresh(Strict):
    """Trade a refresh token for a new pair of tokens. Each refresh token can be used once."""

    refresh_token = fields.String(required=True, load_only=True, validate=validate.Length(max=200))


class ChangePassphrase(Strict):
    """Choose another passphrase. All other devices are signed out."""

    passphrase = Passphrase()
    code = TotpCode(load_default=None, metadata={"description": "Of the authenticator app, if the account has one."})
    new_passphrase = NewPassphrase()


class OidcProof(Strict):
    """An id_token, by which an OpenID Connect provider has just identified a person. It can be used once."""

    provider = fields.String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "Its name in `GET /api/v1/login/providers`."},
    )
    id_token = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_ID_TOKEN))
    nonce = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(16, 200, error="Use 16 to 200 random characters, new ones for each sign-in."),
        metadata={"description": "What the app sent as `nonce` when it asked the provider."},
    )


class Confirm(Strict):
    """Prove that it is me who is asking, before something that cannot be undone: by a passphrase, or by `oidc`."""

    passphrase = Passphrase(required=False)
    code = TotpCode(metadata={"description": "Of the authenticator app, if the account has one."})
    oidc = fields.Nested(OidcProof, metadata={"description": "For an account that signs in through an employer."})

    @validates_schema
    def _is_one_proof(self, data: Any, **_: Any) -> None:
        if ("passphrase" in data) == ("oidc" in data):
            raise ValidationError(
                "Send your passphrase or, if you sign in through your employer, 'oidc'.", "passphrase"
            )


class DeleteAccount(Confirm):
    """Delete my account, and say what becomes of my words in shared spaces."""

    said = fields.String(
        load_default=ERASED,
        validate=validate.OneOf(SAID),
        metadata={
            "description": "`erased`: it is gone from the phones of the others as well, once they are online. "
            "`unnamed`: they keep it, without my name. Reports keep their own copy."
        },
    )


class Tokens(Strict):
    """A signed-in phone."""

    user = fields.String(required=True)
    device = fields.String(required=True)
    role = fields.String(required=True)
    access_token = fields.String(required=True, metadata={"description": "Send as `Authorization: Bearer …`."})
    refresh_token = fields.String(required=True, metadata={"description": "For one use, when the other expires."})
    expires_at = fields.Integer(required=True, metadata={"description": "Of the access token, ms since the epoch."})
    device_key = fields.String(
        metadata={
            "description": "When it has signed in: keep it, also after signing out, for the next sign-in on this phone."
        }
    )
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
    """The request has succeeded."""

    server_time = fields.Integer(required=True)
