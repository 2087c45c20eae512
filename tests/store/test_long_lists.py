"""Lists that may be very long are read in parts, and a long list of one kind keeps no other kind waiting."""

from types import SimpleNamespace

import pytest

from schemas.errors import TryLater
from server.jobs import scheduler
from server.queries import staff
from server.queries.staff_overview import Overview
from server.store import documents
from server.store.accounts import AccountStore
from server.store.tombstones import expire_tombstones
from sync.record import Record
from tests.lifecycle.matching_fixture import MatchingFixture
from tests.sealed import encoded

PERSON = {"by": "nobody"}


def put(world, kind, count, due, start=0):
    """Store live records of a kind that are due, by the back door: as after an outage."""
    rows = [
        Record(f"{kind}{number}", kind, f"pair:{kind}{number}", "nobody", PERSON, seq=1, first_seq=1, due=due + number)
        for number in range(start, start + count)
    ]
    world.mongo.records.insert_many(encoded(world.mongo, rows))


def acted(world, monkeypatch, runs=1, fail=()):
    """Let the scheduler run, and return the ids of the records that it acted on, by run."""
    done = []

    def note(found):
        done[-1] += [record.id for record in found]
        for record in found:
            if record.kind in fail:
                continue
            world.mongo.records.update_one({"_id": documents.name(record.key)}, {"$unset": {"due": 1, "live": 1}})

    kinds = dict.fromkeys(("offer", "promise", "sos", "position"), note)
    monkeypatch.setattr(world.parts.scheduler, "due_handlers", kinds)
    for _ in range(runs):
        done.append([])
        world.parts.scheduler.run()
    return done


@pytest.fixture
def few(monkeypatch):
    """Let a scheduler act on ten records in a run."""
    monkeypatch.setattr(scheduler, "MOST_RECORDS", 10)
    monkeypatch.setattr(scheduler, "MOST_READ", 50)


def test_a_call_for_help_is_not_behind_a_backlog_of_another_kind_or_of_another_scheduler(world, monkeypatch, few):
    put(world, "bell", 40, world.time - 2000)  # of the scheduler of notifications
    put(world, "promise", 40, world.time - 1000)
    put(world, "sos", 2, world.time - 100)
    [first] = acted(world, monkeypatch)
    assert {"sos0", "sos1"} <= set(first)
    assert len(first) == 10


def test_a_backlog_is_dealt_with_whole_and_what_has_waited_longest_first(world, monkeypatch, few):
    put(world, "promise", 25, world.time - 1000)
    runs = acted(world, monkeypatch, runs=4)
    assert [len(run) for run in runs] == [10, 10, 5, 0]
    assert [name for run in runs for name in run] == [f"promise{number}" for number in range(25)]


def test_records_that_fail_again_and_again_keep_none_of_their_kind_waiting(world, monkeypatch, few):
    put(world, "offer", 30, world.time - 2000)  # these fail
    put(world, "promise", 15, world.time - 1000)
    runs = acted(world, monkeypatch, runs=6, fail={"offer"})
    assert {f"promise{number}" for number in range(15)} <= {name for run in runs for name in run}
    assert {f"offer{number}" for number in range(30)} <= {name for run in runs for name in run}, "each is tried"


def test_a_backlog_of_positions_keeps_no_other_kind_waiting(world, monkeypatch, few):
    put(world, "position", 40, world.time - 2000)
    put(world, "promise", 15, world.time - 1000)
    put(world, "sos", 1, world.time - 100)
    first, second, *others = acted(world, monkeypatch, runs=6)
    assert set(first + second) >= {"sos0", *(f"promise{number}" for number in range(15))}
    assert [name for run in (second[-4:], *others) for name in run] == [f"position{number}" for number in range(40)]


def test_many_are_acted_on_together_and_what_makes_them_fail_is_tried_alone(world, monkeypatch):
    monkeypatch.setattr(scheduler, "TOGETHER", 10)
    put(world, "position", 25, world.time - 1000)
    tried = []

    def together(records):
        tried.append([record.id for record in records])
        for record in records:
            alone(record)

    def alone(record):
        if record.id == "position3":
            raise TryLater("This one fails.")
        world.mongo.records.update_one({"_id": documents.name(record.key)}, {"$unset": {"due": 1, "live": 1}})

    each = scheduler.Each(alone, together)
    monkeypatch.setattr(world.parts.scheduler, "due_handlers", {"position": each})
    assert world.parts.scheduler.run() == 25
    assert [len(names) for names in tried] == [10, 10, 5]
    world.parts.scheduler.run()
    assert len(tried) == 3, "those that were behind it are tried alone"
    assert [row["id"] for row in world.mongo.records.find({"due": {"$gt": 0}})] == ["position3"]


def test_not_all_that_is_due_is_read_at_once(world, monkeypatch, few):
    put(world, "promise", 40, world.time - 1000)
    found = world.parts.reader.due(world.time, {"promise", "sos"}, 10)
    assert [record.id for record in found] == [f"promise{number}" for number in range(10)]


def test_lists_of_staff_end_somewhere_and_say_so(world, monkeypatch):
    people = MatchingFixture(world)
    for number in range(3):
        people.look(people.peer(f"peer{number}"))
    parts = world.parts
    overview = Overview(parts.reader, parts.matchmaker.specialist_index, AccountStore(world.mongo), parts.backend.now)
    for listed, more in ((2, True), (3, False)):
        monkeypatch.setattr(staff, "LISTED", listed)
        queue = overview.queue(people.olga.transport.caller)
        assert (len(queue["waiting"]), queue["more"]) == (listed, more)


@pytest.mark.parametrize("tombstones_only", [True, False])
def test_very_many_records_are_deleted_in_portions(world, ann, monkeypatch, tombstones_only):
    monkeypatch.setattr(documents, "DELETED_AT_ONCE", 3)
    for number in range(10):
        assert ann.do("note.put", id=f"n{number}", title="A note")["ok"]
    for number in range(0, 10, 2):
        assert ann.do("note.delete", id=f"n{number}")["ok"]
    space = f"user:{ann.user}"
    if tombstones_only:
        assert expire_tombstones(world.mongo, space, 10**6) == 4, "the one at the head stays"
        left = {row["id"] for row in world.mongo.records.find({"space": space, "kind": "note"})}
        assert left == {"n1", "n3", "n5", "n7", "n8", "n9"}
    else:
        documents.delete(world.mongo.records, space)
        assert list(world.mongo.records.find({"space": space})) == []


def test_a_run_ends_after_a_while_and_a_call_for_help_is_first_in_the_next(world, monkeypatch):
    """Each record takes a second, on the scheduler's clock."""
    put(world, "promise", 20, world.time - 1000)
    clock, acted = [0.0], []

    def slow(record):
        clock[0] += 1
        acted.append(record.id)
        world.mongo.records.update_one({"_id": documents.name(record.key)}, {"$unset": {"due": 1, "live": 1}})

    monkeypatch.setattr(scheduler, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(scheduler, "RUN", 2.0)
    monkeypatch.setattr(world.parts.scheduler, "due_handlers", dict.fromkeys(("sos", "promise"), scheduler.Each(slow)))
    assert world.parts.scheduler.run() == 3
    put(world, "sos", 1, world.time - 10)
    assert world.parts.scheduler._signal.is_set(), "the next run begins at once"
    world.parts.scheduler.run()
    assert acted[3] == "sos0"
    while world.parts.scheduler.run():
        pass
    assert len(acted) == len(set(acted)) == 21
