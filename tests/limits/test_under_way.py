"""What is under way is bounded, by account and in all; and no account's large bodies keep others waiting."""

import threading

import orjson
import pytest

from schemas.errors import RateLimited, TryLater
from server.limits import under_way
from server.limits.pacing import Pacing
from server.limits.settings import Limits
from server.limits.under_way import UnderWay
from tests.waiting import until


def test_an_account_has_so_many_requests_under_way_and_others_have_theirs():
    counts = UnderWay(2)
    first, _ = counts.enter("ann"), counts.enter("ann")
    with pytest.raises(RateLimited) as refused:
        counts.enter("ann")
    assert refused.value.details["field"] == "requests_under_way"
    counts.enter("sam")
    first()
    first()  # an answer may be closed twice
    counts.enter("ann")
    with pytest.raises(RateLimited):
        counts.enter("ann")


def test_without_a_limit_any_number_may_be():
    counts = UnderWay(0)
    for _ in range(1000):
        counts.enter("ann")


def test_large_bodies_of_one_account_and_of_all_have_an_end(monkeypatch):
    monkeypatch.setattr(under_way, "BODIES_OF_ONE", 200_000)
    monkeypatch.setattr(under_way, "BODIES_OF_ALL", 300_000)
    counts = UnderWay(0)
    with counts.body("ann", 150_000):
        with pytest.raises(TryLater), counts.body("ann", 100_000):
            pass
        with counts.body("ann", under_way.LARGE), counts.body("sam", 100_000), pytest.raises(TryLater):
            counts.body("bob", 100_000).__enter__()
    with counts.body("ann", 200_000):
        pass


def test_large_bodies_are_read_one_after_the_other_and_accounts_take_turns(monkeypatch):
    order, gate, parsed = [], threading.Event(), under_way.parsed

    def slow(raw):
        value = parsed(raw)
        order.append(value["of"])
        gate.wait(60)
        return value

    monkeypatch.setattr(under_way, "parsed", slow)
    counts = UnderWay(0)

    def body(of):
        return orjson.dumps({"of": of, "text": "x" * under_way.LARGE})

    threads = [threading.Thread(target=counts.read, args=(name, body(name))) for name in ("ann", "ann", "ann", "sam")]
    threads[0].start()
    until(lambda: order == ["ann"])
    for thread in threads[1:]:
        thread.start()
    until(lambda: sum(len(queue) for queue in counts._reading._waiting.values()) == 3)
    gate.set()
    for thread in threads:
        thread.join(60)
    assert order in (["ann", "sam", "ann", "ann"], ["ann", "ann", "sam", "ann"])


def test_requests_that_would_wait_for_long_are_refused_and_do_not_all_go_on_at_once(monkeypatch):
    slept = []
    monkeypatch.setattr("server.limits.pacing.time.sleep", slept.append)
    pacing = Pacing(Limits(requests_at_once=10, requests_per_second=1))
    for _ in range(30):
        pacing.wait_for_account("ann", 0)
    with pytest.raises(RateLimited) as refused:
        pacing.wait_for_account("ann", 0)
    assert refused.value.details["retry_after"] >= 20
    assert max(slept) <= 20
    pacing.wait_for_account("sam", 0)
