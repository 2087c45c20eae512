"""The settings of push services: what is wrong with them is said when the server starts, by the variable's name."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from environs import EnvError

from server import config

PEM = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ACCOUNT = {"project_id": "p", "client_email": "e@p", "private_key": PEM, "token_uri": "https://oauth2.example/token"}
APNS = {"APNS_KEY_ID": "KEY", "APNS_TEAM_ID": "TEAM", "APNS_TOPIC": "org.example.app"}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Return a function that reads the settings from some variables; {pem} is the path of a key."""
    (tmp_path / "key.p8").write_text(PEM)
    (tmp_path / "account.json").write_text(json.dumps(ACCOUNT))

    def with_variables(**variables):
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
        monkeypatch.delenv("MONGODB_URI", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(pem=tmp_path / "key.p8", json=tmp_path / "account.json"))
        return config.load().push

    return with_variables


def test_browsers_are_notified_and_nothing_else_if_nothing_is_set(read):
    found = read()
    assert (found.web_push, found.apns, found.fcm, found.hosts, found.is_recorded) == (True, None, None, (), False)


def test_all_of_them_can_be_set(read):
    found = read(
        WEB_PUSH="off",
        PUSH_CONTACT="mailto:ops@example.org",
        PUSH_HOSTS="ntfy.example.org,*.push.example.org:8443",
        PUSH_PRIVATE_HOSTS="ntfy.lan",
        APNS_KEY="{pem}",
        FCM_SERVICE_ACCOUNT="{json}",
        **APNS,
    )
    assert (found.web_push, found.contact) == (False, "mailto:ops@example.org")
    assert (found.hosts, found.private_hosts) == (("ntfy.example.org", "*.push.example.org:8443"), ("ntfy.lan",))
    assert (found.apns.key, found.apns.url) == (PEM, "https://api.push.apple.com")
    assert (found.fcm.project, found.fcm.token_uri) == ("p", "https://oauth2.example/token")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WEB_PUSH": "yes"}, "WEB_PUSH"),
        ({"PUSH_CONTACT": "mailto:me@localhost"}, "PUSH_CONTACT: Write a real mailto: or https: address"),
        ({"PUSH_CONTACT": "ops@example.org"}, "PUSH_CONTACT"),
        ({"PUSH_HOSTS": "https://ntfy.example.org"}, "PUSH_HOSTS: Write names of hosts"),
        ({"PUSH_PRIVATE_HOSTS": "ntfy.lan/path"}, "PUSH_PRIVATE_HOSTS"),
        ({"APNS_KEY": "{pem}", "APNS_KEY_ID": "KEY"}, "APNS_TEAM_ID, APNS_TOPIC: Set all of"),
        ({"APNS_KEY": "/nowhere/key.p8", **APNS}, "APNS_KEY: '/nowhere/key.p8' cannot be read"),
        ({"APNS_KEY": "{json}", **APNS}, "APNS_KEY: that holds no private key"),
        ({"APNS_URL": "http://api.push.apple.com"}, "APNS_URL: Write it as https://host"),
        ({"FCM_SERVICE_ACCOUNT": "/nowhere.json"}, "FCM_SERVICE_ACCOUNT: '/nowhere.json' cannot be read"),
        ({"FCM_SERVICE_ACCOUNT": "{pem}"}, "FCM_SERVICE_ACCOUNT: Write the JSON file of a service account"),
        ({"FCM_URL": "https://fcm.googleapis.com/"}, "FCM_URL"),
    ],
)
def test_what_is_wrong_is_said_by_its_name(read, variables, said):
    with pytest.raises(EnvError) as found:
        read(**variables)
    assert said in str(found.value)
