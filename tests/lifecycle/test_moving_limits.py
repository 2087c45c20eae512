"""What was promised also holds when a setting changes while something is under way.

A yes said by a person to a person whom they were shown is honoured, unless a safeguard stands against it. What Beside
does by itself never goes beyond the settings as they are now. The table stands in docs/matching.md as well.
"""

import re
from pathlib import Path

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, MatchingFixture, no, ok

DOCS = (Path(__file__).parents[2] / "docs" / "matching.md").read_text(encoding="utf-8")
WAYS = ("list", "offer", "invitation", "pairing")
EARLY = [[day, 60, 120] for day in range(7)]
LATE = [[day, 1200, 1260] for day in range(7)]


class Ways:
    """The ways to somebody, each begun before something changes, and gone to its end afterwards."""

    def __init__(self, matching: MatchingFixture) -> None:
        self.matching, self.space = matching, ""
        self.sam = matching.specialist("sam", EARLY, about_me={"gender": "woman"}, minors_ok=True)
        self.ann = matching.peer("ann", EARLY, age_band="under_18")

    def begin(self, way: str) -> None:
        matching = self.matching
        if way == "invitation":
            self.code = ok(self.sam.do("pairing.invite"))[0]["data"]["code"]
            return
        matching.look(self.ann, "r1", must={"gender": "woman"})
        self.card = matching.card(self.ann, "Sam")
        if way != "list":
            self.offer = matching.ask(self.ann, self.sam)
        if way == "pairing":
            ok(self.sam.do("offer.accept", id=self.offer))
            self.space = matching.space(self.ann)
            ok(
                self.ann.do(
                    "agreement.sign", space=self.space, sha256=matching.pairing(self.ann, self.space)["proposed"]
                )
            )

    def end(self, way: str) -> bool:
        """Go on, and tell whether it came to what was begun."""
        if way == "list":
            outcome = self.ann.do("request.choose", id="r1", person=self.card)
            return any(row["kind"] == "request" and row["data"]["state"] == "offered" for row in ok(outcome))
        if way == "offer":
            outcome = self.sam.do("offer.accept", id=self.offer)
        elif way == "invitation":
            outcome = self.ann.do("pairing.join", code=self.code)
        else:
            outcome = self.ann.do("message.send", space=self.space, id="m1", text="x", origin="person")
        assert outcome["ok"] or no(outcome)[0] in {"wrong_state", "not_found"}, outcome
        return bool(outcome["ok"])


def certified(ways, **credential):
    asked = {"supervisor": "sue", "until": ways.matching.world.time + 365 * DAY, "minors_ok": True, **credential}
    ok(ways.matching.olga.do("specialist.certify", specialist="sam", **asked))


def overdue(ways):
    certified(ways, until=ways.matching.world.time + 1)
    ways.matching.world.wait(1)


def parted(ways, how):
    """Let ann part from sam: in the pairing that there is, or in one by invitation."""
    space = ways.space or ways.matching.world.paired(ways.sam, ways.ann)
    args = {"space": space} if how == "block.set" else {"pairing": space[5:]}
    ok(ways.ann.do(how, **args))
    ways.matching.settle()


def gone(ways):
    ok(ways.matching.olga.do("specialist.deactivate", specialist="sam", sudden=True))


def tomorrow(ways):
    return ways.matching.world.time + DAY


CHANGES = {  # what changes: how, and whether somebody can still be chosen, accept, be joined, and write
    "fewer places": (lambda ways: ok(ways.sam.do("practice.edit", places=0)), "no yes yes yes"),
    "other hours": (lambda ways: ok(ways.sam.do("availability.set", weekly=LATE)), "no yes yes yes"),
    "a topic to avoid": (lambda ways: ok(ways.sam.do("practice.edit", avoid=["grief_loss"])), "no yes yes yes"),
    "another language": (lambda ways: ok(ways.sam.do("profile.edit", languages={"de": 3})), "no yes yes yes"),
    "another gender": (lambda ways: ok(ways.sam.do("profile.edit", gender="man")), "no yes yes yes"),
    "a pause": (lambda ways: ok(ways.sam.do("practice.pause", until=tomorrow(ways))), "no yes yes yes"),
    "the credential is over": (overdue, "no no no yes"),
    "no supervisor": (lambda ways: certified(ways, supervisor=None), "no no no yes"),
    "no clearance for minors": (lambda ways: certified(ways, minors_ok=False), "no no no yes"),
    "the specialist leaves": (lambda ways: ok(ways.sam.do("specialist.leave", until=tomorrow(ways))), "no no no yes"),
    "the specialist is gone": (gone, "no no no no"),
    "a re-match": (lambda ways: parted(ways, "pairing.rematch"), "no no no no"),
    "a block": (lambda ways: parted(ways, "block.set"), "no no no no"),
}


def cells():
    rows = {change: row.split() for change, (_, row) in CHANGES.items()}
    return [(change, way, told) for change, row in rows.items() for way, told in zip(WAYS, row, strict=True)]


