"""Every store of @beside/client keeps the same laws: memory, IndexedDB, and SQLite with the API of expo-sqlite."""

import json
import subprocess
from pathlib import Path

LAWS = Path(__file__).parent / "laws.mjs"


def test_every_store_keeps_the_laws(tmp_path):
    done = subprocess.run(["node", LAWS, tmp_path], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == {"memory", "indexeddb", "sqlite"}
    assert {kind: {law: how for law, how in laws.items() if how is not True} for kind, laws in found.items()} == {
        kind: {} for kind in found
    }
    assert all(len(laws) == 9 for laws in found.values())
