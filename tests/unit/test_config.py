"""The settings: right by default, and refused by name when they are wrong."""

import pytest
from environs import EnvError

from server.accounts.factor_settings import FactorSettings
from server.config import URI, load
from tests.sealed import MASTER_KEYS


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    passkeys = ("PASSKEY_RP_ID", "PASSKEY_ORIGINS", "STAFF_SECOND_FACTOR")
    keys = ("SECRET_KEYS", "MASTER_KEYS", "MASTER_KEY_COMMAND", "MASTER_KEYS_KMS")
    for name in ("DEMO", "MONGODB_URI", "ALLOWED_ORIGINS", "TRUSTED_PROXIES", "LOG_LEVEL", *keys, *passkeys):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def test_a_key_is_made_on_first_use_and_kept(tmp_path):
    first = load().secret_keys
    assert load().secret_keys == first
    assert len(first[0]) >= 32
    path = tmp_path / "data" / "secret.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert {found.name for found in path.parent.iterdir()} == {"secret.key", "secret.master"}


@pytest.mark.parametrize("left", ["", " \n", "short"])
def test_a_key_that_is_none_signs_nothing(tmp_path, left):
    """A full disk or a power cut may leave an empty file; whoever signed with it could be forged by anybody."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text(left)
    with pytest.raises(EnvError, match="holds no key"):
        load()


WRONG = [
    ("DEMO", "yes"),
    ("SECRET_KEYS", "short"),
    ("LOG_LEVEL", "LOUD"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "x"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(EnvError) as refused:
        load()
    assert name in str(refused.value)


def test_there_is_a_demo_with_the_embedded_database_unless_it_is_said(monkeypatch, tmp_path):
    assert load().has_demo
    monkeypatch.setenv("SECRET_KEYS", "k" * 32)
    monkeypatch.setenv("MASTER_KEYS", MASTER_KEYS)
    monkeypatch.setenv("MONGODB_URI", "mongodb://db.example.org/beside")
    assert not load().has_demo
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / URI).write_text("mongodb://db.example.org/beside")  # as gunicorn gives it to its workers
    assert load().has_demo
    monkeypatch.setenv("DEMO", "off")
    assert not load().has_demo
    monkeypatch.setenv("DEMO", "on")
    monkeypatch.setenv("MONGODB_URI", "mongodb://elsewhere.example.org/beside")
    assert load().has_demo
    monkeypatch.setenv("WEB_APP", "off")
    assert not load().has_demo


def test_keys_are_separated_by_commas_and_the_first_signs(monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", f"{'n' * 32},{'o' * 32}")
    assert load().secret_keys == ("n" * 32, "o" * 32)


def factors(monkeypatch, **settings):
    """Return the settings of passkeys and of the second factor for some environment."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return load().factors


def test_passkeys_are_off_and_staff_need_no_second_factor_by_default(monkeypatch):
    assert factors(monkeypatch) == FactorSettings(None, (), "if_set_up")
    assert factors(monkeypatch, STAFF_SECOND_FACTOR="required").staff == "required"


def test_passkeys_are_for_the_allowed_origins_that_are_on_the_domain(monkeypatch):
    allowed = "https://example.org,https://app.example.org:8443,https://*.example.org,https://badexample.org"
    found = factors(monkeypatch, PASSKEY_RP_ID="example.org", ALLOWED_ORIGINS=allowed)
    assert found.origins == ("https://example.org", "https://app.example.org:8443")


def test_origins_of_passkeys_can_be_named(monkeypatch):
    android = f"android:apk-key-hash:{'a' * 43}"
    named = ["https://app.example.org", android]
    found = factors(
        monkeypatch,
        PASSKEY_RP_ID="example.org",
        PASSKEY_ORIGINS=",".join(named),
        ALLOWED_ORIGINS="https://example.org",
    )
    assert found.origins == tuple(named)
    assert factors(monkeypatch, PASSKEY_RP_ID="localhost", PASSKEY_ORIGINS="http://localhost:5000").origins == (
        "http://localhost:5000",
    )


DOMAINS = ["", "https://example.org", "example.org:443", "Example.org", "example", "127.0.0.1", ".org", "example.org."]
ORIGINS = ["http://example.org", "example.org", "https://*.example.org", "*", "https://example.org/", "android:x"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        *(({"PASSKEY_RP_ID": domain}, "PASSKEY_RP_ID: Write a domain") for domain in DOMAINS),
        *(
            ({"PASSKEY_RP_ID": "example.org", "PASSKEY_ORIGINS": origin}, "PASSKEY_ORIGINS: .* is no such origin")
            for origin in ORIGINS
        ),
        ({"PASSKEY_ORIGINS": "https://example.org"}, "PASSKEY_ORIGINS: It needs PASSKEY_RP_ID"),
        ({"PASSKEY_RP_ID": "example.org"}, "PASSKEY_ORIGINS: No origin of ALLOWED_ORIGINS is on example.org"),
        (
            {"PASSKEY_RP_ID": "example.org", "PASSKEY_ORIGINS": "https://badexample.org"},
            "PASSKEY_ORIGINS: https://badexample.org is not on example.org",
        ),
        ({"STAFF_SECOND_FACTOR": "yes"}, "STAFF_SECOND_FACTOR: Use one of: if_set_up, required"),
    ],
    ids=str,
)
def test_a_wrong_setting_of_passkeys_is_refused_by_name(monkeypatch, wrong, named):
    with pytest.raises(EnvError, match=named):
        factors(monkeypatch, **wrong)


def test_the_web_app_can_be_turned_off(monkeypatch):
    assert load().web_app
    monkeypatch.setenv("WEB_APP", "off")
    assert not load().web_app
    monkeypatch.setenv("WEB_APP", "no")
    with pytest.raises(EnvError, match="WEB_APP"):
        load()
