"""What takes much memory is done for a few accounts at once, and for each in turn."""

import threading

import pytest

from schemas.errors import TryLater
from server import concurrency
from server.concurrency import FairTurns
from tests.waiting import until

MOST = 3


def started(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


def test_no_more_than_a_few_are_in_it_and_all_get_their_turn():
    turns, inside, busiest, done, full = FairTurns(MOST), 0, 0, [], threading.Barrier(MOST)
    count = threading.Lock()

    def work(number):
        nonlocal inside, busiest
        with count:
            inside += 1
            busiest = max(busiest, inside)
        full.wait(60)  # goes on only when as many as may are in here
        with count:
            inside -= 1
            done.append(number)

    asking = [lambda number=number: turns.run(f"user {number}", lambda: work(number)) for number in range(4 * MOST)]
    for thread in started(*asking):
        thread.join(60)
    assert busiest == MOST
    assert sorted(done) == list(range(4 * MOST))


def test_an_account_that_asks_many_times_at_once_waits_for_itself_and_no_other_does():
    turns, order, go_on = FairTurns(2), [], threading.Event()

    def first():
        go_on.wait(60)
        order.append("greedy")

    greedy = [lambda: turns.run("greedy", first), *[lambda: turns.run("greedy", lambda: order.append("greedy"))] * 8]
    threads = started(*greedy)
    until(lambda: len(turns._waiting.get("greedy", ())) == 8)
    turns.run("other", lambda: order.append("other"))
    assert order == ["other"], "there is a turn free, and the greedy account has its one"
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert order == ["other", *["greedy"] * 9]


def test_accounts_take_turns_in_a_circle():
    turns, order, go_on = FairTurns(1), [], threading.Event()
    threads = started(lambda: turns.run("a", lambda: go_on.wait(60)))
    until(lambda: turns._held == {"a"})
    for account, number in [("b", 1), ("b", 2), ("b", 3), ("c", 1), ("c", 2)]:
        threads += started(lambda who=account: turns.run(who, lambda: order.append(who)))
        until(lambda who=account, most=number: len(turns._waiting.get(who, ())) == most)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert order == ["b", "c", "b", "c", "b"]


def test_a_turn_is_given_back_by_whoever_fails():
    def fail():
        raise ZeroDivisionError

    turns = FairTurns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            turns.run("ann", fail)


def test_who_waits_too_long_is_told_so_and_takes_no_turn(monkeypatch):
    monkeypatch.setattr(concurrency, "PATIENCE", 0.01)
    turns, entered, leave = FairTurns(1), threading.Event(), threading.Event()

    def work():
        entered.set()
        leave.wait(60)

    [first] = started(lambda: turns.run("ann", work))
    entered.wait(60)
    for who in ("bob", "ann"):
        with pytest.raises(TryLater):
            turns.run(who, work)
    assert turns._waiting == {}
    leave.set()
    first.join(60)
    turns.run("bob", work)


def test_no_account_has_very_many_waiting(monkeypatch):
    monkeypatch.setattr(concurrency, "MOST_WAITING", 2)
    turns, leave = FairTurns(1), threading.Event()
    threads = started(*[lambda: turns.run("ann", lambda: leave.wait(60))] * 3)
    until(lambda: len(turns._waiting.get("ann", ())) == 2)
    with pytest.raises(TryLater):
        turns.run("ann", lambda: None)
    leave.set()
    for thread in threads:
        thread.join(60)
