"""The commands of operators, as programs: they import little, so they start quickly, and say what went wrong."""

import json
import os
import subprocess
import sys

import pytest

from server.store.accounts import AccountStore
from server.store.migrations import migrate
from tests.conftest import CONFIG, ROOT
from tests.sealed import MASTER_KEYS

HEAVY = {
    "numpy", "scipy", "matplotlib", "flask_socketio", "socketio", "engineio", "apispec", "webauthn", "redis",
    "server.app", "server.jobs", "server.realtime", "server.accounts.oidc",
}  # fmt: skip
PROGRAM = f"""
import sys
from flask.cli import main
try:
    main()
finally:
    sys.stderr.write("\\nimported: " + " ".join(sorted({HEAVY | {"gevent", "pyotp", "argon2"}!r} & set(sys.modules))))
"""


@pytest.fixture
def flask(mongo, mongodb, tmp_path):
    """Return a function that runs `flask --app wsgi …` on a database of its own, in which ann has an account."""
    migrate(mongo)
    AccountStore(mongo).add("u1", "ann", "unusable", "peer", 0)
    path, _, query = mongodb.partition("?")
    keys = {"SECRET_KEYS": CONFIG.secret_keys[0], "MASTER_KEYS": MASTER_KEYS}
    own = {**keys, "MONGODB_URI": f"{path.rstrip('/')}/{mongo.name}?{query}"}

    def run(*args, **environment):
        command = [sys.executable, "-c", PROGRAM, "--app", "wsgi", *args]
        given = {**os.environ, **own, "DATA_DIR": str(tmp_path), **environment}
        return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120, check=False)

    return run


def imported(done):
    return set(done.stderr.rpartition("imported: ")[2].split())


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        (["user", "list", "--help"], set()),
        (["user", "list", "--json"], set()),
        (["user", "sign-out", "ann"], {"gevent", "pyotp", "argon2"}),
        (["on-call", "remove", "ann"], set()),
    ],
    ids=["help", "list", "sign-out", "on-call"],
)
def test_a_command_imports_only_what_it_needs(flask, command, needs):
    done = flask(*command)
    assert imported(done) <= needs, done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_is_a_line_of_the_security_log_and_its_answer_is_for_programs(flask):
    done = flask("user", "list", "--json")
    assert [user["handle"] for user in json.loads(done.stdout)["users"]] == ["ann"]
    [line] = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert (line["event"], line["command"], line["outcome"], line["level"]) == (
        "command_line",
        "user list",
        "ok",
        "info",
    )


def test_flasks_own_commands_have_the_server(flask):
    done = flask("routes")
    assert done.returncode == 0, done.stderr
    assert "/api/v1/message/send" in done.stdout
