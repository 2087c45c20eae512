"""docs/vectors/client.json holds the results of ``tests/phone.py``; @beside/client gives the same results."""

import json
import subprocess
from pathlib import Path

from tests.client.vectors import FILE, vectors, written

RUN = Path(__file__).parent / "vectors.mjs"


def test_the_vectors_say_what_the_phone_in_python_does():
    assert FILE.read_text(encoding="utf-8") == written(), "docs/vectors/client.json is stale: run make client-vectors"


def test_the_client_in_typescript_passes_them():
    done = subprocess.run(["node", RUN], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    cases = [case["name"] for part in vectors().values() if isinstance(part, list) for case in part]
    assert list(found) == cases
    assert {name: how for name, how in found.items() if how is not True} == {}
