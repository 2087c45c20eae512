"""Somebody who signs in by HTTP, with whatever they have: a passphrase, an authenticator app, a passkey."""

from dataclasses import replace
from typing import Any

import pyotp

from server.accounts.factor_settings import FactorSettings
from server.accounts.tokens import Tokens
from server.app import Parts, build
from server.commands.context import Caller
from server.store.accounts import AccountStore
from tests.authenticator import ORIGIN, Authenticator
from tests.conftest import CONFIG, HASHED, PASSPHRASE, World
from tests.phone import Wire

STEP = 30_000  # ms that a code of an authenticator app is shown


class Person:
    """A user of a role, signed in on a first device. ``parts`` is the worker that they call."""

    def __init__(self, world: World, handle: str, role: str = "peer", parts: Parts | None = None) -> None:
        self.world, self.handle, self.role = world, handle, role
        self.parts = parts or world.parts
        self.user = f"id-{handle}"
        AccountStore(world.mongo).add(self.user, handle, HASHED, role, world.time)
        self.device = f"phone-of-{handle}"
        AccountStore(world.mongo).add_device(self.device, self.user, "phone", world.time)
        self.token = self.fresh_token()
        self.app: Any = None

    def fresh_token(self) -> str:
        """Return an access token of the first device, as a refresh gives it."""
        token, _ = Tokens(CONFIG.secret_keys).access(Caller(self.user, self.device, self.role), self.world.time)
        return token

    def asks(self, method: str, path: str, body: Wire | None = None, token: str | None = None) -> tuple[int, Wire]:
        """Return the status and the body of an answer."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        answer = self.parts.app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json()

    def gets(self, method: str, path: str, body: Wire | None = None) -> Wire:
        """Return the body of the answer to a request, which must succeed."""
        status, answer = self.asks(method, path, body)
        assert status == 200, answer
        return answer

    def refused(self, method: str, path: str, body: Wire | None = None) -> tuple[int, str]:
        """Return the status and the code of a refusal."""
        status, answer = self.asks(method, path, body)
        return status, answer["error"]["code"]

    def logs_in(self, **more: Any) -> tuple[int, Wire]:
        """Sign another device in by the passphrase."""
        return self.asks("POST", "login", {"handle": self.handle, "passphrase": PASSPHRASE, **more}, "")

    def signs_in(self, credential: Wire) -> tuple[int, Wire]:
        """Sign another device in by a passkey."""
        return self.asks("POST", "login/passkey", {"credential": credential}, "")

    def asserts(self, passkey: Authenticator) -> Wire:
        """Return a fresh signature of a passkey."""
        return passkey.get(self.gets("POST", "login/passkey/options"))

    def adds(self, passkey: Authenticator | None = None, **proof: Any) -> Authenticator:
        """Add a passkey and return it."""
        passkey = passkey or Authenticator()
        options = self.gets("POST", "passkeys/options", proof or {"passphrase": PASSPHRASE})
        self.gets("POST", "passkeys", {"name": "laptop", "credential": passkey.create(options)})
        return passkey

    def sets_up_an_app(self, **proof: Any) -> None:
        """Set up an authenticator app."""
        started = self.gets("POST", "totp", proof or {"passphrase": PASSPHRASE})
        self.app = pyotp.parse_uri(started["uri"])
        assert self.app.secret == started["secret"]
        self.gets("POST", "totp/confirm", {"code": self.code()})

    def code(self, steps: int = 0) -> str:
        """Return what the authenticator app shows now, or some steps later."""
        return self.app.at(self.world.time // 1000, counter_offset=steps)

    def next_code(self) -> str:
        """Wait for the next code and return it."""
        self.world.wait(STEP)
        return self.code()


def built(world: World, keys: tuple[str, ...] = CONFIG.secret_keys, **settings: Any) -> Parts:
    """Return a worker with other keys or settings of the second factor, which limits no sign-ins by address."""
    factors = FactorSettings(**{"rp_id": "localhost", "origins": (ORIGIN,), **settings})
    limits = replace(CONFIG.limits, sign_ins_per_address=0)
    config = replace(CONFIG, factors=factors, limits=limits, secret_keys=keys)
    return build(config, world.mongo, lambda: world.time)
