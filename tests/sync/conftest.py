"""A fixture: requests of ann's app to the adapters of client databases."""

import orjson
import pytest

from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from tests.conftest import CONFIG

ADAPTERS = "/api/v1/adapters"


@pytest.fixture
def call(world, ann):
    """Return a function that sends a request as ann's app, and returns the status and body of the answer."""
    caller = ann.transport.caller
    AccountStore(world.mongo).add_device(caller.device, ann.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)

    def send(method, path, body=None):
        client, headers = world.parts.app.test_client(), {"Authorization": f"Bearer {token}"}
        answer = client.open(f"{ADAPTERS}/{path}", method=method, data=orjson.dumps(body), headers=headers)
        return answer.status_code, answer.get_json()

    return send
