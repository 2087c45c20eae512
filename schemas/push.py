"""Where devices can be notified: the tokens of Apple and Google, and the subscriptions of browsers and UnifiedPush."""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import Strict, Whole

_APPLE = re.compile(r"[0-9a-fA-F]{1,200}")
_GOOGLE = re.compile(r"[!-~]+")  # printable ASCII
WITH_TOKEN, WITH_SUBSCRIPTION = ("apns", "fcm"), ("webpush", "unifiedpush")
_BASE64URL = r"^[A-Za-z0-9_-]{%d,%d}={0,2}$"


class Subscription(Strict):
    """A subscription as a browser, or an app with UnifiedPush, has it from its push service."""

    endpoint = fields.String(
        required=True,
        validate=validate.Length(1, 2048),
        metadata={"description": "An https address. Its host must be one that this server sends to."},
    )
    p256dh = fields.String(
        required=True,
        validate=Whole(_BASE64URL % (86, 88), error="Send the public key as the browser gave it, in base64url."),
        metadata={"description": "The public key of the subscription, base64url: `keys.p256dh` of its `toJSON()`."},
    )
    auth = fields.String(
        required=True,
        validate=Whole(_BASE64URL % (22, 24), error="Send the secret as the browser gave it, in base64url."),
        metadata={"description": "Its secret, base64url: `keys.auth` of its `toJSON()`."},
    )


def _wrong(platform: str, token: str) -> str | None:
    """Return what is wrong with a token, or None. Tokens become part of URLs and requests, so their form is checked."""
    if platform == "apns" and _APPLE.fullmatch(token) is None:
        return "Send the token of Apple in hexadecimal, 200 digits at most."
    if platform == "fcm" and _GOOGLE.fullmatch(token) is None:
        return "Send the token as Google gave it: printable ASCII without spaces."
    return None


class PushToken(Strict):
    """Say where this device can be notified; null: nowhere any longer. Send it again at each start of the app."""

    platform = fields.String(
        load_default="fcm",
        validate=validate.OneOf([*WITH_TOKEN, *WITH_SUBSCRIPTION]),
        metadata={"description": "`apns` and `fcm` come with a `token`, `webpush` and `unifiedpush` a `subscription`."},
    )
    token = fields.String(
        allow_none=True,
        validate=validate.Length(1, 4096),
        metadata={"description": "As Apple or Google gave it to the app."},
    )
    subscription = fields.Nested(Subscription, allow_none=True)

    @validates_schema
    def _is_one(self, data: dict[str, Any], **_: Any) -> None:
        if ("token" in data) == ("subscription" in data):
            raise ValidationError("Send either a token or a subscription.", "token")
        name = "token" if data["platform"] in WITH_TOKEN else "subscription"
        wrong = None if data.get("token") is None else _wrong(data["platform"], data["token"])
        if wrong:
            raise ValidationError(wrong, "token")
        given = "token" if "token" in data else "subscription"
        if data[given] is not None and given != name:
            raise ValidationError(f"A device of the platform {data['platform']} has a {name}.", given)


class PushKey(Strict):
    """What an app needs to know before it asks for notifications."""

    key = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The public key of this server for subscriptions (`applicationServerKey`), base64url; null: "
            "none is needed. If it is not the key of a subscription, subscribe anew."
        },
    )
    platforms = fields.List(
        fields.String(), required=True, metadata={"description": "Platforms whose devices this server can ring."}
    )
    server_time = fields.Integer(required=True)


class PushTest(Strict):
    """What became of a test notification."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf(["sent", "gone", "failed", "no_token"]),
        metadata={
            "description": "`sent`: the push service took it. `gone`: it does not know this device any more; register "
            "again. `failed`: it could not be reached, or refuses this server, "
            "or is not configured any more. `no_token`: this device is not "
            "registered."
        },
    )
    server_time = fields.Integer(required=True)
