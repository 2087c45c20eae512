"""Who may be found: what is never traded, what is never named, and what a peer is told while they wait."""

from dataclasses import replace

import pytest

from server.queries.staff_overview import Overview
from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok
from tests.lifecycle.sweeper import everything
from tests.sealed import decoded, reseal

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
def test_a_must_is_never_traded(matching, ann, must):
    una = matching.specialist("una", **WOMAN)
    ok(una.do("fact.put", id="mood", topic="low_mood", kind="lived", tier="profile"))
    matching.specialist("tom", **MAN)
    assert matching.look(ann, must=must) == ["Una"]


def test_a_wish_puts_nobody_aside(matching, ann):
    matching.specialist("una", **WOMAN)
    matching.specialist("tom", **MAN)
    assert sorted(matching.look(ann, wishes={"gender": "man"})) == ["Tom", "Una"]


def test_topics_that_somebody_cannot_listen_to_are_not_brought_to_them(matching, tom, ann):
    matching.specialist("sam", avoid=["grief_loss"])
    assert matching.look(ann) == ["Tom"]


def test_people_from_the_same_place_do_not_meet(matching, tom, ann):
    matching.specialist("sam", apart=["acme_works"])
    assert matching.look(ann, apart=["acme_works"]) == ["Tom"]


def test_the_places_of_a_request_cannot_be_changed_to_see_who_disappears(matching, tom, ann):
    matching.specialist("sam", apart=["acme_works"])
    assert sorted(matching.look(ann)) == ["Sam", "Tom"]
    refused = ann.do("request.change", id="r1", apart=["acme_works"])
    assert (refused["error"]["code"], refused["error"]["details"]["field"]) == ("bad_request", "args.apart")


def test_people_without_a_common_language_do_not_meet(matching, tom, ann):
    matching.specialist("sam", about_me={"languages": {"es": 3}})
    assert matching.look(ann) == ["Tom"]


@pytest.mark.parametrize(("theirs", "mine"), [("en-GB", "en-US"), ("en", "en-US"), ("pt-BR", "pt"), ("he", "iw-IL")])
def test_people_find_each_other_by_the_primary_tag_of_their_language(matching, theirs, mine):
    """Also in what was stored before languages had one form; and until the two are paired."""
    una, anna = (
        matching.specialist("una", about_me={"languages": {theirs: 3}}),
        matching.peer("anna", languages={mine: 2}),
    )
    upper = {"$set": {"data.profile.languages": {theirs.upper(): 3}}}
    assert matching.world.mongo.records.update_many({"kind": "specialist"}, upper).modified_count == 1
    assert matching.look(anna) == ["Una"]
    assert matching.pair(anna, una)


def test_people_are_told_the_language_that_both_speak(matching):
    matching.specialist("una", about_me={"languages": {"pt-BR": 3, "en": 1}})
    anna = matching.peer("anna", languages={"pt-PT": 3})
    matching.look(anna)
    [una] = matching.people(anna)
    assert {"code": "speaks", "language": "pt"}.items() <= next(
        one for one in una["reasons"] if one["code"] == "speaks"
    ).items()
    assert "Portugu" in str(una["reasons"])


def test_people_without_a_common_hour_meet_only_if_neither_needs_one(matching, ann):
    matching.specialist("sam", weekly=[[0, 0, 45]])
    matching.specialist("una", weekly=[], asynchronous=True)
    assert matching.look(ann) == []
    assert matching.look(ann, "r2", asynchronous=True) == ["Una"]


def test_minors_meet_only_those_who_are_cleared(matching, sam):
    matching.specialist("una", minors_ok=True)
    assert matching.look(matching.peer("kim", age_band="under_18")) == ["Una"]


@pytest.mark.parametrize("mode", ["choose", "first_who_can"])
def test_who_says_later_that_they_are_a_minor_meets_only_those_who_are_cleared(matching, sam, ann, mode):
    ok(sam.do("practice.pause", until=matching.world.time + HOUR))
    matching.look(ann, mode=mode)
    ok(ann.do("profile.edit", age_band="under_18"))
    matching.settle(2 * HOUR)
    assert (matching.listed(ann), matching.offers(sam)) == ([], [])


def test_a_minor_does_not_get_somebody_whose_clearance_ended_before_they_said_yes(matching):
    una, kim = matching.specialist("una", minors_ok=True), matching.peer("kim", age_band="under_18")
    offer = matching.ask(kim, una)
    matching.certify("una", minors_ok=False)
    assert not una.do("offer.accept", id=offer)["ok"]


@pytest.mark.parametrize("why", ["unsupervised", "expired", "paused", "full", "leaving", "gone", "no places"])
def test_who_cannot_take_anybody_is_shown_to_nobody(matching, sam, tom, ann, bob, why):
    until = matching.world.time + HOUR
    if why == "unsupervised":
        ok(matching.olga.do("specialist.certify", specialist="sam", supervisor=None, until=until))
    elif why == "expired":
        ok(matching.olga.do("specialist.certify", specialist="sam", supervisor="sue", until=until))
        matching.settle(HOUR)
    elif why == "gone":
        ok(matching.olga.do("specialist.deactivate", specialist="sam"))
    elif why == "full":
        ok(sam.do("practice.edit", places=1))
        matching.ask(bob, sam)
    else:
        name, args = {
            "paused": ("practice.pause", {"until": until}),
            "leaving": ("specialist.leave", {"until": until}),
            "no places": ("practice.edit", {"places": 0}),
        }[why]
        ok(sam.do(name, **args))
    assert matching.look(ann) == ["Tom"]


