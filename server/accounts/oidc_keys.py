"""The public keys of one OpenID Connect provider: found by discovery, and kept for some minutes."""

import time
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener

import gevent
import jwt
import orjson
import structlog
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError
from marshmallow import ValidationError

from schemas.errors import TryLater, Unauthenticated
from schemas.oidc import require_secure

log = structlog.get_logger()

DISCOVERY = "/.well-known/openid-configuration"
FETCH_WITHIN = 5.0  # seconds in which the provider must have answered both requests
LARGEST = 256 * 1024  # bytes of an answer of the provider
KEPT = 300.0  # seconds for which keys are used before they are fetched again
COOLDOWN = 30.0  # seconds after a fetch during which an unknown key id causes no new fetch
PAUSE = 10.0  # seconds after a failed fetch during which no new fetch is tried


class _NoRedirects(HTTPRedirectHandler):
    """Refuses redirects: the answer must come from the address that was checked."""

    def redirect_request(self, *_: Any) -> None:
        """Return None, which makes a redirect an error."""


_opener = build_opener(_NoRedirects)


class ProviderKeys(jwt.PyJWKClient):
    """Finds the key of an id_token. A flood of made-up key ids causes one fetch in COOLDOWN.

    One greenlet at a time looks for a key; if it has to fetch the keys, the others wait for the result.
    """

    def __init__(self, issuer: str) -> None:
        """Take the issuer, a URL. Nothing is fetched before the first key is needed."""
        super().__init__(issuer.rstrip("/") + DISCOVERY, lifespan=KEPT, cooldown_duration=COOLDOWN)
        self._issuer = issuer
        self._fetched_at = self._failed_at = float("-inf")  # by the monotonic clock

    def key(self, kid: str) -> jwt.PyJWK:
        """Return the key with an id.

        Raises Unauthenticated if the provider has no such key, and TryLater if the provider does not answer or was
        asked a moment ago.
        """
        before = self._fetched_at
        try:
            return self.get_signing_key(kid)
        except PyJWKClientConnectionError as error:
            wait = self._failed_at + PAUSE - time.monotonic()
            raise TryLater("The sign-in provider does not answer.", retry_after=max(1, round(wait))) from error
        except PyJWKClientError as error:
            if self._fetched_at == before:
                wait = before + COOLDOWN - time.monotonic()
                message = "The key of this id_token is not known yet."
                raise TryLater(message, field="id_token", retry_after=max(1, round(wait))) from error
            raise Unauthenticated("The provider has no key with the id of this id_token.", field="id_token") from error

    def fetch_data(self) -> jwt.PyJWKSet:
        """Fetch the keys, for PyJWKClient; raises PyJWKClientConnectionError, at once for PAUSE after a failure.

        Unlike the function that it overrides, it finds the keys by discovery, and bounds time and answer size.
        """
        if time.monotonic() < self._failed_at + PAUSE:
            raise PyJWKClientConnectionError("The keys could not be fetched a moment ago.")
        try:
            with gevent.Timeout(FETCH_WITHIN, TimeoutError):
                keys = jwt.PyJWKSet.from_dict(self._jwks())
        except (OSError, HTTPException, ValueError, ValidationError, jwt.PyJWTError) as error:
            self._failed_at = time.monotonic()
            log.warning("the keys of a sign-in provider cannot be fetched", issuer=self._issuer, error=str(error))
            raise PyJWKClientConnectionError("The keys cannot be fetched.") from error
        self._fetched_at = self._last_successful_fetch = time.monotonic()  # PyJWKClient reads the latter
        return keys

    def _jwks(self) -> dict[str, Any]:
        found = _fetched(self.uri)
        if found.get("issuer") != self._issuer:
            raise ValueError(f"The provider calls itself {found.get('issuer')!r}; configure this as its issuer.")
        return _fetched(str(found.get("jwks_uri")))


def _fetched(url: str) -> dict[str, Any]:
    """Return the JSON object at a URL; raises ValidationError, OSError, HTTPException or ValueError."""
    require_secure(url)
    with _opener.open(url, timeout=FETCH_WITHIN) as answer:
        body = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError(f"The answer has more than {LARGEST} bytes.")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("The answer is no JSON object.")  # noqa: TRY004 — what came from outside is wrong
    return found
