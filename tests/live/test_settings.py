"""Settings that are wrong: the server says which, once, and ends before anything listens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CONFIG, ROOT
from tests.sealed import MASTER_KEYS

GOOD = {
    "PORT": "0",
    "SECRET_KEYS": CONFIG.secret_keys[0],
    "MASTER_KEYS": MASTER_KEYS,
    "MONGODB_URI": "mongodb://127.0.0.1:1/nobody",
}
WRONG = [
    ("WORKERS", "0"),
    ("WORKERS", "two"),
    ("WORKERS", "2"),  # without a bus
    ("BUS_URL", "foo"),
    ("METRICS_TOKEN", "short"),
    ("METRICS_TOKEN", ""),
    ("SECRET_KEYS", "short"),
    ("MASTER_KEYS", "short"),
    ("MASTER_KEY_COMMAND", "true"),  # besides MASTER_KEYS
    ("OIDC_PROVIDERS", '[{"issuer": "http://login.acme.example"}]'),
]


EXAMPLE = [
    tuple(line.split("=", 1))
    for line in (ROOT / "deploy" / "example.env").read_text().splitlines()
    if line.startswith(("SECRET_KEYS", "MASTER_KEYS", "METRICS_TOKEN"))  # the others are not settings of Beside
]


@pytest.mark.parametrize(("name", "value"), [*WRONG, *EXAMPLE])
def test_what_is_wrong_is_said_and_nothing_is_served(tmp_path, name, value):
    given = {**os.environ, **GOOD, "DATA_DIR": str(tmp_path), name: value}
    command = [Path(sys.executable).parent / "gunicorn", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    [said] = [line for line in done.stderr.splitlines() if "Beside cannot start." in line]
    assert f"{name}: " in said
    assert "Traceback" not in done.stderr


def test_the_example_has_secrets_to_replace():
    assert [name for name, _ in EXAMPLE] == ["SECRET_KEYS", "MASTER_KEYS", "METRICS_TOKEN"]
