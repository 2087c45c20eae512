"""The settings: right by default, and refused by name when they are wrong."""

import pytest
from environs import EnvError

from server.config import load


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("MONGODB_URI", "SECRET_KEYS", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def test_a_key_is_made_on_first_use_and_kept(tmp_path):
    first = load().secret_keys
    assert load().secret_keys == first
    assert len(first[0]) >= 32
    path = tmp_path / "data" / "secret.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("left", ["", " \n", "short"])
def test_a_key_that_is_none_signs_nothing(tmp_path, left):
    """A full disk or a power cut may leave an empty file; whoever signed with it could be forged by anybody."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text(left)
    with pytest.raises(EnvError, match="holds no key"):
        load()


WRONG = [("SECRET_KEYS", "short"), ("LOG_LEVEL", "LOUD"), ("TRUSTED_PROXIES", "-1"), ("TRUSTED_PROXIES", "x")]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(EnvError) as refused:
        load()
    assert name in str(refused.value)


def test_keys_are_separated_by_commas_and_the_first_signs(monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", f"{'n' * 32},{'o' * 32}")
    assert load().secret_keys == ("n" * 32, "o" * 32)
