"""Specialists as a programme sees them: certified, leaving and gone, and nobody is left alone by any of it."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import ALWAYS, no, ok
from tests.lifecycle.sweeper import orphans


@pytest.mark.parametrize("name", ["certify", "deactivate"])
@pytest.mark.parametrize("who", ["peer", "specialist"])
def test_only_staff_say_who_may_take_people(matching, sam, ann, name, who):
    args = {"supervisor": "sue", "until": matching.world.time + DAY} if name == "certify" else {}
    assert (
        no({"peer": ann, "specialist": sam}[who].do(f"specialist.{name}", specialist="sam", **args))[0] == "forbidden"
    )
    for staff in (matching.sue, matching.olga):
        ok(staff.do(f"specialist.{name}", specialist="sam", **args))


def test_who_is_no_specialist_or_no_supervisor_is_not_there(matching, sam, ann):
    until = matching.world.time + DAY
    assert no(matching.olga.do("specialist.certify", specialist="ann", supervisor="sue", until=until))[0] == "not_found"
    assert (
        no(matching.olga.do("specialist.certify", specialist="sam", supervisor="olga", until=until))[0] == "not_found"
    )
    assert no(matching.olga.do("specialist.deactivate", specialist="nobody"))[0] == "not_found"


def test_a_specialist_is_shown_that_they_are_supervised_but_not_by_which_account(matching, sam):
    sam.sync()
    [credential] = sam.records("credential")
    assert credential["data"].keys() == {"supervised", "supervised_since", "until", "minors_ok"}
    assert credential["data"]["supervised"] is True


def test_nobody_is_brought_to_who_was_never_certified(matching, ann):
    new = matching.person("new", "specialist")
    ok(new.do("profile.edit", languages={"en": 3}))
    ok(new.do("availability.set", zone="UTC", weekly=ALWAYS))
    ok(new.do("practice.edit", name="New", places=3, comfort={"grief_loss": 3}))
    assert matching.look(ann) == []
    matching.certify("new")
    matching.settle(HOUR)
    assert matching.listed(ann) == ["New"]


def test_who_still_has_people_cannot_be_taken_out_of_service_without_a_plan(matching, sam, ann, bob):
    matching.bond(ann, sam)
    matching.pair(bob, sam)
    refusal = matching.olga.do("specialist.deactivate", specialist="sam")
    assert no(refusal) == ("wrong_state", "paired")
    assert refusal["error"]["details"]["pairings"] == 2
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    ok(matching.olga.do("specialist.deactivate", specialist="sam"))
    matching.settle(DAY)
    assert matching.practice(sam)["active"] == 0
    assert orphans(matching.world.mongo) == []


def test_the_endpoint_for_it_answers_409(matching, sam, ann):
    from schemas.errors import WrongState  # noqa: PLC0415 — what the code means on the wire

    matching.bond(ann, sam)
    assert no(matching.olga.do("specialist.deactivate", specialist="sam"))[0] == WrongState.code
    assert WrongState.status == 409


@pytest.mark.parametrize("who", ["sam", "olga", "sue"])
def test_a_leave_takes_open_offers_back_and_hands_every_pairing_over(matching, sam, tom, ann, bob, who):
    space = matching.bond(ann, sam)
    offer = matching.ask(bob, sam)
    caller = {"sam": sam, "olga": matching.olga, "sue": matching.sue}[who]
    named = {} if who == "sam" else {"specialist": "sam"}
    ok(caller.do("specialist.leave", until=matching.world.time + DAY, **named))
    matching.settle()
    assert matching.offer(sam, offer)["state"] == "withdrawn"
    assert (matching.request(bob)["last"], matching.listed(bob)) == ("next", ["Tom"])
    assert matching.pairing(ann, space)["state"] == "handover"
    assert (matching.practice(sam)["active"], matching.practice(sam)["reserved"]) == (1, 0)


def test_a_leave_needs_a_day_to_come_and_somebody_who_leaves(matching, sam, ann):
    assert no(sam.do("specialist.leave", until=matching.world.time)) == ("wrong_state", "past")
    assert no(matching.olga.do("specialist.leave", until=matching.world.time + DAY))[0] == "forbidden"
    assert no(ann.do("specialist.leave", until=matching.world.time + DAY))[0] == "forbidden"


def test_who_leaves_twice_leaves_once_and_on_no_other_day_until_it_is_taken_back(matching, sam, ann):
    space = matching.bond(ann, sam)
    until = matching.world.time + DAY
    for _ in range(2):
        ok(sam.do("specialist.leave", until=until))
    assert no(sam.do("specialist.leave", until=until + DAY)) == ("wrong_state", "leaving")
    assert matching.pairing(ann, space)["until"] == until


def test_a_new_credential_cancels_no_leaving_and_brings_nobody_back_into_service(matching, sam, tom, ann, bob):
    space = matching.bond(ann, sam)
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    ok(matching.olga.do("specialist.deactivate", specialist="tom", sudden=True))
    for handle in ("sam", "tom"):
        matching.certify(handle)
    assert matching.look(bob) == []
    assert matching.pairing(ann, space)["state"] == "handover"
    ok(matching.sue.do("specialist.reactivate", specialist="tom"))
    matching.settle(HOUR)
    assert matching.listed(bob) == ["Tom"]


@pytest.mark.parametrize("who", ["sam", "olga", "sue"])
def test_a_leaving_is_taken_back_in_words_and_in_full(matching, sam, tom, ann, bob, who):
    """The peer who looks for somebody goes on as before; the one who has somebody keeps them, and the goodbye."""
    space, other = matching.bond(ann, sam), matching.bond(bob, sam)
    until = matching.world.time + DAY
    ok(sam.do("specialist.leave", until=until, words="I move away."))
    matching.settle()
    ok(matching.choose(bob, "Tom", matching.next_request(other)))
    ok(tom.do("offer.accept", id=matching.offers(tom)[-1]))
    caller = {"sam": sam, "olga": matching.olga, "sue": matching.sue}[who]
    named = {} if who == "sam" else {"specialist": "sam"}
    assert not caller.do("specialist.stay", **named)["ok"], "not without words"
    ok(caller.do("specialist.stay", words="I can stay.", **named))
    matching.settle()
    assert matching.pairing(ann, space)["state"] == "active"
    [told] = ann.records("handover", space)
    assert (told["data"]["state"], told["data"]["words"]) == ("taken_back", "I can stay.")
    assert matching.request(ann, matching.next_request(space))["state"] == "withdrawn"
    assert matching.pairing(bob, other)["state"] == "handover"
    matching.settle(2 * DAY)
    assert matching.pairing(ann, space)["state"] == "active"
    assert matching.pairing(bob, other)["state"] == "ended"
    assert orphans(matching.world.mongo) == []


def test_who_leaves_again_after_it_was_taken_back_is_followed_again(matching, sam, tom, ann):
    space = matching.bond(ann, sam)
    for day in (1, 2):
        ok(sam.do("specialist.leave", until=matching.world.time + day * DAY))
        matching.settle()
        assert matching.request(ann, matching.next_request(space))["state"] == "shortlisted"
        assert matching.pairing(ann, space)["state"] == "handover"
        if day == 1:
            ok(sam.do("specialist.stay", words="I stay."))


def test_nobody_else_takes_a_leaving_back(matching, sam, tom, ann):
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    for phone in (tom, ann):
        assert no(phone.do("specialist.stay", specialist="sam", words="x"))[0] == "forbidden"
    assert no(ann.do("specialist.stay", words="x"))[0] == "forbidden"
    for phone in (sam, tom, ann):
        assert no(phone.do("specialist.reactivate", specialist="sam"))[0] == "forbidden"


def test_an_invitation_of_who_is_leaving_or_gone_lets_nobody_in(matching, sam, tom, ann):
    codes = [ok(phone.do("pairing.invite"))[0]["data"]["code"] for phone in (sam, tom)]
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    ok(matching.olga.do("specialist.deactivate", specialist="tom", sudden=True))
    for code in codes:
        assert no(ann.do("pairing.join", code=code))[0] == "wrong_state"


def test_beside_asks_itself_and_nobody_else_does(matching, sam, ann):
    calls = {
        "request.close": {"user": "id-ann", "id": "r1"},
        "offer.expire": {"user": "id-sam", "id": "o"},
        "pairing.wake": {"pairing": "p"},
        "person.leave": {"user": "id-sam", "role": "specialist"},
    }
    for name, args in calls.items():
        for phone in (ann, sam, matching.olga):
            assert no(phone.do(name, **args))[0] == "unknown_command"


def test_an_operator_certifies_from_the_command_line(matching, ann):
    def run(*args):
        return matching.world.parts.app.test_cli_runner().invoke(args=["specialist", "certify", *args])

    new = matching.person("new", "specialist")
    for handle, supervisor, field in (("new", "olga", "supervisor"), ("ann", "sue", "specialist")):
        refused = run(handle, "--supervisor", supervisor)
        assert (refused.exit_code, refused.output) == (1, f"Error: {field}: There is no such {field}.\n")
    assert run("new", "--supervisor", "sue", "--days", "0").exit_code == 2
    assert run("new", "--supervisor", "sue", "--days", "30", "--minors-ok").exit_code == 0
    new.sync()
    [credential] = new.records("credential")
    assert credential["data"] == {
        "supervised": True,
        "supervised_since": matching.world.time,
        "until": matching.world.time + 30 * DAY,
        "minors_ok": True,
    }
    ok(new.do("pairing.invite"))
