"""The access tokens, refresh tokens and cursors that phones are given: made here, opaque to clients."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import jwt
from itsdangerous import BadSignature, URLSafeSerializer

from schemas.errors import BadRequest, Unauthenticated
from server.commands.context import STAFF, Caller
from sync.clock import MINUTE

ALGORITHM = "HS256"
AUDIENCE = "beside"
ACCESS = 10 * MINUTE  # ms that an access token is valid, unless a setting says otherwise
STAFF_ACCESS = 5 * MINUTE  # ms at most for staff, who may see and do more
DEVICE_KEY = "device key"  # scope of the signatures of device keys


class Tokens:
    """Signs and verifies tokens and cursors. The first key signs; all are accepted, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str], lifetime: int = ACCESS) -> None:
        """Take the keys, and for how many ms an access token is valid."""
        self._lifetime = lifetime
        self._keys = {sha256(key.encode()).hexdigest()[:8]: key for key in keys}
        self._kid, self._key = next(iter(self._keys.items()))
        self._cursors = URLSafeSerializer(list(reversed(keys)))

    def access(self, caller: Caller, now: int) -> tuple[str, int]:
        """Return an access token for a caller, and when it expires (ms)."""
        expires = now + (min(STAFF_ACCESS, self._lifetime) if caller.role in STAFF else self._lifetime)
        claims = {
            "sub": caller.user,
            "dev": caller.device,
            "role": caller.role,
            "aud": AUDIENCE,
            "typ": "access",
            "exp": expires // 1000,
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid}), expires // 1000 * 1000

    def caller(self, access: object, now: int) -> Caller:
        """Return the caller of an access token; raises Unauthenticated, which says why in ``reason``."""
        if not access:
            raise Unauthenticated("Send an access token: sign in to get one.", field="token", reason="missing")
        try:
            key = self._keys[jwt.get_unverified_header(access)["kid"]]  # type: ignore[arg-type]  # anything may come; PyJWT says no
            options = {"require": ["exp", "sub", "dev", "role", "typ"], "verify_exp": False}
            claims = jwt.decode(access, key, [ALGORITHM], options, audience=AUDIENCE)  # type: ignore[arg-type]
            caller = Caller(claims["sub"], claims["dev"], claims["role"], int(claims["exp"]) * 1000)
            _require_access(claims)
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            message = "This is no access token of this server; send the one of your last sign-in or refresh."
            raise Unauthenticated(message, field="token", reason="malformed") from error
        if caller.expires_at <= now:
            raise Unauthenticated("The access token has expired; refresh it.", field="token", reason="expired")
        return caller

    def following(self, refresh: str) -> str:
        """Return the refresh token that replaces another: always the same one, so that a retry gets it again."""
        return hmac.new(self._key.encode(), b"refresh" + refresh.encode(), "sha256").hexdigest()

    def device_key(self, user: str) -> str:
        """Return a key by which a phone of a user is known when it signs in again. It gives no access."""
        signed: str = self._cursors.dumps([user, secrets.token_hex(8)], salt=DEVICE_KEY)
        return signed

    def known_device(self, device_key: str | None) -> tuple[str, str] | None:
        """Return (user, id) of a device key, or None if this server has not signed it.

        The id is inside the signature, so every way to encode one key gives the same id.
        """
        try:
            user, name = self._cursors.loads(device_key or "", salt=DEVICE_KEY)
        except BadSignature:
            return None
        return str(user), str(name)

    def cursor(self, user: str, vector: Mapping[str, Any], scope: str = "cursor") -> str:
        """Return a vector as a signed cursor, the opaque string that a user's phone keeps. It is valid in one scope."""
        signed: str = self._cursors.dumps([user, vector], salt=scope)
        return signed

    def vector(self, user: str, cursor: str | None, scope: str = "cursor") -> dict[str, Any]:
        """Return the vector in a cursor, or {} for None, the beginning; raises BadRequest for another user's cursor."""
        if cursor is None:
            return {}
        try:
            owner, vector = self._cursors.loads(cursor, salt=scope)
        except BadSignature as error:
            raise BadRequest("This cursor is not one of ours; start again without one.", field="cursor") from error
        if owner != user:
            raise BadRequest("This cursor belongs to another account.", field="cursor")
        return dict(vector)


def _require_access(claims: Mapping[str, Any]) -> None:
    """Raise InvalidTokenError unless these are the claims of an access token."""
    if claims["typ"] != "access":
        raise jwt.InvalidTokenError(claims["typ"])


def new_refresh() -> str:
    """Return a first refresh token: 256 random bits."""
    return secrets.token_hex(32)


def hashed(refresh: str) -> str:
    """Return a refresh token as it is stored."""
    return sha256(refresh.encode()).hexdigest()
