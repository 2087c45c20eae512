"""The promises of @beside/client, on a fake server and fake sockets; each is a case in promises_*.mjs."""

import json
import subprocess
from pathlib import Path

PROMISES = Path(__file__).parent / "promises.mjs"


def test_every_promise_is_kept():
    done = subprocess.run(["node", PROMISES], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) > 20
    assert {promise: how for promise, how in found.items() if how is not True} == {}
