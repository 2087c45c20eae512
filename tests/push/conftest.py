"""The fakes of push services, with certificates that this process trusts."""

import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.notifications.push_http import PushHttp
from server.notifications.push_settings import ApnsSettings, FcmSettings
from tests.push.certificates import Authority
from tests.push.fake_apns import FakeApns
from tests.push.fakes import FakeFcm, FakeWebPush, running
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def trusting(authority):
    """Return the context of connections that trust the certificates of the tests: made once, as that takes a while."""
    return ssl.create_default_context(cafile=str(authority.path))


@pytest.fixture(autouse=True)
def _trusted(trusting, monkeypatch):
    """Let every new connection of this process trust the certificates of the tests, and wait on a busy machine."""
    monkeypatch.setattr(PushHttp, "_certificates", trusting)
    monkeypatch.setattr("server.notifications.push_http.TIMEOUT", PATIENCE)


@pytest.fixture
def web_push(authority):
    with running(FakeWebPush(authority.context("localhost"))) as fake:
        yield fake


@pytest.fixture(scope="session")
def apple_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def google_key():
    return rsa.generate_private_key(65537, 2048)


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def apns(authority, apple_key):
    with running(FakeApns(authority.context("localhost", protocols=("h2",)), apple_key.public_key())) as fake:
        fake.settings = ApnsSettings(pem(apple_key), "KEY", "TEAM", "org.example.app", fake.url)
        yield fake


@pytest.fixture
def fcm(authority, google_key):
    with running(FakeFcm(authority.context("localhost"), google_key.public_key())) as fake:
        fake.settings = FcmSettings("p", "beside@p.example", pem(google_key), fake.token_uri, fake.url)
        yield fake
