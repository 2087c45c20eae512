"""An id_token is believed only if the employer's provider has just issued it, for this app and for this sign-in."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.accounts.oidc_tokens import OLDEST
from sync.clock import MINUTE
from tests.accounts.conftest import SAM, Office
from tests.accounts.employer import Employer

pytestmark = pytest.mark.in_memory

NONCE = "a nonce of the app"


def part(value: Any) -> str:
    """Return one part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(token: str, number: int) -> dict[str, Any]:
    """Return the header (0) or the claims (1) of a token."""
    return json.loads(urlsafe_b64decode(token.split(".")[number] + "=="))


def error(answer):
    """Return (status, code, field) of a refusal."""
    body = answer.get_json()["error"]
    return answer.status_code, body["code"], body["details"].get("field")


NO = (401, "unauthenticated", "id_token")


def test_an_id_token_is_good_once(office, employer):
    proof = employer.proof("sam", NONCE)
    assert office.log_in(proof).status_code == 200
    assert error(office.log_in(proof)) == (401, "unauthenticated", "nonce")
    assert error(office.log_in(employer.proof("sam", NONCE))) == (401, "unauthenticated", "nonce"), "nor is its nonce"


def test_an_id_token_is_good_only_with_the_nonce_of_the_app(office, employer):
    proof = employer.proof("sam")
    assert error(office.log_in(proof | {"nonce": NONCE})) == (401, "unauthenticated", "nonce")
    assert office.log_in(proof).status_code == 200, "a try with another nonce has not used it up"


def test_an_id_token_for_another_app_of_the_employer_is_refused(office, employer):
    answer = office.log_in(employer.proof("sam", client="another-app"))
    assert error(answer) == NO
    assert "udience" in answer.get_json()["error"]["message"]


def test_an_id_token_of_another_provider_is_refused(office):
    other = Employer()
    try:
        other.employs(sam=SAM)
        assert error(office.log_in(other.proof("sam"))) == NO
    finally:
        other.end()


@pytest.mark.parametrize(
    ("wait", "status"), [(OLDEST - MINUTE, 200), (OLDEST + 1000, 401), (120 * MINUTE, 401), (-2 * MINUTE, 401)]
)
def test_an_id_token_is_good_for_some_minutes(office, employer, wait, status):
    proof = employer.proof("sam")
    office.world.time = read(proof["id_token"], 1)["iat"] * 1000 + wait
    assert office.send("POST", "login/oidc", proof).status_code == status


Change = Callable[[Office, dict[str, Any]], dict[str, Any]]
now = time.time
CHANGES: dict[str, tuple[Change, int]] = {
    "as the provider makes it": (lambda *_: {}, 200),
    "for several apps, given to this one": (lambda *_: {"aud": ["beside", "another-app"], "azp": "beside"}, 200),
    "for several apps, given to nobody": (lambda *_: {"aud": ["beside", "another-app"]}, 401),
    "for several apps, given to another": (lambda *_: {"aud": ["beside", "another-app"], "azp": "another-app"}, 401),
    "given to another app": (lambda *_: {"azp": "another-app"}, 401),
    "for nobody": (lambda *_: {"aud": None}, 401),
    "of another issuer": (lambda *_: {"iss": "https://eve.example"}, 401),
    "of almost this issuer": (lambda office, _: {"iss": f"{office.employer.issuer}/"}, 401),
    "without a nonce": (lambda *_: {"nonce": None}, 401),
    "without a subject": (lambda *_: {"sub": None}, 401),
    "without a time of issue": (lambda *_: {"iat": None}, 401),
    "that never expires": (lambda *_: {"exp": None}, 401),
    "that has expired": (lambda *_: {"exp": int(now()) - 120}, 401),
    "that expires at no number": (lambda *_: {"exp": "tomorrow"}, 401),
    "that expires at infinity": (lambda *_: {"exp": 1e400}, 401),
    "that is not valid yet": (lambda *_: {"nbf": int(now()) + 600}, 401),
    "with a number as subject": (lambda *_: {"sub": 7}, 401),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_claims_of_a_token_that_the_provider_has_signed_are_looked_at(office, employer, name):
    change, status = CHANGES[name]
    claims = read(employer.proof("sam", NONCE)["id_token"], 1)
    changed = {key: value for key, value in (claims | change(office, claims)).items() if value is not None}
    proof = {"provider": "acme", "id_token": employer.signed(**changed), "nonce": NONCE}
    assert office.log_in(proof).status_code == status


def unsigned(_: Employer, claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims)}."


def signed_with_the_public_key_as_a_secret(employer: Employer, claims: dict[str, Any]) -> str:
    [jwk] = httpx.get(f"{employer.issuer}/jwks").json()["keys"]
    public = jwt.PyJWK(jwk).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{part({'alg': 'HS256', 'kid': jwk['kid']})}.{part(claims)}"
    return f"{body}.{part(hmac.digest(public, body.encode(), 'sha256'))}"


def signed_by_somebody_else(_: Employer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa.generate_private_key(65537, 2048), "RS256", {"kid": "first"})


def signed_by_an_algorithm_that_is_not_listed(_: Employer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "first"})


def signed_with_a_key_that_it_brings(employer: Employer, claims: dict[str, Any]) -> str:
    key = rsa.generate_private_key(65537, 2048)
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return jwt.encode(claims, key, "RS256", {"kid": "first", "jwk": jwk, "jku": f"{employer.issuer}/eve"})


def changed_after_it_was_signed(employer: Employer, claims: dict[str, Any]) -> str:
    header, _, signature = employer.signed(**claims).split(".")
    return f"{header}.{part(claims | {'groups': ['beside-operators']})}.{signature}"


def that_names_no_key(_: Employer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, rsa.generate_private_key(65537, 2048), "RS256")


def that_is_nested_without_end(*_: Any) -> str:
    return f"{part(b'[' * 9000)}.e30.e30"


def that_is_no_token(*_: Any) -> str:
    return "not a token \u2603"


FORGED = (
    unsigned,
    signed_with_the_public_key_as_a_secret,
    signed_by_somebody_else,
    signed_by_an_algorithm_that_is_not_listed,
    signed_with_a_key_that_it_brings,
    changed_after_it_was_signed,
    that_names_no_key,
    that_is_nested_without_end,
    that_is_no_token,
)


@pytest.mark.parametrize("forged", FORGED)
def test_a_token_that_the_provider_has_not_signed_is_refused(office, employer, forged):
    claims = read(employer.proof("sam", NONCE)["id_token"], 1)
    assert error(office.log_in({"provider": "acme", "id_token": forged(employer, claims), "nonce": NONCE})) == NO
    assert office.world.mongo.users.count_documents({}) == 0
    good = {"provider": "acme", "id_token": employer.signed(**claims), "nonce": NONCE}
    assert office.log_in(good).status_code == 200, "the same claims, signed by the provider, are good"
