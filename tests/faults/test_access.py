"""F14: access ends while others are writing. Nobody receives, or writes, what is stored after that."""

import threading
import time

import pytest

from server.store.pending import PendingMutation
from sync.record import Key, private
from tests.transports import Failed
from tests.waiting import PATIENCE, until

PROBE = "probe"


def writes(phone, space, over: threading.Event) -> None:
    """Send messages one by one until it is over, or until the server says no."""
    number = 0
    while not over.is_set():
        number += 1
        phone.does("message.send", space=space, id=f"{phone.clock.device}-{number}", text="x", origin="person")
        if not all(outcome["ok"] for outcome in phone.push()):
            return


def running(*tasks) -> list[threading.Thread]:
    threads = [threading.Thread(target=task, args=args) for task, *args in tasks]
    for thread in threads:
        thread.start()
    return threads


def loses(phone, writer, space) -> None:
    """Note that a phone has lost a space by now: whatever somebody sends from here on is not for it."""
    sent = writer.do("message.send", space=space, id=f"{PROBE}-{time.monotonic_ns()}", text="x", origin="person")
    seq = sent["changes"][0]["seq"]
    phone.pen.write("lost", space=space, seq=seq - 1)


def goes_on(phone, space) -> None:
    """Wait until the others have written more, after something has happened."""
    phone.pull()
    before = len(phone.texts(space))
    until(lambda: [phone.pull(), len(phone.texts(space)) > before + 10][1])


def test_when_a_pairing_ends_among_messages_none_is_stored_after_the_end_and_both_know_the_same(server, faults):
    faults = faults(server, pairs=2)
    space, phones = faults.pairs[0]
    listeners = [faults.listens(name) for name in ("sam0", "ann0")]
    faults.people["eve"] = server.user()
    stranger = faults.listens("eve")
    over = threading.Event()
    threads = running(*((writes, phone, space, over) for phone in phones))
    for listener in listeners:
        listener.live.wait(lambda listener=listener: len(listener.texts(space)) > 10)
    ending = faults.phone("sam0.second", server.device(faults.people["sam0"]))
    assert ending.do("pairing.end", pairing=space.removeprefix("pair:"))["ok"]
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "everybody is told no, once"
    fresh = faults.phone("sam0.third", server.device(faults.people["sam0"]))
    fresh.whole()
    for listener in listeners:
        listener.live.wait(lambda listener=listener: listener.texts(space) == fresh.texts(space))
    assert len(fresh.texts(space)) > 10
    assert stranger.replica == {}
    assert faults.ends() == []


def test_a_phone_that_is_signed_out_among_messages_hears_none_that_is_stored_after_that(server, faults):
    faults = faults(server, pairs=1)
    space, (sam, ann, tablet) = faults.pairs[0]
    live = faults.listens("ann0")
    over = threading.Event()
    threads = running((writes, sam, space, over), (writes, tablet, space, over))
    live.live.wait(lambda: len(live.live.frames) > 10)
    ann.transport.send("DELETE", f"devices/{live.tokens['device']}")
    loses(live, ann, space)
    goes_on(ann, space)
    over.set()
    for thread in threads:
        thread.join()
    assert live.live.closed.wait(PATIENCE)
    with pytest.raises(Failed):
        live.pull()
    faults.listeners.remove(live)
    assert faults.ends() == []


def test_a_member_who_is_removed_among_messages_fetches_none_that_is_stored_after_that(inside):
    world = inside.world
    sam, ann = inside.phone(world.person("sam", "specialist"), "sam"), inside.phone(world.person("ann"), "ann")
    space = inside.paired(sam, ann)
    second = inside.phone(sam.transport.caller, "sam.second")
    over = threading.Event()
    threads = running((writes, sam, space, over), (_pulls, ann, over))
    until(lambda: ann.texts(space))
    remove(world, ann, space)
    loses(ann, second, space)
    goes_on(second, space)
    over.set()
    for thread in threads:
        thread.join()
    ann.pull()
    assert ann.texts(space) == []
    inside.phones.remove(ann)
    assert inside.ends() == []


def _pulls(phone, over: threading.Event) -> None:
    while not over.is_set():
        phone.pull()


@pytest.mark.parametrize("step", ["memberships", "extents", "after", "newest"])
def test_a_pull_that_is_under_way_when_access_is_lost_brings_nothing_stored_after_that(inside, monkeypatch, step):
    world = inside.world
    sam, ann = inside.phone(world.person("sam", "specialist"), "sam"), inside.phone(world.person("ann"), "ann")
    space = inside.paired(sam, ann)
    sam.do("message.send", space=space, id="m1", text="before", origin="person")
    reader = world.parts.reader
    reads = getattr(reader, step)

    def then_reads(*args):
        """Read one step of a pull after access is lost, what was asked before it being asked already."""
        monkeypatch.undo()
        remove(world, ann, space)
        loses(ann, sam, space)
        return reads(*args)

    def reads_then(*args):
        found = reads(*args)
        then_reads(*args)
        return found

    monkeypatch.setattr(reader, step, then_reads if step in {"after", "newest"} else reads_then)
    if step == "newest":
        ann.cursor, ann.positions, ann.seen = None, {}, {}
    ann.pull()
    inside.phones.remove(ann)
    assert inside.ends() == []


def remove(world, phone, space) -> None:
    """Take a user's membership away, as no command does yet."""
    key = Key(private(phone.user), "membership", space.replace(":", "."))
    pending = PendingMutation(f"{phone.user}|removed", "", "test", lambda change_set: [change_set.get(key).tombstone()])
    world.parts.group_commit.run([pending])
    phone.pen.write("ok", mutation="removed", changes=[record.change() for record in pending.changed])
