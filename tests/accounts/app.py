"""An app that signs in and keeps its tokens."""

from typing import Any

from tests.conftest import PASSPHRASE, World
from tests.phone import Wire

DETAILS = {"handle": "ann", "passphrase": PASSPHRASE}


class SigningIn:
    """One phone, with or without an account. It calls the server of a world by HTTP."""

    def __init__(self, world: World, address: str = "203.0.113.5") -> None:
        self._world, self._address = world, address
        self.tokens: Wire = {}

    def ask(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Wire]:
        """Return (status, answer) of a request: GET without a body, else POST."""
        token = self.tokens.get("access_token")
        answer = self._world.parts.app.test_client().open(
            f"/api/v1/{path}",
            method=method or ("GET" if body is None else "POST"),
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            environ_base={"REMOTE_ADDR": self._address},
        )
        return answer.status_code, answer.get_json()

    def call(self, path: str, body: Any = None, method: str | None = None) -> Wire:
        """Return the answer to a request, which must succeed."""
        status, answer = self.ask(path, body, method)
        assert status == 200, answer
        return answer

    def refused(self, path: str, body: Any = None, method: str | None = None) -> Wire:
        """Return the error that a request is answered with."""
        status, answer = self.ask(path, body, method)
        assert status >= 400, answer
        return answer["error"]

    def signs_in(self, path: str, **body: Any) -> "SigningIn":
        """Sign in, and keep the tokens."""
        self.tokens = self.call(path, body)
        return self

    def events(self) -> list[Wire]:
        """Return what the account's devices were told, oldest first."""
        changes = self.call("pull", {})["changes"]
        return [one["data"] for one in changes if one["kind"] == "security_event" and "deleted" not in one]
