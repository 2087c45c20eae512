"""A fake push service of browsers for running servers, and functions to register a device and check its pushes."""

import pytest

from tests.push.certificates import Authority
from tests.push.fakes import FakeWebPush, running
from tests.waiting import until


@pytest.fixture(scope="module")
def browsers(tmp_path_factory):
    """Return a fake push service, and the settings with which a server reaches it as ``settings``."""
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    with running(FakeWebPush(authority.context("localhost"))) as fake:
        fake.settings = {"SSL_CERT_FILE": str(authority.path), "PUSH_PRIVATE_HOSTS": f"localhost:{fake.port}"}
        yield fake


def registers(http, fake, name):
    """Register a device for pushes to a new subscription; ``http`` sends as the device."""
    body = {"platform": "webpush", "subscription": fake.subscribed(name)}
    return http.send("POST", "push-token", json=body)


def rung(fake, name, *badges):
    """Wait until a device was rung with these numbers on its icon, and with no others."""
    until(lambda: len(fake.payloads(name)) >= len(badges), f"{name} is not rung")
    new = {"what": "new", "collapse": "new"}
    assert fake.payloads(name) == [{**new, "badge": badge} for badge in badges]
