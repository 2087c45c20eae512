"""Signing in through an employer (OpenID Connect): what operators configure, and what apps send and get."""

from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.account import OidcProof, Tokens
from schemas.base import Few, Line, Strict, Whole

ROLES = ("specialist", "supervisor", "operator")  # peers are anonymous, and never sign in through an employer
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LONGEST_URL, LONGEST_VALUE = 300, 200  # characters
MOST_PROVIDERS, MOST_RULES = 32, 100


def require_secure(url: str) -> None:
    """Raise ValidationError unless a URL is https, or http on this same machine."""
    try:
        found = urlsplit(url)
        is_secure = found.scheme == "https" or (found.scheme == "http" and found.hostname in LOOPBACK)
    except ValueError:
        is_secure = False
    if not is_secure or not found.hostname or "@" in found.netloc:
        raise ValidationError("Write an https:// address.")


def _require_issuer(url: str) -> None:
    """Raise ValidationError unless a URL may be an issuer: secure, without query and fragment (OpenID Connect Core)."""
    require_secure(url)
    if not url.isascii() or any(character in url for character in "?#| "):
        raise ValidationError("Write the issuer exactly as the provider does: no query, no fragment.")


class Rule(Strict):
    """A rule that gives a role to everybody with one value of a claim, or with an address in one domain."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    claim = fields.String(validate=validate.Length(1, LONGEST_VALUE))
    value = fields.String(validate=validate.Length(1, LONGEST_VALUE))
    domain = fields.String(
        validate=Whole(r"^[A-Za-z0-9.-]{3,253}$", error="Write a domain, such as example.org, without '@'.")
    )

    @validates_schema
    def _is_one_kind(self, data: Any, **_: Any) -> None:
        if set(data) - {"role"} not in ({"claim", "value"}, {"domain"}):
            raise ValidationError("Write either 'claim' and 'value', or 'domain'.")


class Provider(Strict):
    """One OpenID Connect provider, as an operator configures it. Apps are public clients, so there is no secret."""

    name = fields.String(
        required=True, validate=Whole(r"^[a-z0-9-]{1,40}$", error="Use 1 to 40 of the characters a-z, 0-9 and '-'.")
    )
    issuer = fields.String(required=True, validate=[validate.Length(max=LONGEST_URL), _require_issuer])
    client_id = fields.String(required=True, validate=validate.Length(1, LONGEST_VALUE))
    algorithms = fields.List(
        fields.String(validate=validate.OneOf(ALGORITHMS)),
        load_default=lambda: ["RS256"],
        validate=validate.Length(1, len(ALGORITHMS)),
    )
    rules = fields.List(fields.Nested(Rule), required=True, validate=validate.Length(1, MOST_RULES))


class Providers(Strict):
    """All providers, as an operator configures them."""

    providers = Few(fields.Nested(Provider), MOST_PROVIDERS, required=True)

    @validates_schema
    def _names_differ(self, data: Any, **_: Any) -> None:
        names = [provider["name"] for provider in data["providers"]]
        if len(set(names)) < len(names):
            raise ValidationError("Two providers have the same name.", "providers")


class OidcLogIn(OidcProof):
    """Sign a phone in with an id_token of an employer's provider. The first time, this makes the account."""

    device = Line(load_default="phone", metadata={"description": "What to call this phone in the list of devices."})


class OidcTokens(Tokens):
    """A signed-in phone of an employee."""

    handle = fields.String(
        required=True,
        metadata={"description": "Made by the server. Tell it to the operator, who certifies specialists by handle."},
    )


class OfferedProvider(Strict):
    """A provider through which people can sign in: what an app needs to begin with it."""

    name = fields.String(required=True, metadata={"description": "Send it as `provider` with the id_token."})
    issuer = fields.String(
        required=True, metadata={"description": "Its endpoints are in `/.well-known/openid-configuration` below this."}
    )
    client_id = fields.String(required=True)


class OfferedProviders(Strict):
    """The providers through which people can sign in; none if this server has none."""

    providers = fields.List(fields.Nested(OfferedProvider), required=True)
    server_time = fields.Integer(required=True)
