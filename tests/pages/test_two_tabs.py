"""Two tabs of one web app, made of the documentation's code: they share one pair of tokens, and stay signed in.

The tabs are of another origin than the server. Their access tokens are replaced by one that has expired, so that nobody
has to wait for ten minutes.
"""

import json
import time

import pytest

from server.accounts.devices import GRACE
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from tests.adapters.documented import documented
from tests.conftest import CONFIG
from tests.pages.web_app import do, opened
from tests.waiting import PATIENCE

TEN_MINUTES = 600_000
ROUNDS = 6


class Tabs:
    """Two tabs of a device, and what they ask the server for."""

    def __init__(self, context, address, server):
        self.server, self.tokens = server, server.user()
        self.asked = []  # paths
        context.on("request", lambda request: self.asked.append(request.url.removeprefix(server.address)))
        self.first, self.second = (opened(context.new_page(), address) for _ in range(2))
        do(self.first, "save", self.tokens)

    def expire(self, ago):
        """Let the access token of both tabs be one that has expired: some ms ago, different for each token."""
        caller = Caller(self.tokens["user"], self.tokens["device"], self.tokens["role"])
        now = int(time.time() * 1000) - TEN_MINUTES - ago
        do(self.first, "expire", Tokens(CONFIG.secret_keys).access(caller, now)[0])

    def age(self):
        """Let the refresh tokens that were used count as stolen, should anybody use them again."""
        rows = {"device": self.tokens["device"], "used_at": {"$ne": None}}
        self.server.mongo.refresh_tokens.update_many(rows, {"$inc": {"used_at": -2 * GRACE}})

    def pull_at_once(self):
        """Let both tabs pull at the same time, and return what each got."""
        for tab in (self.first, self.second):
            tab.evaluate("() => void (window.pulling = app.pull())")
        return [tab.evaluate("() => window.pulling") for tab in (self.first, self.second)]

    def refreshes(self):
        """Return how often the tabs have traded the refresh token since the last time."""
        count = sum("/refresh" in path for path in self.asked)
        self.asked.clear()
        return count

    def is_signed_in(self):
        return self.server.mongo.devices.find_one({"_id": self.tokens["device"]}) is not None


@pytest.fixture
def tabs(request, browser, origin, allowing):
    """Return two tabs, with the session of docs/rxdb.md if the test does not name another page."""
    page = getattr(request, "param", "rxdb")
    documented("web-apps", "store.mjs")
    documented("rxdb", "beside.mjs")
    documented(page, "session.mjs")
    context = browser.new_context()
    yield Tabs(context, f"{origin}/tabs.html?page={page}&server={allowing.address}", allowing)
    context.close()


with_each_session = pytest.mark.parametrize("tabs", ["rxdb", "watermelondb"], indirect=True)


def test_both_pages_show_the_same_session():
    assert documented("rxdb", "session.mjs").read_text() == documented("watermelondb", "session.mjs").read_text()


@with_each_session
def test_two_tabs_whose_token_expires_at_once_refresh_once(tabs):
    for number in range(ROUNDS):
        tabs.expire(1000 * number)
        assert tabs.pull_at_once() == ["pulled", "pulled"]
        assert tabs.refreshes() == 1
        tabs.age()
    assert tabs.is_signed_in()


@with_each_session
def test_a_tab_that_comes_later_takes_the_pair_that_the_other_has_stored(tabs):
    for number in range(ROUNDS):
        earlier, later = (tabs.first, tabs.second) if number % 2 else (tabs.second, tabs.first)
        tabs.expire(1000 * number)
        assert do(earlier, "pull") == "pulled"
        tabs.age()
        assert do(later, "pull") == "pulled"
        assert tabs.refreshes() == 1
    assert tabs.is_signed_in()


def test_the_sockets_of_two_tabs_connect_again_with_one_refresh(tabs):
    tabs.expire(1000)
    for tab in (tabs.first, tabs.second):
        do(tab, "connect")
    for tab in (tabs.first, tabs.second):
        eventually(tab, "connected", expected=True)
    assert tabs.refreshes() == 1


def test_who_signs_out_in_one_tab_is_signed_out_in_the_other(tabs):
    do(tabs.second, "connect")
    eventually(tabs.second, "connected", expected=True)
    tabs.expire(1000)
    do(tabs.first, "signOut")
    assert not tabs.is_signed_in()
    eventually(tabs.second, "lastTold", expected=None)
    tabs.asked.clear()
    assert (do(tabs.second, "stored"), do(tabs.second, "pull")) == (None, 401)
    assert tabs.asked == [], "the server is not asked for what it would refuse"
    eventually(tabs.second, "active", expected=False)


def test_a_tab_of_one_account_never_uses_the_tokens_of_another(tabs, allowing):
    assert do(tabs.second, "pull") == "pulled"
    bob = allowing.user()
    do(tabs.first, "signOut")
    do(tabs.first, "save", bob)
    eventually(tabs.second, "lastTold", expected=bob["user"])
    tabs.asked.clear()
    assert do(tabs.second, "pull") == 401
    with pytest.raises(Exception, match="Signed out"):
        do(tabs.second, "signOut")
    assert (do(tabs.second, "stored"), tabs.asked) == (bob, [])


def test_a_device_that_is_signed_out_elsewhere_is_signed_out_in_both_tabs(tabs):
    tabs.server.mongo.devices.delete_one({"_id": tabs.tokens["device"]})
    tabs.expire(1000)
    assert do(tabs.first, "pull") == 401
    eventually(tabs.second, "lastTold", expected=None)
    assert do(tabs.second, "stored") is None


def test_what_cannot_be_told_to_the_server_is_forgotten_here(tabs):
    tabs.first.context.set_offline(True)
    with pytest.raises(Exception, match="Failed to fetch"):
        do(tabs.first, "signOut")
    assert do(tabs.first, "stored") is None
    assert tabs.is_signed_in()


def test_an_app_that_is_for_one_tab_waits_in_the_other(tabs):
    do(tabs.first, "inOneTab")
    eventually(tabs.first, "run", expected="started")
    do(tabs.second, "inOneTab")
    eventually(tabs.second, "run", expected="waiting")
    tabs.first.close()
    eventually(tabs.second, "run", expected="started")


def eventually(tab, name, *, expected):
    """Wait until a page's function returns what is expected; what it returned last is in the complaint."""
    script = """async ([name, expected, seconds]) => {
      const end = Date.now() + 1000 * seconds;
      const isLooking = () => JSON.stringify(app[name]()) !== expected && Date.now() < end;
      while (isLooking()) await new Promise((done) => setTimeout(done, 20));
      return app[name]();
    }"""
    assert tab.evaluate(script, [name, json.dumps(expected), PATIENCE]) == expected
