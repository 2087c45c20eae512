"""deploy/replica-set.js, the health check of a MongoDB: what it does at the first start, and later."""

import json
import subprocess

import pytest

from tests.adapters.program import CLIENTS
from tests.conftest import ROOT

SET = {"_id": "rs0", "members": [{"_id": 0, "host": "mongo:27017"}]}
AUTH = ["auth", "root", "secret"]
USER = ["createUser", {"user": "root", "pwd": "secret", "roles": ["root"]}]


@pytest.mark.parametrize(
    ("member", "calls", "code"),
    [
        ({"primary": False}, [["initiate", SET]], 1),
        ({"setName": "rs0", "primary": False}, [], 1),
        ({"setName": "rs0", "primary": True}, [AUTH, USER], 0),
        ({"setName": "rs0", "primary": True, "user": True}, [AUTH], 0),
    ],
    ids=["new", "not yet primary", "without a user", "as it should be"],
)
def test_a_mongodb_is_made_a_replica_set_then_gets_its_user_and_then_is_healthy(member, calls, code):
    command = ["node", CLIENTS / "member.mjs", ROOT / "deploy/replica-set.js", json.dumps(member)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {"calls": calls, "code": code}
