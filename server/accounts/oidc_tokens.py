"""Verifying id_tokens: the claims of an OpenID Connect provider about a person who has just signed in there."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

import jwt

from schemas.errors import NotFound, Unauthenticated
from server.accounts.oidc_keys import ProviderKeys
from server.accounts.oidc_settings import Provider
from server.commands.context import Clock
from sync.clock import MINUTE
from sync.record import Wire

LONGEST_REASON = 200  # characters
OLDEST = 10 * MINUTE  # ms for which an id_token is taken after it was issued: apps send it right after the sign-in
SKEW = MINUTE  # ms by which the clocks of the provider and of this server may differ
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nonce")
OPTIONS: Any = {"require": CLAIMS, "enforce_minimum_key_length": True}
OWN_CLOCK: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}  # the times are checked below


class Identity(NamedTuple):
    """A person, as a provider has just identified them. No name and no address of the id_token is stored."""

    person: str  # a digest of issuer and subject: the same each time
    use: str  # a digest of issuer, client and nonce: different each time
    until: int  # ms since the epoch: when the id_token is too old to be used
    role: str | None  # the role that the claims give now


class IdTokens:
    """Verifies the id_tokens of all providers."""

    def __init__(self, providers: Sequence[Provider], now: Clock) -> None:
        self._providers = {one.name: (one, ProviderKeys(one.issuer)) for one in providers}
        self._now = now

    def verified(self, proof: Wire) -> Identity:
        """Return the person whom a proof {provider, id_token, nonce} identifies.

        Raises NotFound for an unknown provider, Unauthenticated for an id_token that is not valid, not for this app
        or not new, and TryLater while the keys of the provider cannot be fetched.
        """
        if proof["provider"] not in self._providers:
            raise NotFound("There is no such provider; see GET /api/v1/login/providers.", field="provider")
        provider, keys = self._providers[proof["provider"]]
        claims = _claims(provider, keys, proof["id_token"])
        if not hmac.compare_digest(str(claims["nonce"]).encode(), proof["nonce"].encode()):
            raise Unauthenticated("This id_token was issued for another nonce.", field="nonce")
        person, use = (provider.issuer, claims["sub"]), (provider.issuer, provider.client_id, proof["nonce"])
        return Identity(_digest(*person), _digest(*use), self._usable_until(claims), provider.role(claims))

    def _usable_until(self, claims: Mapping[str, Any]) -> int:
        """Return when an id_token becomes too old, in ms since the epoch; raises Unauthenticated if it is now."""
        now, issued, expires = self._now(), _ms(claims["iat"]), _ms(claims["exp"])
        if max(issued, _ms(claims.get("nbf", 0))) > now + SKEW:
            raise Unauthenticated("This id_token is not valid yet: a clock is wrong.", field="id_token")
        until = min(expires + SKEW, issued + OLDEST)
        if until <= now:
            raise Unauthenticated("This id_token is too old; sign in at the provider again.", field="id_token")
        return until


def _claims(provider: Provider, keys: ProviderKeys, token: str) -> Mapping[str, Any]:
    """Return the claims of an id_token that the provider has signed for this app; raises Unauthenticated or TryLater.

    The key decides the algorithm. Only algorithms that the operator has listed are accepted; none is symmetric.
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in provider.algorithms:
            raise jwt.InvalidAlgorithmError(f"Its algorithm is not one of {', '.join(provider.algorithms)}.")
        if "kid" not in header:
            raise jwt.InvalidTokenError("Its header does not name a key ('kid').")
        key = keys.key(header["kid"])
        claims: Mapping[str, Any] = jwt.decode(
            token, key, provider.algorithms, OPTIONS | OWN_CLOCK, audience=provider.client_id, issuer=provider.issuer
        )
        _require_authorized_party(provider, claims)
    except jwt.PyJWTError as error:
        why = str(error).encode("ascii", "replace").decode()[:LONGEST_REASON]  # it may quote the header
        raise Unauthenticated(f"This id_token is not valid. {why}", field="id_token") from error
    return claims


def _require_authorized_party(provider: Provider, claims: Mapping[str, Any]) -> None:
    """Raise InvalidAudienceError if the id_token is for several apps, and was given to another one."""
    is_shared = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if is_shared else provider.client_id) != provider.client_id:
        raise jwt.InvalidAudienceError("It was given to another app ('azp').")


def _ms(seconds: Any) -> int:
    """Return a time of a claim in ms; raises Unauthenticated if it is no number."""
    if not isinstance(seconds, int | float) or not isfinite(seconds):
        raise Unauthenticated("This id_token has a time that is no number.", field="id_token")
    return int(seconds * 1000)


def _digest(*parts: str) -> str:
    """Return SHA-256 of an issuer and other texts. No issuer contains '|', so no two people have the same digest."""
    return sha256("|".join(parts).encode()).hexdigest()
