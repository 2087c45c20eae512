"""Invitations: whom matching could not bring together, no code does; neither when it is made, nor when it is used."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import no, ok

ADULT, UNKNOWN, MINOR = {"age_band": "25_39"}, {}, {"age_band": "under_18"}
YEAR = 365 * DAY


def uncertified(matching, sam):
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor="sue", until=matching.world.time - 1))


def run_out(matching, sam):
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor="sue", until=matching.world.time + DAY))
    matching.world.wait(DAY)  # to the millisecond


def unsupervised(matching, sam):
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor=None, until=matching.world.time + YEAR))


def without_the_supervisor_who_left(matching, sam):
    matching.world.parts.accounts.deletion.leave(matching.sue.transport.caller)


def leaving(matching, sam):
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))


def gone(matching, sam):
    ok(matching.olga.do("specialist.deactivate", specialist="sam"))


WAYS = [uncertified, run_out, unsupervised, without_the_supervisor_who_left, leaving, gone]


def refusal(outcome):
    assert not outcome["ok"], outcome
    return outcome["error"]


def invited(phone, **args):
    return ok(phone.do("pairing.invite", **{"hours": 672, **args}))[0]["data"]["code"]


def stored(matching):
    return list(matching.world.mongo.records.find({}).sort("_id", 1))


@pytest.mark.parametrize("by", ["sam", "olga", "sue"])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_invited_to_who_may_take_nobody(matching, sam, way, by):
    way(matching, sam)
    before = stored(matching)
    phone = {"sam": sam, "olga": matching.olga, "sue": matching.sue}[by]
    error = refusal(phone.do("pairing.invite", **({} if by == "sam" else {"specialist": "sam"})))
    if by == "sue" and way in {unsupervised, without_the_supervisor_who_left}:
        assert error["code"] == "forbidden"
    else:
        assert (error["code"], error["details"]) == ("wrong_state", {"field": "specialist", "state": "uncertified"})
        assert "specialist.certify" in error["message"], "it says what to do"
    assert stored(matching) == before


@pytest.mark.parametrize("by", ["sam", "olga"])
def test_nobody_is_invited_to_who_was_never_certified(matching, by):
    new = matching.person("new", "specialist")
    error = refusal(new.do("pairing.invite") if by == "sam" else matching.olga.do("pairing.invite", specialist="new"))
    assert (error["code"], error["details"]["field"]) == ("wrong_state", "specialist")
    matching.certify("new")
    ok(new.do("pairing.invite"))


@pytest.mark.parametrize("about", [ADULT, UNKNOWN, MINOR])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_joins_who_may_take_nobody_any_more(matching, sam, way, about):
    """And is told no more than of an invitation that is over."""
    ann, code = matching.peer("ann", **about), invited(sam)
    way(matching, sam)
    before = stored(matching)
    error = refusal(ann.do("pairing.join", code=code))
    assert error == {
        "code": "wrong_state",
        "message": "This invitation cannot be used any more.",
        "details": {"field": "code", "state": "expired"},
    }
    assert stored(matching) == before


def test_who_may_take_people_again_is_joined_with_the_same_code(matching, sam):
    ann, code = matching.peer("ann"), invited(sam)
    unsupervised(matching, sam)
    assert no(ann.do("pairing.join", code=code))[0] == "wrong_state"
    matching.certify("sam")
    ok(ann.do("pairing.join", code=code))


def test_a_programme_that_needs_it_otherwise_says_so_and_each_pairing_shows_it(matching, sam):
    def programme():
        return matching.world.parts.app.test_client().get("/api/v1/programme").get_json()

    assert (programme()["safeguards"], programme()["invitations_without"]) == (
        ["supervisor", "credential", "minors_ok"], [],
    )  # fmt: skip
    ann, bob = matching.peer("ann"), matching.peer("bob", **MINOR)
    assert no(sam.do("programme.edit", invitations_without=["supervisor"]))[0] == "forbidden"
    ok(matching.olga.do("programme.edit", invitations_without=["supervisor", "credential"]))
    assert programme()["invitations_without"] == ["credential", "supervisor"]
    unsupervised(matching, sam)
    codes = [invited(sam) for _ in range(2)]
    ok(ann.do("pairing.join", code=codes[0]))
    for phone in (ann, sam):
        phone.sync()
        assert [one["data"].get("without") for one in phone.records("pairing") if "code" not in one["data"]] == [
            ["supervisor"]
        ]
    assert no(bob.do("pairing.join", code=codes[1])) == ("wrong_state", "under_18")
    assert "Sam" not in matching.look(matching.peer("cleo")), "matching asks for all of it"
    ok(matching.olga.do("programme.edit", invitations_without=[]))
    assert no(matching.peer("dora").do("pairing.join", code=codes[1])) == ("wrong_state", "expired")


def test_no_programme_lets_a_specialist_invite_who_leaves_or_is_suspended(matching, sam, tom):
    ok(matching.olga.do("programme.edit", invitations_without=["supervisor", "credential", "minors_ok"]))
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    ok(matching.olga.do("sanction.impose", handle="tom", action="removed", words="x"))
    for phone in (sam, tom):
        assert no(phone.do("pairing.invite"))[0] == "wrong_state"


def test_a_breather_holds_up_nobody_who_was_invited(matching, sam):
    """As with offers: a breather is about people whom Beside would bring."""
    ok(sam.do("practice.pause", until=matching.world.time + DAY))
    ok(matching.peer("ann").do("pairing.join", code=invited(sam)))


@pytest.mark.parametrize(
    ("about", "cleared", "joins"),
    [
        (ADULT, False, True),
        (UNKNOWN, False, True),
        (MINOR, False, False),
        (ADULT, True, True),
        (UNKNOWN, True, True),
        (MINOR, True, True),
    ],
)
def test_who_is_under_18_joins_only_who_may_take_them_just_as_in_matching(matching, about, cleared, joins):
    sam = matching.specialist("sam", minors_ok=cleared)
    ann = matching.peer("ann", **about)
    assert (matching.look(ann) == ["Sam"]) is joins, "matching says otherwise"
    assert ann.do("pairing.join", code=invited(sam))["ok"] is joins


def test_who_is_under_18_is_told_kindly_and_learns_nothing_of_the_other(matching, sam):
    ann, code = matching.peer("ann", **MINOR), invited(sam, name="Sam")
    before = stored(matching)
    error = refusal(ann.do("pairing.join", code=code))
    assert (error["code"], error["details"]) == ("wrong_state", {"field": "code", "state": "under_18"})
    assert "nothing to do with you" in error["message"]
    assert "open a request" in error["message"]
    assert "sam" not in error["message"].lower()
    assert stored(matching) == before
    ok(matching.peer("bob").do("pairing.join", code=code))


def test_what_counts_is_how_old_somebody_is_when_they_join(matching, sam):
    ann, code = matching.peer("ann"), invited(sam)
    ok(ann.do("profile.edit", **MINOR))
    assert no(ann.do("pairing.join", code=code)) == ("wrong_state", "under_18")
    matching.certify("sam", minors_ok=True)
    ok(ann.do("pairing.join", code=code))


def test_a_clearance_that_was_taken_back_counts_no_more(matching):
    sam, ann = matching.specialist("sam", minors_ok=True), matching.peer("ann", **MINOR)
    code = invited(sam)
    matching.certify("sam", minors_ok=False)
    assert no(ann.do("pairing.join", code=code)) == ("wrong_state", "under_18")


@pytest.mark.parametrize("who", ["sue", "olga", "tom"])
def test_only_peers_join(matching, sam, tom, who):
    """A supervisor has no other way into a conversation than a debrief."""
    phone = {"sue": matching.sue, "olga": matching.olga, "tom": tom}[who]
    assert no(phone.do("pairing.join", code=invited(sam)))[0] == "forbidden"
    assert no(phone.do("pairing.join", code="AAAA-BBBB-CCCC-DDDD"))[0] == "forbidden"


# Other ways into a pairing


@pytest.mark.parametrize("way", [uncertified, unsupervised, without_the_supervisor_who_left])
def test_no_offer_is_accepted_by_who_may_take_nobody_any_more(matching, sam, way):
    offer = matching.ask(matching.peer("ann"), sam)
    way(matching, sam)
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "uncertified")


def test_no_offer_of_who_turns_out_to_be_under_18_is_accepted_without_a_clearance(matching, sam):
    ann = matching.peer("ann")
    offer = matching.ask(ann, sam)
    ok(ann.do("profile.edit", **MINOR))
    assert no(sam.do("offer.accept", id=offer))[0] == "wrong_state"
    matching.certify("sam", minors_ok=True)
    ok(sam.do("offer.accept", id=offer))


@pytest.mark.parametrize("how", ["rematch", "end", "hand_back", "handover", "sudden"])
def test_who_said_meanwhile_that_they_are_under_18_is_brought_to_nobody_without_a_clearance(matching, how):
    """However the request goes on that the former pairing came from."""
    sam, ann = matching.specialist("sam", standing_yes=how == "hand_back"), matching.peer("ann")
    matching.look(ann)
    ok(matching.choose(ann, "Sam"))
    if how != "hand_back":
        ok(sam.do("offer.accept", id=matching.offers(sam)[0]))
    space = matching.space(ann)
    pairing = space.removeprefix("pair:")
    ok(ann.do("profile.edit", **MINOR))
    matching.specialist("tom"), matching.specialist("una", minors_ok=True)
    if how == "sudden":
        ok(matching.olga.do("specialist.deactivate", specialist="sam", sudden=True, stand_in="Tom"))
    elif how == "handover":
        ok(sam.do("handover.announce", pairing=pairing, until=matching.world.time + DAY, words="I move."))
    elif how == "rematch":
        ok(ann.do("pairing.rematch", pairing=pairing))
    else:
        ok(sam.do(f"pairing.{how}", pairing=pairing))
    matching.settle(HOUR)
    name = matching.next_request(space) if how in {"sudden", "handover"} else "r1"
    assert matching.listed(ann, name) == ["Una"]
