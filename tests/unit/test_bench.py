"""What is measured is not run here; but it must be there to be run."""

import importlib
from pathlib import Path

import pytest

from tests.sealed import MASTER_KEYS

MODULES = sorted(path.stem for path in (Path(__file__).parent.parent.parent / "bench").glob("*.py"))


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("__")])
def test_every_measurement_can_be_begun(name, monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", "a-key-for-tests-only-of-40-characters-ok")  # or one would be made and kept
    monkeypatch.setenv("MASTER_KEYS", MASTER_KEYS)
    importlib.import_module(f"bench.{name}")
