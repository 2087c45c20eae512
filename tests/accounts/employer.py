"""An employer's OpenID Connect provider, and the app of an employee who signs in there by code and PKCE."""

import json
import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from server.accounts.oidc_settings import Provider, Rule
from tests.adapters.program import Program

CALLBACK = "http://127.0.0.1/callback"
STEPS = 10  # more than the forms and redirects of one sign-in


class Employer:
    """The npm package oidc-provider in a process of its own. ``people`` is its directory: {login: claims}."""

    def __init__(self, algorithm: str = "RS256", certificate: str | None = None) -> None:
        """Start it, with TLS if a certificate and its key are given as PEM."""
        self.program = Program("oidc.mjs")
        self.issuer: str = self.program.do("start", alg=algorithm, certificate=certificate)

    def employs(self, **people: dict[str, Any]) -> None:
        """Set the claims of some people."""
        self.program.do("people", people=people)

    def has(self, fault: str | None) -> None:
        """Let the provider answer every request with a fault from now on; None ends this."""
        self.program.do("fault", fault=fault)

    def asked(self, path: str = "/jwks") -> int:
        """Return how often the keys, or another path, were asked for so far."""
        return self.program.do("requests").get(path, 0)

    def provider(self, *rules: Rule, algorithms: tuple[str, ...] = ("RS256",)) -> Provider:
        """Return this provider as an operator configures it."""
        return Provider("acme", self.issuer, "beside", algorithms, rules)

    def signed(self, **claims: Any) -> str:
        """Return a token with any claims, signed with the key of the provider."""
        return self.program.do("sign", text=json.dumps(claims))

    def proof(
        self, login: str, nonce: str | None = None, client: str = "beside", provider: str = "acme"
    ) -> dict[str, str]:
        """Sign somebody in at the provider, and return what the app then sends to Beside."""
        nonce, verifier = nonce or secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        asked = {
            "client_id": client,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid email profile",
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        with httpx.Client(base_url=self.issuer, timeout=60) as browser:
            code = _code(browser, f"/auth?{urlencode(asked)}", login)
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
            answer = browser.post("/token", data=form | {"client_id": client, "code_verifier": verifier})
        return {"provider": provider, "id_token": answer.raise_for_status().json()["id_token"], "nonce": nonce}

    def end(self) -> None:
        self.program.end()


def _code(browser: httpx.Client, page: str, login: str) -> str:
    """Fill in the forms of the provider as a person does, and return the code that the app is given."""
    answer = browser.get(page)
    for _ in range(STEPS):
        if answer.is_redirect and answer.headers["location"].startswith(CALLBACK):
            return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        if answer.is_redirect:
            answer = browser.get(answer.headers["location"])
        else:
            [prompt] = re.findall(r'name="prompt" value="(\w+)"', answer.text)
            answer = browser.post(answer.url, data={"prompt": prompt, "login": login, "password": "any"})
    raise AssertionError(answer.text)
