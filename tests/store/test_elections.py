"""A commit that only one shard shows yet, and a primary that goes away: no phone misses anything, or starts over."""

import threading

import pytest

from schemas.errors import TryLater
from tests.store.failing import followed, proxy, sends, world  # noqa: F401 — fixtures
from tests.waiting import until

# ruff: noqa: F811


@pytest.mark.parametrize("hidden", [("records",), ("spaces",), ("records", "spaces")], ids="+".join)
def test_a_phone_gets_what_is_not_visible_everywhere_yet(world, proxy, sam, ann, pair, hidden):
    ann.sync()
    proxy.hide_commits(hidden, 600_000)
    assert sends(sam, pair, "m1")["ok"]
    pull = threading.Thread(target=ann.pull)
    pull.start()
    until(lambda: proxy.hidden.waiting or not pull.is_alive())
    proxy.heal()
    pull.join(60)
    ann.pull()
    assert ann.texts(pair) == ["hello"]
    assert sends(ann, pair, "m2")["ok"]


def test_a_phone_does_not_start_over_because_a_server_knows_less(world, proxy, sam, ann, pair):
    """A live frame has told it of the last commit. The worker that it asks next is new, and sees the head of before."""
    cursor = ann.transport.call("pull", {"cursor": None, "limit": 100})["cursor"]
    proxy.hide_commits({"spaces", "records"}, 600_000)
    [change] = sends(sam, pair, "m1")["changes"]
    world.restarted()
    ann.transport.parts, pages = world.parts, []
    ask = {"cursor": cursor, "seen": {pair: change["seq"]}, "limit": 100}
    pull = threading.Thread(target=lambda: pages.append(ann.transport.call("pull", ask)))
    pull.start()
    until(lambda: proxy.hidden.waiting or not pull.is_alive())
    proxy.heal()
    pull.join(60)
    assert (pages[0]["reset"], pages[0]["changes"]) == ([], [])


def test_an_election_costs_a_phone_some_tries_and_nothing_else(world, proxy, sam, ann, pair):
    assert sends(ann, pair, "m1")["ok"]
    proxy.fail_over(600)
    assert sends(ann, pair, "m2")["error"]["code"] == TryLater.code
    proxy.heal()
    ann.does("message.send", space=pair, id="m3", text="hello", origin="person")
    until(lambda: len(ann.push()) == 0)
    sam.sync()
    messages = sam.records("message", pair)
    assert sorted(row["id"] for row in messages) == ["m1", "m2", "m3"]
    seqs = sorted(row["seq"] for row in messages)
    assert seqs == list(range(seqs[0], seqs[0] + 3))
