"""Several tabs of an app on `@beside/client`: one of them syncs, and all of them see everything."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error

from tests.client.browser.web_app import Tab
from tests.conftest import PASSPHRASE
from tests.waiting import PATIENCE, until

NINE_MINUTES_AND_A_HALF = 570_000  # ms: the access token of a test lasts ten minutes
WAIT_FOR_LOCKS = "navigator.locks.query().then(({ held }) => held.map(({ name }) => name))"


@pytest.fixture
def tabs(open_tab):
    """Return three tabs. The first one was opened first, and syncs."""
    tabs = [open_tab() for _ in range(3)]
    for tab in tabs:
        tab.until_live()
    return tabs


def test_what_one_tab_does_is_shown_in_all_and_sent_once(tabs, pair):
    sent = [tab.send(pair.space, f"from tab {number}") for number, tab in enumerate(tabs)]
    assert all(tab.outcome(mutation)["ok"] for tab, mutation in zip(tabs, sent, strict=True))
    pair.write("from sam")
    for tab in tabs:
        tab.until_shown(pair.space, pair.sent())
    assert sorted(pair.sent()) == ["from sam", "from tab 0", "from tab 1", "from tab 2"]


def test_one_tab_syncs_for_all(context, tabs, pair):
    sockets = []
    for tab in tabs:
        tab.page.on("websocket", lambda socket: sockets.append(socket.url))
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    tabs[1].outcome(tabs[1].send(pair.space, "hello"))
    for tab in tabs[1:]:
        tab.load().until_live()
    assert (sockets, [url for url in asked if "/api/" in url]) == ([], []), "all goes over the first tab's socket"
    assert tabs[2].page.evaluate(WAIT_FOR_LOCKS) == ["beside/beside/sync"]


def test_a_tab_that_is_woken_lets_the_one_that_syncs_ask_what_is_new(tabs):
    before = tabs[0].call("asked", "pull")
    tabs[2].call("wake")
    until(lambda: tabs[0].call("asked", "pull") > before)


def test_only_the_tab_that_syncs_says_what_has_arrived(tabs, pair):
    def said():
        return tabs[0].call("made", "position.delivered")

    until(lambda: said() == 1)  # for the records that pairing had stored
    for count, text in enumerate(["hello", "are you there?"], start=2):
        pair.write(text)
        until(lambda count=count: said() >= count)
        until(lambda: tabs[2].call("waiting") == 0)
    assert said() == 3


def test_a_refusal_is_told_in_the_tab_that_asked_and_kept_for_all(tabs, pair):
    outcome = tabs[2].outcome(tabs[2].do("message.send", space="pair:nowhere", id="m", text="hi", origin="person"))
    assert not outcome["ok"]
    for tab in tabs:
        until(lambda tab=tab: tab.call("refused") == [outcome["error"]["code"]])


@pytest.mark.parametrize("end", ["close", "crash"])
def test_another_tab_takes_over_from_one_that_is_gone(tabs, pair, end):
    first, second, third = tabs
    if end == "close":
        first.page.close()
    else:
        crash(first)
    mutation = second.send(pair.space, "I am still here")
    assert second.outcome(mutation)["ok"]
    pair.write("I can hear you")
    for tab in (second, third):
        tab.until_shown(pair.space, ["I am still here", "I can hear you"])
        tab.until_live()
    assert pair.sent() == ["I am still here", "I can hear you"]


def crash(tab: Tab) -> None:
    """Crash the process of a tab."""
    with tab.page.expect_event("crash", timeout=1000 * PATIENCE), suppress(Error):
        tab.page.goto("chrome://crash")


def test_tokens_are_renewed_once_for_all_tabs(context, tabs, pair):
    before = pair.server.mongo.refresh_tokens.count_documents({"device": pair.tokens["device"]})
    for tab in tabs:
        tab.call("skew", NINE_MINUTES_AND_A_HALF + 15_000)
    asks = "void (window.asked = Promise.all([1, 2, 3].map(() => app.request('GET', '/devices'))))"
    for tab in tabs:
        tab.page.evaluate(asks)
    for tab in tabs:
        assert all("devices" in answer for answer in tab.page.evaluate("window.asked"))
    assert pair.server.mongo.refresh_tokens.count_documents({"device": pair.tokens["device"]}) == before + 1


def test_signing_out_in_one_tab_reaches_the_others_and_leaves_nothing_but_the_key_of_the_device(
    context, origin, server
):
    handle = server.user()["handle"]
    tabs = [Tab(context, origin, server.address) for _ in range(2)]
    tabs[1].call("signIn", {"handle": handle, "passphrase": PASSPHRASE})
    until(lambda: tabs[0].call("who"))
    tabs[0].until_live()
    tabs[0].outcome(tabs[0].do("note.put", id="n1", title="a canary", body="which must not be found"))
    until(lambda: tabs[1].call("notes") == ["a canary"])
    tabs[1].call("signOut")
    for tab in tabs:
        until(lambda tab=tab: (tab.call("who"), tab.call("notes"), tab.status["state"]) == (None, [], "signed out"))
    rows = tabs[0].rows()
    assert (rows["records"], rows["outbox"], rows["refused"]) == ({}, {}, {})
    kept = {name: value for name, value in rows["state"].items() if value}
    assert set(kept) <= {"deviceKey"}
    assert handle in kept["deviceKey"]
    assert "canary" not in str(rows)


def test_another_account_that_signs_in_finds_nothing_of_the_one_before(open_tab, pair, server):
    first, second = (open_tab() for _ in range(2))
    first.until_live()
    pair.write("for ann only")
    second.until_shown(pair.space, ["for ann only"])
    other = server.user()["handle"]
    second.call("signIn", {"handle": other, "passphrase": PASSPHRASE})
    until(lambda: first.call("who")["handle"] == other)
    pair.write("also for ann only")
    for tab in (first, second):
        tab.until_live()
        assert (tab.texts(pair.space), tab.call("spaces")) == ([], [])
    first.outcome(first.do("note.put", id="n1", title="mine", body=""))
    assert pair.space not in str(first.rows())
    assert "for ann only" not in str(first.rows())
