"""What takes much memory is done for a few at once."""

import threading

import pytest

from schemas.errors import TryLater
from server import concurrency
from server.concurrency import few_at_once

MOST = 3


def test_no_more_than_a_few_are_in_it_and_all_get_their_turn():
    inside, busiest, done, full = 0, 0, [], threading.Barrier(MOST)
    count = threading.Lock()

    @few_at_once(MOST)
    def work(number):
        nonlocal inside, busiest
        with count:
            inside += 1
            busiest = max(busiest, inside)
        full.wait(60)  # goes on only when as many as may are in here
        with count:
            inside -= 1
            done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4 * MOST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert busiest == MOST
    assert sorted(done) == list(range(4 * MOST))


def test_a_turn_is_given_back_by_whoever_fails():
    @few_at_once(1)
    def work():
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            work()


def test_who_waits_too_long_is_told_so_and_takes_no_turn(monkeypatch):
    monkeypatch.setattr(concurrency, "PATIENCE", 0.01)
    entered, leave = threading.Event(), threading.Event()

    @concurrency.few_at_once(1)
    def work():
        entered.set()
        leave.wait(60)

    first = threading.Thread(target=work)
    first.start()
    entered.wait(60)
    with pytest.raises(TryLater):
        work()
    leave.set()
    first.join(60)
    work()
