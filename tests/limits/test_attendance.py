"""Beside knows when it could serve nobody, by the database's clock, and stores that before it acts on any deadline."""

import time

import pytest
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, WTimeoutError

from schemas.errors import TryLater
from server.commands.absence import ABSENCES
from server.jobs.attendance import LONGEST_GAP, SAY_EVERY
from server.store import attendance, layout
from server.store.layout import LAYOUT
from sync.clock import HOUR, MINUTE
from tests.conftest import World


@pytest.fixture
def now(world: World) -> int:
    """Return the time, which is also the world's from now on."""
    world.time = time.time_ns() // 1_000_000
    return world.time


def silent(world: World, ms: int) -> int:
    """Let the last word of all workers be some time ago, and return when it was."""
    since = world.time - ms
    world.mongo.leases.update_one({"_id": attendance.ROW}, {"$set": {"until": since}}, upsert=True)
    return since


def spans(world: World) -> list[list[int]]:
    found = world.parts.reader.get([ABSENCES]).get(ABSENCES)
    return found.data["spans"] if found is not None else []


def served_until(world: World) -> int:
    row = world.mongo.leases.find_one({"_id": attendance.ROW})
    assert row is not None
    return int(row["until"])


@pytest.fixture
def uptime(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the uptime of the world's worker, in ms: the only item of a list."""
    ms = [0]
    monkeypatch.setattr(world.parts.scheduler.attendance, "_uptime", lambda: ms[0])
    return ms


def test_nobody_was_missed_before_the_first_word(world, now):
    until, seen = attendance.move_on(world.mongo, 0)
    assert until == seen


def test_an_absence_is_found_until_it_is_stored(world, now):
    since = silent(world, 2 * HOUR)
    first, second = (attendance.move_on(world.mongo, 0) for _ in range(2))
    assert first[0] == second[0] == since
    attendance.resume(world.mongo, *second)
    assert attendance.move_on(world.mongo, 0)[0] == second[1]


def test_the_timers_store_an_absence_before_they_act_and_only_once(world, now, uptime):
    silent(world, 2 * HOUR)
    world.parts.scheduler.run()
    [[start, end]] = spans(world)
    assert (round((end - start) / MINUTE), end) == (120, now)
    uptime[0] += SAY_EVERY
    world.parts.scheduler.run()
    assert spans(world) == [[start, end]]


@pytest.mark.parametrize("ahead", [-10 * MINUTE, 10 * MINUTE])
def test_an_absence_is_as_long_as_it_was_though_the_clocks_of_worker_and_database_differ(world, now, ahead):
    silent(world, 9 * MINUTE)
    world.time = now + ahead
    world.parts.scheduler.run()
    [[start, end]] = spans(world)
    assert (round((end - start) / MINUTE), end) == (9, world.time)


@pytest.mark.parametrize(("since", "is_absence"), [(SAY_EVERY, False), (LONGEST_GAP, False), (LONGEST_GAP + 1, True)])
def test_a_clock_that_is_set_ahead_is_no_absence_for_a_worker_that_was_there(world, now, uptime, since, is_absence):
    there = world.parts.scheduler.attendance
    there.attend()
    there._acknowledged = silent(world, 2 * HOUR)  # as the database's clock told the time before it was set
    uptime[0] += since
    there.attend()
    assert len(spans(world)) == is_absence
    assert served_until(world) >= now - MINUTE, "and the next worker finds nothing"


def test_when_the_clock_of_the_database_goes_back_an_absence_after_it_is_still_found(world, now):
    silent(world, -2 * HOUR)
    until, seen = attendance.move_on(world.mongo, now + 2 * HOUR)
    assert until == seen


def test_a_word_that_is_not_acknowledged_is_none(world, now, uptime, monkeypatch):
    there, move_on = world.parts.scheduler.attendance, attendance.move_on
    there.attend()
    acknowledged = served_until(world)

    def without_majority(*told):
        move_on(*told)
        raise WTimeoutError("The write is stored by the first node, and by no other.")

    monkeypatch.setattr(attendance, "move_on", without_majority)
    for _ in range(3):
        time.sleep(0.002)
        uptime[0] += SAY_EVERY
        with pytest.raises(WTimeoutError):
            there.attend()
    assert served_until(world) == acknowledged


def test_a_worker_whose_commits_the_database_refuses_serves_nobody(world, now):
    since = silent(world, 2 * HOUR)
    layout.raise_to(world.mongo, LAYOUT + 1)
    assert not world.parts.scheduler.attendance.attend()
    assert served_until(world) == since


def test_only_calls_for_help_go_on_while_the_disk_is_full(world, now, uptime, monkeypatch, ann):
    assert ann.do("sos.raise", id="s1")["ok"]
    assert ann.do("request.open", id="r1", topics={"grief_loss": 3}, languages={"en": 3})["ok"]
    world.wait(10 * MINUTE)
    there = world.parts.scheduler.attendance
    assert there.attend()
    monkeypatch.setattr(there, "_is_disk_low", lambda: True)
    assert world.parts.scheduler.run() == 1, "the call for help, and not the request"
    monkeypatch.setattr(there, "_is_disk_low", lambda: False)
    assert world.parts.scheduler.run() >= 1


def test_only_calls_for_help_go_on_while_an_absence_cannot_be_stored(world, now, monkeypatch, ann):
    assert ann.do("sos.raise", id="s1")["ok"]
    assert ann.do("request.open", id="r1", topics={"grief_loss": 3}, languages={"en": 3})["ok"]
    silent(world, 2 * HOUR)
    world.wait(10 * MINUTE)

    def refuse(*_):
        raise TryLater("The disk is full.", retry_after=1)

    monkeypatch.setattr(world.parts.scheduler.attendance, "_order", refuse)
    assert world.parts.scheduler.run() == 1, "the call for help, and not the request"
    monkeypatch.undo()
    assert world.parts.scheduler.run() >= 1
    assert len(spans(world)) == 1


def test_with_a_full_disk_nobody_is_served(world, now, monkeypatch):
    monkeypatch.setattr(world.parts.scheduler.attendance, "_is_disk_low", lambda: True)
    since = silent(world, 2 * HOUR)
    assert not world.parts.scheduler.attendance.attend()
    assert served_until(world) == since
    monkeypatch.undo()
    assert world.parts.scheduler.attendance.attend()
    assert len(spans(world)) == 1


def test_a_worker_says_it_every_few_seconds_whatever_its_wall_clock_does(world, now, uptime):
    world.parts.scheduler.attendance.attend()
    for later, is_said in ((SAY_EVERY - 1, False), (SAY_EVERY, True)):
        before = silent(world, LONGEST_GAP // 2)
        uptime[0], world.time = later, world.time - HOUR
        world.parts.scheduler.attendance.attend()
        assert (served_until(world) > before) == is_said
        world.time = now


def test_an_absence_that_ends_in_the_future_or_overlaps_is_no_longer_than_it_was(world, now):
    for since, until in ((2 * HOUR, HOUR), (3 * HOUR, 90 * MINUTE), (MINUTE, -HOUR)):
        world.parts.backend.order("absence.add", {"since": now - since, "until": now - until}, f"a{since}")
    assert spans(world) == [[now - 3 * HOUR, now - HOUR], [now - MINUTE, now]]


@pytest.mark.parametrize("answer", [None, DuplicateKeyError("another worker was faster")])
def test_workers_that_begin_at_the_same_moment_find_the_row_that_one_of_them_made(world, now, monkeypatch, answer):
    """The database tells the one that was slower that there is none, or that there is one already."""
    answers, update = [answer], Collection.find_one_and_update

    def crossed(self, *args, **how):
        if answers:
            told = answers.pop()
            if told is not None:
                raise told
            return None
        return update(self, *args, **how)

    monkeypatch.setattr(Collection, "find_one_and_update", crossed)
    until, seen = attendance.move_on(world.mongo, 0)
    assert until == seen > 0