def test_a_quiet_topic_is_used_but_named_nowhere_in_what_the_specialist_gets(matching, sam, ann):
    ok(sam.do("fact.put", id="mood", topic="low_mood", kind="lived", depth=3, tier="profile"))
    matching.specialist("tom")
    assert matching.look(ann, topics={"low_mood": 3, "grief_loss": 1}, quiet=["low_mood"])[0] == "Sam"
    assert "low_mood" not in str(matching.people(ann))
    known = set(sam.replica)
    space = matching.bond(ann, sam)
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
def test_the_smallest_step_that_would_help_is_suggested(matching, ann, musts, helps):
    for name in ("sam", "tom"):
        matching.specialist(name, **MAN)
    matching.specialist("una", **WOMAN)
    matching.look(ann, must=musts)
    assert matching.request(ann)["suggestion"] == helps


@pytest.mark.parametrize(
    ("change", "must"),
    [
        ({"topics": {"sleep": 3}}, {"gender": "woman"}),
        ({"topics": {"grief_loss": 1}}, {"gender": "woman", "lived": False}),  # the same topic, of less weight
        ({"topics": {"sleep": 3}, "must": {"lived": False}}, {"lived": False}),
        ({"name": "Annie"}, {"gender": "woman", "lived": False}),
    ],
)
def test_what_was_widened_for_some_topics_is_not_widened_for_others(matching, ann, change, must):
    """The peer agreed to people who may not have lived through this, not through whatever comes next."""
    matching.look(ann, must={"gender": "woman"})
    ok(ann.do("request.widen", id="r1", relax="lived"))
    [request] = ok(ann.do("request.change", id="r1", **change))
    assert request["data"]["must"] == must


def test_a_must_that_is_given_up_becomes_a_wish(matching, tom, ann):
    matching.specialist("una", **WOMAN)
    assert matching.look(ann, must={"gender": "woman"}) == ["Una"]
    ok(ann.do("request.widen", id="r1", relax="gender"))
    matching.settle()
    assert sorted(matching.listed(ann)) == ["Tom", "Una"]
    assert (matching.request(ann)["must"], matching.request(ann)["wishes"]) == ({}, {"gender": "woman"})


def test_how_long_it_may_take_is_said_only_when_ten_others_have_waited(matching, ann):
    sam = matching.specialist("sam", places=20)
    for count in range(10):
        matching.look(ann, "now")
        assert matching.request(ann, "now")["wait"] is None
        ok(ann.do("request.withdraw", id="now"))
        matching.pair(matching.peer(f"peer{count}"), sam) if count < 9 else None
        ann = matching.peer(f"ann{count}")
    other = matching.peer("other")
    offer = matching.ask(other, sam)
    matching.settle(3 * HOUR)
    ok(sam.do("offer.accept", id=offer))
    ok(matching.peer("last", languages={"en-US": 3}).do("request.open", id="r1", topics=GRIEF))
    matching.settle()
    assert matching.request(matching.phones[-1])["wait"] == {"from": 0.0, "to": 0.0}


def test_the_time_with_somebody_is_no_waiting(matching, sam, tom, ann):
    space = matching.bond(ann, sam)
    matching.settle(100 * DAY)
    ok(ann.do("pairing.rematch", pairing=space.removeprefix("pair:")))
    matching.settle()
    parts = matching.world.parts
    overview = Overview(
        parts.reader, parts.matchmaker.specialist_index, AccountStore(matching.world.mongo), parts.backend.now
    )
    [row] = overview.queue(matching.olga.transport.caller)["waiting"]
    assert row["waited_hours"] == 0
    matching.bond(ann, tom)
    kept = {row.id: row.data for row in everything(matching.world.mongo) if row.kind == "specialist"}
    assert [wait["hours"] for wait in kept["id-tom"]["waits"]] == [0]


def test_the_hours_of_everybody_are_in_their_own_zone(matching):
    matching.specialist("sam", zone="Asia/Kathmandu", weekly=[[day, 1080, 1200] for day in range(7)])
    far, near = (matching.peer(name, zone=zone, weekly=[[day, 1080, 1200] for day in range(7)])
                 for name, zone in (("far", "America/New_York"), ("near", "Asia/Kathmandu")))  # fmt: skip
    assert (matching.look(far), matching.look(near)) == ([], ["Sam"])


def test_a_must_finds_nobody_by_what_they_keep_to_themselves(matching, ann):
    """Otherwise the list would tell it."""
    una = matching.specialist("una")
    ok(una.do("fact.put", id="mood", topic="low_mood", kind="lived", tier="match_only"))
    assert matching.look(ann, must={"topics": ["low_mood"]}) == []


def test_one_request_that_cannot_be_understood_keeps_nobody_waiting(matching, ann):
    matching.specialist("sam")
    wish = {"topics": {"grief_loss": 3}, "mode": "first_who_can"}
    crowd = [matching.peer(f"peer{number}") for number in range(6)]
    for peer in crowd:
        ok(peer.do("request.open", id="r1", **wish))
    spoilt = {"kind": "request", "space": f"user:{crowd[0].user}"}
    [request] = decoded(matching.world.mongo, matching.world.mongo.records.find(spoilt))
    assert request.data["languages"]
    reseal(matching.world.mongo, replace(request, data={**request.data, "languages": {}}))
    ok(ann.do("request.open", id="r1", topics={"grief_loss": 3}))
    matching.restart()
    matching.settle()
    assert sum(peer.records("request")[0]["data"]["state"] == "offered" for peer in crowd) == 2
    assert ann.records("request")[0]["data"]["state"] in {"open", "shortlisted"}
    assert no(ann.do("request.change", id="r1", languages={}))[0] == "bad_request"
