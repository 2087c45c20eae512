"""The limits are settings: each is read, checked and described."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from environs import EnvError

from server.config import load
from server.limits.settings import PREFIX, Limits

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.delenv("MONGODB_URI", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


def test_every_limit_is_described_with_its_default():
    rows = re.findall(r"^\| `(LIMIT_[A-Z_]+)` \| (\d+) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert dict(rows) == {PREFIX + one.name.upper(): str(one.default) for one in fields(Limits)}


def test_a_limit_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("LIMIT_MUTATIONS_PER_MINUTE", "7")
    monkeypatch.setenv("LIMIT_DAYS_UNUSED", "0")
    limits = load().limits
    assert (limits.mutations_per_minute, limits.days_unused) == (7, 0)
    assert limits.mutations_at_once == Limits().mutations_at_once


@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
def test_a_wrong_limit_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("LIMIT_MUTATIONS_PER_MINUTE", value)
    with pytest.raises(EnvError, match="LIMIT_MUTATIONS_PER_MINUTE"):
        load()
