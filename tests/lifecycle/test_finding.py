"""Who may be found: what is never traded, what is never named, and what a peer is told while they wait."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok
from tests.lifecycle.sweeper import everything

WOMAN, MAN = {"about_me": {"gender": "woman", "age_band": "25_39"}}, {"about_me": {"gender": "man"}}


@pytest.mark.parametrize(
    "must",
    [
        {"gender": "woman"},
        {"age_bands": ["25_39"]},
        {"topics": ["low_mood"]},
        {"gender": "woman", "age_bands": ["25_39"]},
    ],
)
def test_a_must_is_never_traded(town, ann, must):
    una = town.specialist("una", **WOMAN)
    ok(una.do("fact.put", id="mood", topic="low_mood", kind="lived", tier="profile"))
    town.specialist("tom", **MAN)
    assert town.look(ann, must=must) == ["Una"]


def test_a_wish_puts_nobody_aside(town, ann):
    town.specialist("una", **WOMAN)
    town.specialist("tom", **MAN)
    assert town.look(ann, wishes={"gender": "man"}) == ["Tom", "Una"]


def test_topics_that_somebody_cannot_listen_to_are_not_brought_to_them(town, tom, ann):
    town.specialist("sam", avoid=["grief_loss"])
    assert town.look(ann) == ["Tom"]


def test_people_from_the_same_place_do_not_meet(town, tom, ann):
    town.specialist("sam", apart=["acme_works"])
    assert town.look(ann, apart=["acme_works"]) == ["Tom"]


def test_people_without_a_common_language_do_not_meet(town, tom, ann):
    town.specialist("sam", about_me={"languages": {"es": 3}})
    assert town.look(ann) == ["Tom"]


def test_people_without_a_common_hour_meet_only_if_neither_needs_one(town, ann):
    town.specialist("sam", weekly=[[0, 0, 45]])
    town.specialist("una", weekly=[], asynchronous=True)
    assert town.look(ann) == []
    assert town.look(ann, "r2", asynchronous=True) == ["Una"]


def test_minors_meet_only_those_who_are_cleared(town, sam):
    town.specialist("una", minors_ok=True)
    assert town.look(town.peer("kim", age_band="under_18")) == ["Una"]


@pytest.mark.parametrize("mode", ["choose", "first_who_can"])
def test_who_says_later_that_they_are_a_minor_meets_only_those_who_are_cleared(town, sam, ann, mode):
    ok(sam.do("practice.pause", until=town.world.time + HOUR))
    town.look(ann, mode=mode)
    ok(ann.do("profile.edit", age_band="under_18"))
    town.settle(2 * HOUR)
    assert (town.listed(ann), town.offers(sam)) == ([], [])


def test_a_minor_does_not_get_somebody_whose_clearance_ended_before_they_said_yes(town):
    una, kim = town.specialist("una", minors_ok=True), town.peer("kim", age_band="under_18")
    offer = town.ask(kim, una)
    town.certify("una", minors_ok=False)
    assert not una.do("offer.accept", id=offer)["ok"]


@pytest.mark.parametrize("why", ["unsupervised", "expired", "paused", "full", "leaving", "gone", "no places"])
def test_who_cannot_take_anybody_is_shown_to_nobody(town, sam, tom, ann, bob, why):
    until = town.world.time + HOUR
    if why == "unsupervised":
        ok(town.olga.do("specialist.certify", specialist="sam", supervisor=None, until=until))
    elif why == "expired":
        ok(town.olga.do("specialist.certify", specialist="sam", supervisor="sue", until=until))
        town.settle(HOUR)
    elif why == "gone":
        ok(town.olga.do("specialist.deactivate", specialist="sam"))
    elif why == "full":
        ok(sam.do("practice.edit", places=1))
        town.ask(bob, sam)
    else:
        name, args = {
            "paused": ("practice.pause", {"until": until}),
            "leaving": ("specialist.leave", {"until": until}),
            "no places": ("practice.edit", {"places": 0}),
        }[why]
        ok(sam.do(name, **args))
    assert town.look(ann) == ["Tom"]


def test_a_quiet_topic_is_used_but_named_nowhere_in_what_the_specialist_gets(town, sam, ann):
    ok(sam.do("fact.put", id="mood", topic="low_mood", kind="lived", depth=3, tier="profile"))
    town.specialist("tom")
    assert town.look(ann, topics={"low_mood": 3, "grief_loss": 1}, quiet=["low_mood"])[0] == "Sam"
    assert "low_mood" not in str(town.people(ann))
    known = set(sam.replica)
    space = town.bond(ann, sam)
    new = [row for name, row in sam.replica.items() if name not in known]
    assert {row["kind"] for row in new} >= {"offer", "pairing", "agreement", "introduction", "membership"}
    theirs = [row for row in new if not (row["kind"] == "introduction" and row["id"] == sam.spaces()[space])]
    assert "low_mood" not in str(theirs)


@pytest.mark.parametrize(
    ("musts", "helps"),
    [
        ({"gender": "woman"}, {"relax": "gender", "adds": 2}),
        ({"gender": "woman", "topics": ["low_mood"]}, {"relax": "topics", "adds": 1}),
        ({}, None),
    ],
)
def test_the_smallest_step_that_would_help_is_suggested(town, ann, musts, helps):
    for name in ("sam", "tom"):
        town.specialist(name, **MAN)
    town.specialist("una", **WOMAN)
    town.look(ann, must=musts)
    assert town.request(ann)["suggestion"] == helps


def test_a_must_that_is_given_up_becomes_a_wish(town, tom, ann):
    town.specialist("una", **WOMAN)
    assert town.look(ann, must={"gender": "woman"}) == ["Una"]
    ok(ann.do("request.widen", id="r1", relax="gender"))
    town.settle()
    assert town.listed(ann) == ["Una", "Tom"]
    assert (town.request(ann)["must"], town.request(ann)["wishes"]) == ({}, {"gender": "woman"})


def test_how_long_it_may_take_is_said_only_when_ten_others_have_waited(town, ann):
    sam = town.specialist("sam", places=20)
    for count in range(10):
        town.look(ann, "now")
        assert town.request(ann, "now")["wait"] is None
        ok(ann.do("request.withdraw", id="now"))
        town.pair(town.peer(f"peer{count}"), sam) if count < 9 else None
        ann = town.peer(f"ann{count}")
    other = town.peer("other")
    offer = town.ask(other, sam)
    town.settle(3 * HOUR)
    ok(sam.do("offer.accept", id=offer))
    ok(town.peer("last").do("request.open", id="r1", topics=GRIEF))
    town.settle()
    assert town.request(town.phones[-1])["wait"] == {"from": 0.0, "to": 0.0}


def test_the_time_with_somebody_is_no_waiting(town, sam, tom, ann):
    space = town.bond(ann, sam)
    town.settle(100 * DAY)
    ok(ann.do("pairing.rematch", pairing=space.removeprefix("pair:")))
    town.settle()
    town.bond(ann, tom)
    kept = {row.id: row.data for row in everything(town.world.mongo) if row.kind == "specialist"}
    assert [wait["hours"] for wait in kept["id-tom"]["waits"]] == [0]


def test_the_hours_of_everybody_are_in_their_own_zone(town):
    town.specialist("sam", zone="Asia/Kathmandu", weekly=[[day, 1080, 1200] for day in range(7)])
    far, near = (town.peer(name, zone=zone, weekly=[[day, 1080, 1200] for day in range(7)])
                 for name, zone in (("far", "America/New_York"), ("near", "Asia/Kathmandu")))  # fmt: skip
    assert (town.look(far), town.look(near)) == ([], ["Sam"])


def test_a_must_finds_nobody_by_what_they_keep_to_themselves(town, ann):
    """Otherwise the list would tell it."""
    una = town.specialist("una")
    ok(una.do("fact.put", id="mood", topic="low_mood", kind="lived", tier="match_only"))
    assert town.look(ann, must={"topics": ["low_mood"]}) == []


def test_one_request_that_cannot_be_understood_keeps_nobody_waiting(town, ann):
    town.specialist("sam")
    wish = {"topics": {"grief_loss": 3}, "mode": "first_who_can"}
    crowd = [town.peer(f"peer{number}") for number in range(6)]
    for peer in crowd:
        ok(peer.do("request.open", id="r1", **wish))
    spoilt = {"kind": "request", "space": f"user:{crowd[0].user}"}
    town.world.mongo.records.update_one(spoilt, {"$set": {"data.languages": {}}})
    ok(ann.do("request.open", id="r1", topics={"grief_loss": 3}))
    town.restart()
    town.settle()
    assert sum(peer.records("request")[0]["data"]["state"] == "offered" for peer in crowd) == 2
    assert ann.records("request")[0]["data"]["state"] in {"open", "shortlisted"}
    assert no(ann.do("request.change", id="r1", languages={}))[0] == "bad_request"
