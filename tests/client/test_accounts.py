"""Accounts that change while answers are on their way, storage that fails, clocks that jump: see accounts.mjs."""

import json
import re
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "accounts.mjs"
CASES = re.findall(r'^  async "(.+)"\(\) \{$', PROGRAM.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def found():
    done = subprocess.run(["node", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", CASES)
def test_it_is_so(found, case):
    assert found[case] is True, found[case]
