"""The app of a user, which calls the server of a world by HTTP."""

from typing import Any

from werkzeug.test import TestResponse

from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from tests.conftest import CONFIG, World
from tests.phone import Phone, Wire


class App:
    """One device of a user, signed in. ``parts`` is the worker that it calls."""

    def __init__(self, world: World, phone: Phone) -> None:
        self.world, self.caller = world, phone.transport.caller
        self.parts = world.parts
        AccountStore(world.mongo).add_device(self.caller.device, self.caller.user, "app", world.time)

    def call(self, path: str, body: Any = None) -> Wire:
        """Return the body of the answer to a request, which must succeed."""
        answer = self.answer(path, body)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def answer(self, path: str, body: Any = None) -> TestResponse:
        """Return the answer to a request: GET without a body, else POST."""
        return self._opened(path, method="GET" if body is None else "POST", json=body)

    def posted(self, path: str, text: str) -> TestResponse:
        """Return the answer to a JSON text, which is sent as it is."""
        return self._opened(path, method="POST", data=text, content_type="application/json")

    def _opened(self, path: str, **request: Any) -> TestResponse:
        token, _ = Tokens(CONFIG.secret_keys).access(self.caller, self.world.time)
        headers = {"Authorization": f"Bearer {token}"}
        return self.parts.app.test_client().open(f"/api/v1/{path}", headers=headers, **request)