@pytest.mark.parametrize(("change", "way", "told"), cells())
def test_what_holds_when_something_changes_in_between(matching, change, way, told):
    ways = Ways(matching)
    ways.begin(way)
    CHANGES[change][0](ways)
    assert ways.end(way) == (told == "yes")


@pytest.mark.parametrize("way", WAYS)
def test_and_if_nothing_changes_all_of_it_is_possible(matching, way):
    ways = Ways(matching)
    ways.begin(way)
    assert ways.end(way)


def test_the_documentation_has_the_same_table():
    rows = re.findall(r"^\| (.+?) \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", DOCS, re.MULTILINE)
    assert {row[0]: " ".join(row[1:]) for row in rows} == {change: row for change, (_, row) in CHANGES.items()}


# What Beside does by itself


@pytest.mark.parametrize("change", ["fewer places", "a pause", "a topic to avoid", "no supervisor"])
def test_a_standing_yes_is_one_to_what_is_set_now(matching, change):
    ways = Ways(matching)
    ok(ways.sam.do("practice.edit", standing_yes=True))
    matching.look(ways.ann)
    CHANGES[change][0](ways)
    [*_, request] = ok(ways.ann.do("request.choose", id="r1", person=matching.card(ways.ann, "Sam")))
    assert request["data"]["last"] == "taken"


def test_a_standing_yes_that_was_taken_back_is_asked_first(matching, sam, ann):
    ok(sam.do("practice.edit", standing_yes=True))
    matching.look(ann)
    ok(sam.do("practice.edit", standing_yes=False))
    ok(matching.choose(ann, "Sam"))
    assert matching.request(ann)["state"] == "offered"


def test_places_that_were_lowered_keep_what_was_reserved_and_reserve_no_more(matching, sam, ann, bob):
    first, second = matching.ask(ann, sam), matching.ask(bob, sam)
    ok(sam.do("practice.edit", places=1))
    for offer in (first, second):
        ok(sam.do("offer.accept", id=offer))
    matching.settle()
    assert (matching.practice(sam)["active"], matching.practice(sam)["reserved"]) == (2, 0)
    assert matching.look(matching.peer("cleo")) == []


@pytest.mark.parametrize("weekly", [EARLY, LATE, []])
def test_an_offer_is_never_over_sooner_than_it_said_whatever_hours_are_set_meanwhile(matching, sam, ann, weekly):
    offer, due = matching.ask(ann, sam), matching.world.time + 4 * HOUR
    ok(sam.do("availability.set", weekly=weekly))
    matching.world.time = due - 1
    matching.settle()
    assert (matching.offers(sam), matching.offer(sam, offer)["due_at"]) == ([offer], due)


def test_a_topic_that_is_avoided_from_now_on_ends_nothing_that_was_said_yes_to(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(sam.do("practice.edit", avoid=["grief_loss"]))
    matching.settle()
    assert matching.pairing(ann, space)["state"] == "active"


def test_a_peer_who_says_something_else_of_themselves_is_still_the_one_who_was_shown(matching, sam, ann):
    offer = matching.ask(ann, sam)
    ok(ann.do("profile.edit", languages={"de": 3}))
    ok(sam.do("offer.accept", id=offer))


def test_who_turned_out_to_be_a_minor_is_brought_to_nobody_without_a_clearance(matching, sam, ann):
    offer = matching.ask(ann, sam)
    ok(ann.do("profile.edit", age_band="under_18"))
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "uncertified")
    matching.settle(DAY)
    assert matching.request(ann)["state"] == "open", "and the search goes on"


def test_who_is_passed_over_on_one_list_may_still_say_yes_to_what_they_were_asked(matching, sam, ann):
    matching.look(ann, "r1")
    matching.look(ann, "r2")
    ok(matching.choose(ann, "Sam", "r2"))
    ok(ann.do("request.keep_looking", id="r1"))
    ok(sam.do("offer.accept", id=matching.offers(sam)[-1]))


def test_an_agreement_that_is_proposed_or_withdrawn_leaves_a_conversation_its_end(matching, sam, ann):
    space = matching.bond(ann, sam)
    until = matching.world.time + HOUR
    ok(sam.do("session.open", space=space, until=until, idle_minutes=60))
    ok(ann.do("agreement.propose", space=space, id="v2", terms={"weeks": 2}))
    ok(ann.do("session.extend", space=space, until=until + HOUR))
    ok(ann.do("agreement.withdraw", space=space))
    assert no(ann.do("session.close", space=space)) == ("wrong_state", "paused")
    matching.settle(3 * HOUR)
    matching.settle(HOUR)
    assert ann.records("session")[0]["data"]["state"] == "closed"


def test_a_request_that_waits_is_served_by_what_holds_when_somebody_is_found(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF, mode="first_who_can"))
    sam = matching.specialist("sam", standing_yes=True)
    ok(sam.do("practice.edit", avoid=["grief_loss"]))
    matching.settle(HOUR)
    assert matching.request(ann)["state"] == "open"
    ok(sam.do("practice.edit", avoid=[]))
    matching.settle(HOUR)
    assert matching.request(ann)["state"] == "paired"
