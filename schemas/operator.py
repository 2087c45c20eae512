"""What operators ask about the accounts of others, and do with them."""

from marshmallow import fields, validate

from schemas.account import LONGEST_HANDLE, DeviceKey, Handle, NewPassphrase, TotpCode
from schemas.base import Line, Strict
from schemas.erasure import Receipt
from schemas.passkeys import Proof
from schemas.recovery import LONGEST_CODE

ROLES = ("peer", "specialist", "supervisor", "operator")
MOST_USERS = 200  # accounts of one page
_MS = "ms since the epoch"


class FindUsers(Strict):
    """Ask for a page of accounts."""

    handle = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_HANDLE),
        metadata={"description": "The beginning of their handles."},
    )
    role = fields.String(load_default=None, validate=validate.OneOf(ROLES))
    after = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_HANDLE), metadata={"description": "Of the last page."}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_USERS))


class FoundUser(Strict):
    """An account, as operators see it."""

    user = fields.String(required=True)
    handle = fields.String(required=True)
    role = fields.String(required=True)
    created_on = fields.String(required=True, metadata={"description": "A day, YYYY-MM-DD."})
    seen_on = fields.String(required=True, allow_none=True, metadata={"description": "A day; null: no device."})
    devices = fields.Integer(required=True, metadata={"description": "How many are signed in."})
    factors = fields.List(fields.String(), required=True, metadata={"description": "Of `totp` and `passkey`."})
    suspended_until = fields.Integer(
        required=True, allow_none=True, metadata={"description": f"{_MS}; 2**53 - 1 is for ever, null not at all."}
    )


class FoundUsers(Strict):
    """A page of accounts, in the order of handles."""

    users = fields.List(fields.Nested(FoundUser), required=True)
    after = fields.String(
        required=True, allow_none=True, metadata={"description": "Send it for the next page; null: that is all."}
    )
    server_time = fields.Integer(required=True)


class ChangeRole(Proof):
    """Give a user another role. The operator proves who they are."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class Whose(Strict):
    """The account that something was done to."""

    user = fields.String(required=True)
    handle = fields.String(required=True)
    server_time = fields.Integer(required=True)


class Deleted(Receipt):
    """The account that was deleted, and the receipt of the erasure."""

    user = fields.String(required=True)
    handle = fields.String(required=True)


class ResetCode(Whose):
    """A code with which a user can choose another passphrase, once within a day. It is shown only now."""

    code = fields.String(required=True)
    expires_at = fields.Integer(required=True, metadata={"description": _MS})


class SignedOut(Whose):
    """How many devices were signed out."""

    devices = fields.Integer(required=True)


class ResetFactors(SignedOut):
    """The second factors that were removed."""

    totp = fields.Boolean(required=True, metadata={"description": "Whether there was an authenticator app."})
    passkeys = fields.Integer(required=True)


class ChangedRole(SignedOut):
    """The role that a user has now."""

    role = fields.String(required=True)
    before = fields.String(required=True)
    needs_factor = fields.Boolean(
        required=True, metadata={"description": "Nothing can be done in this role before a second factor is set up."}
    )


class ResetPassphrase(Strict):
    """Choose another passphrase with a code that an operator has made. All other devices are signed out."""

    handle = Handle()
    code = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_CODE))
    new_passphrase = NewPassphrase()
    totp = TotpCode(load_default=None, metadata={"description": "Of the authenticator app, if the account has one."})
    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})
    device_key = DeviceKey()


class OnCall(Strict):
    """Somebody who is on call."""

    handle = fields.String(required=True)
    zone = fields.String(required=True)
    weekly = fields.List(fields.List(fields.Integer()), required=True)
    exceptions = fields.Dict(required=True)
    now = fields.Boolean(required=True, metadata={"description": "Whether these hours are now."})


class OnCallList(Strict):
    """Who is on call."""

    people = fields.List(fields.Nested(OnCall), required=True)
    server_time = fields.Integer(required=True)


class OpenSos(Strict):
    """A call for help that is not over. Nothing says who called, or what was said."""

    since = fields.Integer(required=True, metadata={"description": _MS})
    state = fields.String(required=True)
    rung = fields.String(required=True, allow_none=True, metadata={"description": "Who was called last."})
    called = fields.List(fields.Dict(), required=True, metadata={"description": "`{handle, as, state}` of each."})
    taken_by = fields.String(required=True, allow_none=True)
    taken_at = fields.Integer(required=True, allow_none=True)


class OpenCalls(Strict):
    """Calls for help that are not over, the longest open first."""

    sos = fields.List(fields.Nested(OpenSos), required=True)
    more = fields.Boolean(required=True)
    server_time = fields.Integer(required=True)


class SinceDays(Strict):
    """Ask for the people who have done nothing for some days."""

    days = fields.Integer(load_default=14, validate=validate.Range(0, 3650))


class NeverBegan(Strict):
    """Specialists without a practice or a credential."""

    specialists = fields.List(
        fields.Dict(), required=True, metadata={"description": "`{user, handle, created_on, missing}` of each."}
    )
    more = fields.Boolean(required=True)
    server_time = fields.Integer(required=True)


class WhichReports(Strict):
    """Ask for open or closed reports."""

    state = fields.String(load_default="open", validate=validate.OneOf(["open", "closed"]))
