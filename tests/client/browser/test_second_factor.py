"""Signing in with the code of an authenticator app, and by a passkey of Chromium's own authenticator."""

import time

import pyotp
import pytest
from playwright.sync_api import Error

from tests.client.browser.web_app import Tab
from tests.conftest import PASSPHRASE
from tests.waiting import until

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def ann(server):
    return {"handle": server.user()["handle"], "passphrase": PASSPHRASE}


@pytest.fixture
def tab(context, origin, server, ann):
    """Return a tab in which ann has signed in."""
    tab = Tab(context, origin, server.address)
    tab.call("signIn", ann)
    return tab.until_live()


def test_who_has_an_authenticator_app_signs_in_with_its_code(tab, ann):
    started = tab.call("request", "POST", "/totp", {"passphrase": PASSPHRASE})
    app = pyotp.parse_uri(started["uri"])
    tab.call("request", "POST", "/totp/confirm", {"code": app.at(time.time())})
    tab.call("signOut")
    with pytest.raises(Error, match="second_factor_required"):
        tab.call("signIn", ann)
    tab.call("signIn", {**ann, "totp": app.at(time.time(), counter_offset=1)})  # each code is good for one use
    assert tab.call("who")["handle"] == ann["handle"]


def test_who_has_a_passkey_signs_in_without_anything_else(tab, ann):
    authenticator = tab.page.context.new_cdp_session(tab.page)
    authenticator.send("WebAuthn.enable")
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    assert tab.page.evaluate("app.phone.passkeys().then((passkeys) => passkeys.isPossible)")
    tab.page.evaluate(
        "(proof) => app.phone.passkeys().then((one) => one.add('laptop', proof))", {"passphrase": PASSPHRASE}
    )
    user = tab.call("who")["user"]
    tab.outcome(tab.do("note.put", id="n1", title="mine", body=""))
    tab.call("signOut")
    tab.page.evaluate("app.phone.passkey()")
    assert (tab.call("who")["user"], tab.call("who")["handle"]) == (user, None)
    until(lambda: tab.call("notes") == ["mine"])
