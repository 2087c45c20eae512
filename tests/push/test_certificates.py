"""The certificates that are trusted: if they cannot be read, what was to be sent is tried again later."""

import ssl

import httpcore
import pytest

from server.notifications.provider import Retry
from server.notifications.push_http import PushHttp


@pytest.fixture(autouse=True)
def _trusted():
    """Let this file have the product's own certificates."""


def test_certificates_that_cannot_be_read_are_read_again_with_the_next_notification(monkeypatch):
    def unreadable():
        raise ssl.SSLError("PEM lib")

    http = PushHttp()
    with monkeypatch.context() as patch:
        patch.setattr(httpcore, "default_ssl_context", unreadable)
        with pytest.raises(Retry):
            http.post("https://127.0.0.1:1/", {}, b"")
    assert http._certificates.verify_mode == ssl.CERT_REQUIRED
