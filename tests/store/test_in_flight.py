"""The queue of submissions, which many threads use at once."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.store import in_flight
from server.store.in_flight import InFlightGroups
from server.store.pending import PendingMutation, Submission
from sync.record import Key

THREADS, EACH = 4, 400


@pytest.fixture(autouse=True)
def _threads_take_turns_often() -> Iterator[None]:
    seconds = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(seconds)


def submission(user: int, number: int) -> Submission:
    name = f"{user}|{number}"
    pending = PendingMutation(name, "", "note.put", lambda _: [], [Key(f"user:{user}", "note", name)], str(user))
    return Submission([pending])


def test_threads_that_come_at_once_are_each_in_one_group(monkeypatch):
    """The queue is long, so that somebody comes while it is looked through."""
    monkeypatch.setattr(in_flight, "WAITING_EACH", EACH)
    queue, taken = InFlightGroups(), list[str]()

    def comes(user: int) -> None:
        for number in range(EACH):
            waits = submission(user, number)
            while not queue.add(waits):  # very many wait already
                time.sleep(0)
            queue.wake()

    with ThreadPoolExecutor(THREADS) as threads:
        coming = [threads.submit(comes, user) for user in range(THREADS)]
        while len(taken) < THREADS * EACH and not any(one.done() and one.exception() for one in coming):
            taken.extend(one.mutations[0].name for one in queue.group())  # one thread at a time has the turn
    for one in coming:
        one.result()
    assert sorted(taken) == sorted(f"{user}|{number}" for user in range(THREADS) for number in range(EACH))
