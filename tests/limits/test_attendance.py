"""Beside knows when it could serve nobody, by the database's clock, and stores that before it acts on any deadline."""

import time

import pytest

from schemas.errors import TryLater
from server.commands.absence import ABSENCES
from server.jobs.attendance import LONGEST_GAP, SAY_EVERY
from server.store import attendance
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


def test_nobody_was_missed_before_the_first_word_nor_between_two_that_came_in_time(world, now):
    assert attendance.move_on(world.mongo, LONGEST_GAP) is None
    silent(world, LONGEST_GAP - 20_000)
    assert attendance.move_on(world.mongo, LONGEST_GAP) is None
    assert world.mongo.leases.find_one({"_id": attendance.ROW})["until"] >= now - MINUTE // 2


def test_an_absence_is_found_until_it_is_stored(world, now):
    since = silent(world, 2 * HOUR)
    first, second = (attendance.move_on(world.mongo, LONGEST_GAP) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[0] == second[0] == since
    attendance.resume(world.mongo, *second)
    assert attendance.move_on(world.mongo, LONGEST_GAP) is None


def test_the_timers_store_an_absence_before_they_act_and_only_once(world, now):
    since = silent(world, 2 * HOUR)
    world.parts.scheduler.run()
    [[start, end]] = spans(world)
    assert start == since
    assert now - MINUTE < end <= world.time
    world.time += SAY_EVERY
    world.parts.scheduler.run()
    assert spans(world) == [[start, end]]


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
    world.parts.scheduler.attendance.attend()
    assert world.mongo.leases.find_one({"_id": attendance.ROW})["until"] == since
    monkeypatch.undo()
    world.parts.scheduler.attendance.attend()
    assert spans(world)[0][0] == since


def test_a_worker_says_it_every_few_seconds_also_when_its_clock_went_back(world, now):
    world.parts.scheduler.attendance.attend()
    for jump, is_said in ((SAY_EVERY - 1, False), (SAY_EVERY, True), (-HOUR, True)):
        silent(world, LONGEST_GAP // 2)
        before = world.mongo.leases.find_one({"_id": attendance.ROW})["until"]
        world.time = now + jump
        world.parts.scheduler.attendance.attend()
        assert (world.mongo.leases.find_one({"_id": attendance.ROW})["until"] > before) == is_said


def test_an_absence_that_ends_in_the_future_or_overlaps_is_no_longer_than_it_was(world, now):
    for since, until in ((2 * HOUR, HOUR), (3 * HOUR, 90 * MINUTE), (MINUTE, -HOUR)):
        world.parts.backend.order("absence.add", {"since": now - since, "until": now - until}, f"a{since}")
    assert spans(world) == [[now - 3 * HOUR, now - HOUR], [now - MINUTE, now]]
