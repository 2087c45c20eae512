"""The OpenID Connect providers that an operator has configured, and the role that a provider's claims give."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from schemas.errors import BadRequest
from schemas.oidc import Providers
from server.validation import loaded

GOOGLE = "https://accounts.google.com"
FORM = "Write a JSON list, [{name, issuer, client_id, rules}], or the path of a file that holds one."


@dataclass(frozen=True, slots=True)
class Rule:
    """Gives a role to people whose ``claim`` is or contains ``value``; without a claim, ``value`` is their domain."""

    role: str
    value: str
    claim: str | None = None

    def matches(self, issuer: str, claims: Mapping[str, Any]) -> bool:
        """Tell whether the claims of a verified id_token satisfy this rule."""
        if self.claim is None:
            return _domain(issuer, claims) == self.value.casefold()
        found = claims.get(self.claim)
        return self.value in (found if isinstance(found, list) else [found])


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. ``algorithms`` are those of its signatures; the first of ``rules`` that matches gives the role."""

    name: str
    issuer: str
    client_id: str
    algorithms: tuple[str, ...]
    rules: tuple[Rule, ...]

    def role(self, claims: Mapping[str, Any]) -> str | None:
        """Return the role that the claims of a verified id_token give now, or None."""
        return next((rule.role for rule in self.rules if rule.matches(self.issuer, claims)), None)


def read(setting: str) -> tuple[Provider, ...]:
    """Return the providers in a setting: a JSON list, or the path of a file with one. An empty setting has none.

    Raises ValueError with a sentence that names what is wrong, such as `1.issuer: Write an https:// address.`
    """
    if not setting.strip():
        return ()
    try:
        found = orjson.loads(setting if setting.lstrip().startswith("[") else Path(setting).read_bytes())
    except OSError as error:
        raise ValueError(f"{setting!r} cannot be read: {error.strerror}. {FORM}") from error
    except orjson.JSONDecodeError as error:
        raise ValueError(f"That is not JSON: {error}. {FORM}") from error
    if not isinstance(found, list):
        raise ValueError(FORM)  # noqa: TRY004 — the value of a setting is wrong, not a type in the program
    try:
        return tuple(map(_provider, loaded(Providers(), {"providers": found})["providers"]))
    except BadRequest as problem:
        raise ValueError(problem.message.removeprefix("providers.")) from problem


def _provider(one: Mapping[str, Any]) -> Provider:
    rules = [Rule(rule["role"], rule.get("domain") or rule["value"], rule.get("claim")) for rule in one["rules"]]
    return Provider(one["name"], one["issuer"], one["client_id"], tuple(one["algorithms"]), tuple(rules))


def _domain(issuer: str, claims: Mapping[str, Any]) -> str | None:
    """Return the domain that the claims of a provider give a person, or None.

    This is the claim `hd`, or the domain of a verified e-mail address. At Google only `hd` counts: anybody can make a
    private Google account with an address of an employer, and keeps the account after leaving.
    """
    if "hd" in claims or issuer == GOOGLE:
        return str(claims.get("hd") or "").casefold()
    if claims.get("email_verified") is True or claims.get("email_verified") == "true":  # some providers send text
        return str(claims.get("email")).rpartition("@")[2].casefold()
    return None
