"""Open together: either both texts are open, at one place of one record, or nobody is shown anything. In any order."""

import itertools
import logging
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from server import app
from server.store import transaction
from sync.clock import HOUR
from tests.conftest import CONFIG
from tests.phone import Phone
from tests.sync.power import PowerCut, Supply
from tests.trust.leak_checker import LeakChecker, words

FOREVER = 24 * 60  # hours
LETTERS = {"S": ("sam", "seal"), "A": ("ann", "seal"), "s": ("sam", "withdraw"), "a": ("ann", "withdraw")}
TIME = "x"  # the time is over
LONGEST_WORD = 4 if "STORY_STEPS" in os.environ else 3  # letters of the words that are tried, every one of them
WAITING = ("invited", "sealed")


class Promised:
    """What must be true of one disclosure: the whole of the rule, in a few lines."""

    def __init__(self, name: str) -> None:
        self.name, self.state, self.cards, self.asked = name, "invited", dict[str, str](), 0
        self.is_late = False  # the time is over, whether or not a timer has looked

    def does(self, who: str, what: str, text: str) -> bool:
        """Tell whether somebody may do that now, and let it happen."""
        if what == "withdraw":
            if self.state in WAITING:
                self.state = "withdrawn"
            return self.state != "opened"
        if self.state not in WAITING or self.is_late:
            return False
        self.cards[who] = text
        self.state = "opened" if len(self.cards) == 2 else "sealed"
        return True

    def expire(self) -> None:
        self.state = "expired" if self.state in WAITING else self.state


def opened(promised: list[Promised]) -> dict[str, dict[str, str]]:
    return {one.name: one.cards for one in promised if one.state == "opened"}


@pytest.fixture
def look(world, caplog) -> Iterator[LeakChecker]:
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        yield LeakChecker(world, [logs, caplog.records])


def invited(look: LeakChecker, who: str, name: str, hours: int = FOREVER) -> Promised:
    look.phones[who].does("disclosure.invite", space=look.space, id=name, theme="winter", hours=hours)
    return Promised(name)


def request(look: LeakChecker, phone: Phone, what: str, promised: Promised) -> str:
    """Put into an outbox what somebody does; return their words, never the same twice."""
    promised.asked += 1
    text = words(phone.user.removeprefix("id-"), promised.name, promised.asked)
    args = {"text": text} if what == "seal" else {}
    phone.does(f"disclosure.{what}", space=look.space, id=promised.name, **args)
    return text


def asks(look: LeakChecker, who: str, what: str, promised: Promised) -> bool:
    """Put into somebody's outbox what they do, and tell whether it must be accepted."""
    return promised.does(who, what, request(look, look.phones[who], what, promised))


def sent(look: LeakChecker, *, again: bool = False) -> list[bool]:
    """Send what is in the outboxes, sam's first; and again, as if the answers were lost."""
    found = []
    for who in look.other:
        phone, kept = look.phones[who], list(look.phones[who].outbox)
        while phone.outbox:
            found += [outcome["ok"] for outcome in phone.push()]
        if again:
            phone.outbox, repeated = kept, []
            while phone.outbox:
                repeated += [outcome["ok"] for outcome in phone.push()]
            assert repeated == found[len(found) - len(kept) :]
    return found


def lived(look: LeakChecker, length: int, *, prompt: bool, again: bool = False, rows: bool = True) -> list[Promised]:
    """Let every word of these letters happen to a disclosure of its own, and look after each letter."""
    stories = []
    for number, word in enumerate(itertools.product([*LETTERS, TIME], repeat=length)):
        hours = word.index(TIME) + 1 if TIME in word else FOREVER
        stories.append((word, invited(look, "sam" if number % 2 else "ann", f"d{number}", hours)))
    assert all(sent(look))
    for step in range(length):
        look.world.wait(HOUR)
        told, expected = [one for one in stories if one[0][step] != TIME], {"sam": [], "ann": []}
        if prompt:
            look.world.parts.scheduler.run()
        for word, promised in stories:
            if TIME in word[: step + 1]:
                promised.is_late = True
                if prompt:
                    promised.expire()
        for word, promised in told:
            who, what = LETTERS[word[step]]
            expected[who].append(asks(look, who, what, promised))
        assert sent(look, again=again) == [*expected["sam"], *expected["ann"]]
        look.look(opened([promised for _, promised in stories]), rows=rows)
    return [promised for _, promised in stories]


def states(look: LeakChecker) -> dict[str, str]:
    return {row["id"]: row["data"]["state"] for row in look.phones["ann"].records("disclosure")}


def test_after_every_letter_of_every_word_both_are_open_or_neither(look):
    promised = lived(look, LONGEST_WORD, prompt=True)
    assert states(look) == {one.name: one.state for one in promised}
    assert set(states(look).values()) == {"sealed", "opened", "withdrawn", "expired"}
    assert look.pushed
    assert {one["what"] for one in look.pushed} <= {"new", "badge"}


def test_words_of_three_letters_whose_answers_are_lost_and_whose_timers_are_late(look):
    promised = lived(look, 3, prompt=False, again=True)
    look.restarted()
    look.world.parts.scheduler.run()
    for one in promised:
        if one.is_late:
            one.expire()
    look.look(opened(promised))
    assert states(look) == {one.name: one.state for one in promised}


BEFORE = ("", "S", "A", "SS", "AA", "SA", "AS")


