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
ACCESS = 10 * MINUTE  # ms that an access token is valid
STAFF_ACCESS = 5 * MINUTE  # the same for staff, who may see and do more


class Tokens:
    """Signs and reads tokens and cursors. The first key signs; every key is accepted, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {sha256(key.encode()).hexdigest()[:8]: key for key in keys}
        self._kid, self._key = next(iter(self._keys.items()))
        self._cursors = URLSafeSerializer(list(reversed(keys)))

    def access(self, caller: Caller, now: int) -> tuple[str, int]:
        """Return an access token for a caller, and when it expires (ms)."""
        expires = now + (STAFF_ACCESS if caller.role in STAFF else ACCESS)
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
        """Return the caller of an access token; raises Unauthenticated if it is invalid or has expired."""
        try:
            key = self._keys[jwt.get_unverified_header(access)["kid"]]  # type: ignore[arg-type]  # anything may come; PyJWT says no
            options = {"require": ["exp", "sub", "dev", "role", "typ"], "verify_exp": False}
            claims = jwt.decode(access, key, [ALGORITHM], options, audience=AUDIENCE)  # type: ignore[arg-type]
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("Send a valid access token.", field="token") from error
        caller = Caller(claims["sub"], claims["dev"], claims["role"], int(claims["exp"]) * 1000)
        if claims["typ"] != "access" or caller.expires_at <= now:
            raise Unauthenticated("The access token has expired; refresh it.", field="token")
        return caller

    def following(self, refresh: str) -> str:
        """Return the refresh token that replaces another: always the same one, so that a retry gets it again."""
        return hmac.new(self._key.encode(), b"refresh" + refresh.encode(), "sha256").hexdigest()

    def cursor(self, user: str, vector: Mapping[str, Any], scope: str = "cursor") -> str:
        """Return a vector as a signed cursor, the opaque string that a user's phone keeps. It is valid in one scope."""
        signed: str = self._cursors.dumps([user, vector], salt=scope)
        return signed

    def vector(self, user: str, cursor: str | None, scope: str = "cursor") -> dict[str, Any]:
        """Return the vector in a cursor, {} for None: the beginning. Raises BadRequest if it is not the user's."""
        if cursor is None:
            return {}
        try:
            owner, vector = self._cursors.loads(cursor, salt=scope)
        except BadSignature as error:
            raise BadRequest("This cursor is not one of ours; start again without one.", field="cursor") from error
        if owner != user:
            raise BadRequest("This cursor belongs to another account.", field="cursor")
        return dict(vector)


def new_refresh() -> str:
    """Return a first refresh token: 256 random bits."""
    return secrets.token_hex(32)


def hashed(refresh: str) -> str:
    """Return a refresh token as it is stored."""
    return sha256(refresh.encode()).hexdigest()
