"""Passkeys in a real browser, with the code of docs/sign-in.md and Chromium's own virtual authenticator."""

import json
import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.store.database import database
from tests.conftest import PASSPHRASE, ROOT, Running

CODE = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "sign-in.md").read_text(), re.DOTALL)
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PROOF = {"passphrase": PASSPHRASE}


class Empty(BaseHTTPRequestHandler):
    """An app's own server: one empty page."""

    def do_GET(self):
        body = b"<!doctype html><title>An app</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def origins():
    """Return two origins on localhost: the app's, and that of another app."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Empty) for _ in range(2)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield [f"http://localhost:{one.server_port}" for one in servers]
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="module")
def beside(mongodb, client, origins, tmp_path_factory):
    """Return a server that both apps may call, and whose passkeys the first may use."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    running = Running(
        database(client, name),
        MONGODB_URI=f"{path.rstrip('/')}/{name}?{query}",
        DATA_DIR=str(tmp_path_factory.mktemp("passkeys")),
        ALLOWED_ORIGINS=",".join(origins),
        PASSKEY_RP_ID="localhost",
        PASSKEY_ORIGINS=origins[0],
    )
    yield running
    running.stop()
    client.drop_database(name)


class Tab:
    """A page of an app, in a browser of its own with one authenticator."""

    def __init__(self, browser, beside, origin):
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.goto(origin)
        self.page.add_script_tag(content=f"const SERVER = {json.dumps(beside.address)};\n{CODE[0]}")
        self._browser = self.context.new_cdp_session(self.page)
        self.tell("enable")
        self.device = self.tell("addVirtualAuthenticator", options=DEVICE)["authenticatorId"]
        self.tokens = beside.user()

    def tell(self, what, **how):
        """Send a command to the browser's virtual authenticators."""
        return self._browser.send(f"WebAuthn.{what}", how)

    def do(self, function, *args):
        """Call a function of the document; return its answer, or {code} of what it throws."""
        call = (
            f"([args]) => {function}(...args).catch((error) => ({{ code: error.details ? error.code : error.name }}))"
        )
        return self.page.evaluate(call, [list(args)])

    def asks(self, method, path, body=None):
        return self.do("ask", method, path, self.tokens["access_token"], body)

    def adds(self):
        return self.do("addPasskey", self.tokens["access_token"], PROOF, "laptop")


@pytest.fixture
def open_tab(browser, beside, origins):
    tabs = []

    def make(origin=origins[0]):
        tabs.append(Tab(browser, beside, origin))
        return tabs[-1]

    yield make
    for tab in tabs:
        tab.context.close()


def test_a_passkey_is_added_listed_used_and_removed(open_tab):
    tab = open_tab()
    passkey = tab.adds()
    assert [one["id"] for one in tab.asks("GET", "passkeys")["passkeys"]] == [passkey["id"]]
    [kept] = tab.tell("getCredentials", authenticatorId=tab.device)["credentials"]
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    for _ in range(2):
        assert tab.do("signInByPasskey", "tablet")["user"] == tab.tokens["user"]
    [used] = tab.asks("GET", "passkeys")["passkeys"]
    assert used["used_at"] > used["created_at"]
    credential = tab.do("credentialOfPasskey")
    tab.do("removePasskey", tab.tokens["access_token"], passkey["id"], {"credential": credential})
    assert tab.asks("GET", "passkeys")["passkeys"] == []
    assert tab.do("signInByPasskey", "tablet") == {"code": "unauthenticated"}


def test_a_passkey_that_is_there_is_not_made_again_on_the_same_device(open_tab):
    tab = open_tab()
    tab.adds()
    assert tab.adds() == {"code": "InvalidStateError"}, "by the browser, as the options name it"


def test_a_device_that_does_not_verify_its_user_is_not_asked_in_vain(open_tab):
    tab = open_tab()
    tab.adds()
    tab.tell("setUserVerified", authenticatorId=tab.device, isUserVerified=False)
    assert tab.do("signInByPasskey", "tablet") == {"code": "NotAllowedError"}, "by the browser, as the options say"


def test_a_page_of_another_origin_on_the_domain_can_neither_add_nor_use_one(open_tab, origins):
    tab, other = open_tab(), open_tab(origins[1])
    assert other.adds() == {"code": "bad_request"}
    tab.adds()
    [kept] = tab.tell("getCredentials", authenticatorId=tab.device)["credentials"]
    for one in other.tell("getCredentials", authenticatorId=other.device)["credentials"]:
        other.tell("removeCredential", authenticatorId=other.device, credentialId=one["credentialId"])
    other.tell("addCredential", authenticatorId=other.device, credential=kept)
    assert other.do("signInByPasskey", "tablet") == {"code": "unauthenticated"}
    assert tab.do("signInByPasskey", "tablet")["user"] == tab.tokens["user"]


def test_a_copy_that_lags_behind_is_refused(open_tab):
    tab, copy = open_tab(), open_tab()
    tab.adds()
    [kept] = tab.tell("getCredentials", authenticatorId=tab.device)["credentials"]
    for _ in range(2):
        assert tab.do("signInByPasskey", "tablet")["user"] == tab.tokens["user"]
    copy.tell("addCredential", authenticatorId=copy.device, credential=kept)
    assert copy.do("signInByPasskey", "tablet") == {"code": "unauthenticated"}
