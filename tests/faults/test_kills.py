"""F1, F2, F3: processes are killed in the middle of their work; in the end nothing is amiss."""

import threading
import time
from contextlib import suppress

from tests.phone import Lost
from tests.transports import Failed
from tests.waiting import PATIENCE


def test_a_worker_killed_among_batches_loses_nothing_and_answers_again_what_it_answered(host, faults):
    faults = faults(host.server, pairs=3)
    faults.listens("ann0")
    threads = faults.rages(3, most=50)
    for _ in range(2):
        time.sleep(1)
        host.kill("worker")
    for thread in threads:
        thread.join()
    faults.heals()
    faults.asks_again()
    assert faults.ends() == []


def test_a_database_killed_in_a_storm_of_writes_loses_nothing_that_was_acknowledged(host, faults):
    faults = faults(host.server, pairs=3)
    faults.listens("ann0")
    threads = faults.writes(4)
    while any(thread.is_alive() for thread in threads):
        time.sleep(1)
        host.kill("database")
    for thread in threads:
        thread.join()
    faults.heals()
    assert faults.ends() == []


def test_a_worker_that_dies_inside_a_transaction_holds_nobody_up(host, faults):
    faults = faults(host.server, pairs=1)
    sam, ann, _ = faults.phones()
    host.hold("commitTransaction", 5, times=1)
    ann.does("message.send", space=faults.pairs[0].space, id="m1", text="half", origin="person")
    halfway = threading.Thread(target=_push, args=(ann,))
    halfway.start()
    halfway.join(0.5)
    assert halfway.is_alive(), "the transaction is open"
    host.kill("worker")
    host.release()
    started = time.monotonic()
    halfway.join()
    sam.does("message.send", space=faults.pairs[0].space, id="m2", text="the next", origin="person")
    while sam.outbox:
        _push(sam)
    assert time.monotonic() - started < PATIENCE / 2, "nobody waits until the database ends the transaction by itself"
    faults.heals()
    assert faults.ends() == []


def test_a_database_that_hangs_is_waited_for_in_words_and_nothing_is_promised(host, faults):
    faults = faults(host.server, pairs=1)
    sam, ann, tablet = faults.phones()
    space = faults.pairs[0].space
    for phone in (sam, ann, tablet):
        phone.does("message.send", space=space, id=f"of-{phone.name}", text="while it hangs", origin="person")
    with host.hung("database"):
        waiting = [threading.Thread(target=_push, args=(phone,)) for phone in (sam, ann, tablet)]
        started = time.monotonic()
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()
        assert time.monotonic() - started < PATIENCE / 2, "the server answers before a phone gives up"
        assert all(phone.outbox for phone in (sam, ann, tablet)), "nothing is taken for done"
    faults.heals()
    assert faults.ends() == []


def test_what_the_database_did_not_answer_is_not_taken_for_done(host, faults):
    faults = faults(host.server, pairs=1)
    _, ann, _ = faults.phones()
    ann.does("note.put", id="n1", title="is it stored?")
    host.hold("commitTransaction", 11, times=2)  # longer than the server waits, again when it tries again
    outcomes = ann.transport.call("push", {"mutations": ann.outbox})["outcomes"]
    assert outcomes == [], "no answer is the answer: keep it, and ask again"
    faults.heals()
    assert faults.ends() == []


def _push(phone) -> None:
    with suppress(Lost, Failed):
        phone.push()