def begun(
    look: LeakChecker, marks: tuple[str, ...] = BEFORE, hours: int = FOREVER, *, name: str = "d"
) -> list[Promised]:
    """Bring disclosures as far as each of these words says."""
    some = [invited(look, "ann", f"{name}{number}", hours) for number in range(len(marks))]
    assert all(sent(look))
    for letter in range(max(map(len, marks))):
        for mark, promised in zip(marks, some, strict=True):
            if letter < len(mark):
                asks(look, *LETTERS[mark[letter]], promised)
        assert all(sent(look))
    return some


@pytest.mark.on_a_server
def test_a_power_cut_at_any_write_leaves_both_or_neither(look, monkeypatch):
    """One push opens one, seals another for the first time, a third anew, and withdraws a fourth."""
    supply, moments, number = Supply(monkeypatch), [(0, False)], 0
    everything: list[Promised] = []
    while moments:
        cut, number = moments.pop(), number + 1
        some = begun(look, ("A", "", "S", "S"), name=f"d{number}x")
        before = opened(everything)
        everything += some
        for promised, what in zip(some, ("seal", "seal", "seal", "withdraw"), strict=True):
            assert asks(look, "sam", what, promised)
        supply.cut(cut)
        if cut == (0, False):
            look.phones["sam"].push()
            moments = supply.moments()
            assert len(moments) >= 5, "need some writes for this test to mean anything"
        else:
            with pytest.raises(PowerCut):
                look.phones["sam"].push()
            supply.cut()
            look.restarted()
            look.look(opened(everything) if cut[1] else before, rows=False)
            assert all(sent(look))
        supply.cut()
        look.look(opened(everything), rows=False)
    look.look(opened(everything))
    assert states(look) == {one.name: one.state for one in everything}


@pytest.mark.on_a_server
def test_a_power_cut_while_the_time_is_over_opens_nothing(look, monkeypatch):
    supply, failed = Supply(monkeypatch), 0
    for cut in [(2, False), (3, False), (5, False), (5, True)]:
        begun(look, ("", "S", "AA"), hours=1, name=f"d{cut[0]}x{cut[1]:d}y")
        look.world.wait(HOUR)
        supply.cut(cut)
        try:
            look.world.parts.scheduler.run()
        except PowerCut:
            failed += 1
        supply.cut()
        look.restarted()
        look.look({}, rows=False)
        look.world.wait(HOUR)  # the lease of the worker that is gone ends by itself
        look.world.parts.scheduler.run()
        look.look({}, rows=False)
    assert failed == 4, "need many cuts for this test to mean anything"
    assert set(states(look).values()) == {"expired"}


class Workers:
    """Two workers: the second does something between what the first one decides and what it stores."""

    def __init__(self, look: LeakChecker, monkeypatch: pytest.MonkeyPatch) -> None:
        self.look, self._store, self._meanwhile = look, transaction.store, list[Callable[[], None]]()
        self.other = app.build(CONFIG, look.world.mongo, lambda: look.world.time)
        self.other.group_commit._after = look.world.parts.group_commit._after
        self.tablets = {who: look.world.phone(look.callers[who], "tablet") for who in look.other}
        for tablet in self.tablets.values():
            tablet.transport.parts = self.other
        monkeypatch.setattr(transaction, "store", self._stored)

    def race(self, promised: Promised, first: str, second: str) -> None:
        """Let one letter be decided, then another happen, and then the first one be stored."""
        self.look.world.wait(1)
        later = self._letter(self.tablets, promised, second)
        self.look.world.wait(HOUR if first == TIME else 1)
        promised.is_late = first == TIME
        sooner = self._letter(self.look.phones, promised, first)
        self._meanwhile.append(later)
        sooner()
        assert not self._meanwhile, "need both for this test to mean anything"

    def _letter(self, phones: dict[str, Phone], promised: Promised, letter: str) -> Callable[[], None]:
        """Return what lets a letter happen; what somebody does is in their outbox from now on."""
        if letter == TIME:
            return partial(self._time, promised, self.look.world.parts if phones is self.look.phones else self.other)
        who, what = LETTERS[letter]
        anew, text = what == "seal" and who in promised.cards, request(self.look, phones[who], what, promised)

        def push() -> None:
            """To seal anew changes nothing that is shared: it may count as done before the other withdrew."""
            [outcome] = phones[who].push()
            may = promised.does(who, what, text)
            assert outcome["ok"] == may or (anew and outcome["ok"] and promised.state in {"withdrawn", "expired"})

        return push

    def _time(self, promised: Promised, parts: app.Parts) -> None:
        self.look.world.wait(2 * HOUR)
        promised.is_late = True
        parts.scheduler.run()
        promised.expire()

    def _stored(self, *args: Any) -> Any:
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._store(*args)


def test_two_workers_that_race_open_both_or_neither(look, monkeypatch):
    workers, everything = Workers(look, monkeypatch), list[Promised]()
    for first, second, mark in itertools.product([*LETTERS, TIME], [*LETTERS, TIME], ("", "S", "A")):
        [promised] = begun(look, (mark,), 1 if TIME in (first, second) else FOREVER, name=f"d{len(everything)}x")
        workers.race(promised, first, second)
        everything.append(promised)
    look.look(opened(everything))
    assert states(look) == {one.name: one.state for one in everything}
    assert len(opened(everything)) == 12
