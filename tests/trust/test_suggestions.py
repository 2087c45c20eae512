"""Suggestions: what is suggested is nowhere at the other's before they say yes."""

import itertools
import logging

import pytest
from structlog.testing import capture_logs

from server import app
from server.store import transaction
from sync.clock import DAY
from sync.record import private
from tests.conftest import CONFIG
from tests.sealed import to_be_read
from tests.trust.leak_checker import LeakChecker, found_of, words

LEADS = {"suggestion.allow": "allowed", "suggestion.not_now": "not_now", "suggestion.withdraw": "withdrawn"}
ANSWERS = tuple(LEADS)


@pytest.fixture
def look(world, caplog):
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        yield LeakChecker(world, [logs, caplog.records])


@pytest.fixture
def asked(look):
    """Return what sam has asked ann: whether he may suggest something."""
    assert act(look, "sam", "suggestion.ask", text=words("sam", "s1", 1), about="mornings")
    return "s1"


def act(look, who, name, **args):
    return look.phones[who].do(name, space=look.space, id="s1", **args)["ok"]


def told(look, *, rows=False):
    """Return whether ann is told, after looking everywhere."""
    look.phones["ann"].pull()
    [row] = look.phones["ann"].records("suggestion")
    is_told = "text" in row["data"]
    assert is_told == (row["data"]["state"] == "allowed")
    look.look({}, suggested=frozenset({words("sam", "s1", 1)} if is_told else ()), rows=rows)
    return is_told


def test_it_is_asked_for_with_nothing_but_what_it_is_about(look, asked):
    assert not told(look)
    [row] = look.phones["ann"].records("suggestion")
    assert row["data"] == {"about": "mornings", "state": "asked"}
    assert [card["data"]["text"] for card in look.phones["sam"].records("card")] == [words("sam", "s1", 1)]


def test_after_a_yes_it_is_everywhere_at_the_other_and_the_card_is_gone(look, asked):
    assert not told(look, rows=True)
    assert act(look, "ann", "suggestion.allow")
    assert told(look, rows=True)
    look.phones["sam"].pull()
    assert look.phones["sam"].records("card") == []


def test_not_now_tells_nothing_reminds_nobody_and_can_become_a_yes(look, asked):
    assert act(look, "ann", "suggestion.not_now")
    look.world.wait(365 * DAY)
    before = list(look.world.mongo.records.find({}).sort("_id"))
    assert look.world.parts.scheduler.run() == 0
    assert list(look.world.mongo.records.find({}).sort("_id")) == before
    assert not told(look)
    assert act(look, "ann", "suggestion.allow")
    assert told(look)


@pytest.mark.parametrize("before", [[], ["suggestion.not_now"]])
def test_what_was_withdrawn_is_never_told(look, asked, before):
    for name in before:
        assert act(look, "ann", name)
    assert act(look, "sam", "suggestion.withdraw")
    assert not told(look)
    for name in ("suggestion.allow", "suggestion.not_now"):
        assert not act(look, "ann", name)
    assert not told(look)
    assert look.world.mongo.records.find_one({"space": private("id-sam"), "kind": "card", "deleted": None}) is None


def test_what_was_told_cannot_be_put_off_and_is_gone_once_it_is_taken_back(look, asked):
    assert act(look, "ann", "suggestion.allow")
    assert act(look, "ann", "suggestion.allow")
    assert not act(look, "ann", "suggestion.not_now")
    assert told(look)
    assert act(look, "sam", "suggestion.withdraw")
    assert not act(look, "ann", "suggestion.allow")
    assert not told(look)


def test_only_the_other_answers_and_only_who_asked_withdraws(look, asked):
    assert not act(look, "sam", "suggestion.allow")
    assert not act(look, "sam", "suggestion.not_now")
    assert not act(look, "ann", "suggestion.withdraw")
    assert not act(look, "eve", "suggestion.allow")
    assert not told(look)


@pytest.mark.parametrize("way", ["pairing.pause", "pairing.end"])
def test_where_nothing_can_be_written_nothing_is_told(look, asked, way):
    assert look.phones["sam"].do(way, pairing=look.space.partition(":")[2])["ok"]
    assert not act(look, "ann", "suggestion.allow")
    assert not told(look)


class Workers:
    """Two workers: what the second is asked is stored between what the first decides and what it stores."""

    def __init__(self, look, monkeypatch):
        self.look, self._store, self._meanwhile = look, transaction.store, []
        self.other = app.build(CONFIG, look.world.mongo, lambda: look.world.time)
        self.other.group_commit._after = look.world.parts.group_commit._after
        monkeypatch.setattr(transaction, "store", self._stored)

    def race(self, name, first, second):
        """Return what became of both, in the order in which they were stored."""
        done = []

        def meanwhile():
            tablet = self.look.world.phone(self.look.callers[_who(second)], "tablet")
            tablet.transport.parts = self.other
            done.append((second, tablet.do(second, space=self.look.space, id=name)["ok"]))

        self._meanwhile.append(meanwhile)
        phone = self.look.phones[_who(first)]
        done.append((first, phone.do(first, space=self.look.space, id=name)["ok"]))
        return done

    def _stored(self, *args):
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._store(*args)


def _who(command):
    return "sam" if command.endswith("withdraw") else "ann"


def test_two_workers_that_race_leave_it_told_or_withdrawn_and_never_both(look, monkeypatch):
    workers, states, told, seen = Workers(look, monkeypatch), {}, set(), set()
    for number, (first, second) in enumerate(itertools.product(ANSWERS, repeat=2)):
        text = words("sam", f"s{number}", 1)
        assert look.phones["sam"].do("suggestion.ask", space=look.space, id=f"s{number}", text=text)["ok"]
        state, done = "asked", workers.race(f"s{number}", first, second)
        for name, is_done in done:
            may = state in {"asked", "not_now", LEADS[name]} or name == "suggestion.withdraw"
            seen |= {text} if state == "allowed" else set()
            state = LEADS[name] if may else state
            assert is_done == may, (done, state)
        states[f"s{number}"] = state
        told |= {text} if state == "allowed" else set()
        look.look({}, suggested=frozenset(told), taken_back=frozenset(seen - told), rows=False)
    assert {row["id"]: row["data"]["state"] for row in look.phones["ann"].records("suggestion")} == states
    assert set(states.values()) == set(LEADS.values())
    cards = look.world.mongo.records.count_documents({"space": private("id-sam"), "kind": "card", "deleted": None})
    assert cards == list(states.values()).count("not_now")


def test_the_cards_of_the_other_are_found_where_they_may_be(look, asked):
    """Otherwise nothing above would mean anything."""
    kept = to_be_read(look.world.mongo)
    assert found_of("sam", kept) == {words("sam", "s1", 1)}
