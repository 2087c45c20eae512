"""An agreement: nothing is written before both have signed the same, and what was signed holds until both sign anew."""

import itertools

import pytest

from schemas.agreement import AGREED, STANDARD, digest
from sync.clock import DAY
from tests.lifecycle.matching_fixture import no, ok

OTHER = "0" * 64
NUMBERS = itertools.count()


def says(phone, space, text="hello"):
    return phone.do("message.send", space=space, id=f"m{next(NUMBERS)}", text=text, origin="person")


def agreement(phone, space, state):
    phone.sync()
    return [row for row in phone.records("agreement", space) if row["data"]["state"] == state]


def test_nothing_is_written_before_both_have_signed(matching, sam, ann):
    space = matching.pair(ann, sam)
    for phone in (sam, ann):
        assert no(says(phone, space)) == ("wrong_state", "agreement_pending")
    ok(sam.do("agreement.sign", space=space, sha256=AGREED))
    assert no(says(sam, space)) == ("wrong_state", "agreement_pending")
    ok(ann.do("agreement.sign", space=space, sha256=AGREED))
    for phone in (sam, ann):
        ok(says(phone, space))
    [signed] = agreement(ann, space, "in_force")
    assert set(signed["data"]["signed"]) == set(matching.pairing(ann, space)["members"])


def test_what_is_signed_is_the_hash_of_what_was_shown(matching, sam, ann):
    space = matching.pair(ann, sam)
    [shown] = agreement(ann, space, "proposed")
    assert digest(shown["data"]["terms"]) == shown["data"]["sha256"] == AGREED
    assert shown["data"]["terms"]["not_kept"]


def test_another_hash_than_the_one_that_is_proposed_is_refused_with_the_one_that_is(matching, sam, ann):
    space = matching.pair(ann, sam)
    ok(sam.do("agreement.propose", space=space, id="v2", terms={"weeks": 4}))
    refusal = ann.do("agreement.sign", space=space, sha256=AGREED)
    assert no(refusal)[0] == "conflict"
    [shown] = agreement(ann, space, "proposed")
    assert refusal["error"]["details"]["sha256"] == shown["data"]["sha256"] != AGREED
    assert refusal["error"]["details"]["agreement"] == shown["id"] == "v2"
    assert no(says(ann, space)) == ("wrong_state", "agreement_pending")
    ok(ann.do("agreement.sign", space=space, sha256=shown["data"]["sha256"]))
    ok(says(ann, space))


def test_two_who_sign_different_texts_have_not_agreed(matching, sam, ann):
    space = matching.pair(ann, sam)
    ok(ann.do("agreement.propose", space=space, id="hers", terms={"weeks": 4}))
    assert no(sam.do("agreement.sign", space=space, sha256=AGREED))[0] == "conflict"
    assert matching.pairing(ann, space)["state"] == "agreement_pending"
    assert [row["id"] for row in agreement(ann, space, "replaced")] == ["first"]


@pytest.mark.parametrize("who", ["peer", "specialist"])
def test_a_change_needs_both_again_and_what_holds_holds_meanwhile(matching, sam, ann, who):
    space = matching.bond(ann, sam)
    one, other = (ann, sam) if who == "peer" else (sam, ann)
    [row] = [
        row for row in ok(one.do("agreement.propose", space=space, id="v2", terms={"weeks": 4})) if row["id"] == "v2"
    ]
    sha256 = row["data"]["sha256"]
    ok(one.do("agreement.sign", space=space, sha256=sha256))
    assert (matching.pairing(ann, space)["state"], matching.pairing(ann, space)["agreement"]) == ("active", AGREED)
    ok(says(ann, space))
    ok(other.do("agreement.sign", space=space, sha256=sha256))
    assert matching.pairing(ann, space)["agreement"] == sha256
    assert [row["id"] for row in agreement(ann, space, "replaced")] == ["first"]
    ok(says(ann, space))


def test_a_change_that_is_declined_leaves_what_holds(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(sam.do("agreement.propose", space=space, id="v2", terms={"weeks": 4}))
    proposed = matching.pairing(ann, space)["proposed"]
    assert no(ann.do("agreement.decline", space=space, sha256=OTHER))[0] == "conflict"
    ok(ann.do("agreement.decline", space=space, sha256=proposed))
    assert (matching.pairing(ann, space)["agreement"], matching.pairing(ann, space)["proposed"]) == (AGREED, None)
    assert no(sam.do("agreement.sign", space=space, sha256=proposed)) == ("wrong_state", "active")
    ok(says(sam, space))


@pytest.mark.parametrize("who", ["peer", "specialist"])
def test_withdrawing_pauses_and_deletes_nothing_and_a_new_agreement_goes_on(matching, sam, ann, who):
    space = matching.bond(ann, sam)
    ok(says(ann, space))
    sam.sync()
    before = set(sam.replica)
    ok((ann if who == "peer" else sam).do("agreement.withdraw", space=space))
    assert matching.pairing(ann, space)["state"] == "paused"
    assert no(says(sam, space)) == ("wrong_state", "paused")
    assert ann.texts(space) == ["hello"]
    sam.sync()
    assert {name for name in before if "deleted" not in sam.replica[name]} == before
    assert no(ann.do("agreement.withdraw", space=space)) == ("wrong_state", "paused")
    assert no(ann.do("agreement.sign", space=space, sha256=AGREED)) == ("wrong_state", "paused")
    ok(sam.do("agreement.propose", space=space, id="v2"))
    ok(ann.do("agreement.sign", space=space, sha256=AGREED))
    assert matching.pairing(ann, space)["state"] == "active"


def test_signing_twice_is_signing_once(matching, sam, ann):
    space = matching.bond(ann, sam)
    [signed] = agreement(ann, space, "in_force")
    matching.settle(DAY)
    ok(ann.do("agreement.sign", space=space, sha256=AGREED))
    assert agreement(ann, space, "in_force") == [signed]


def test_an_id_names_one_agreement(matching, sam, ann):
    space = matching.bond(ann, sam)
    assert no(sam.do("agreement.propose", space=space, id="first"))[0] == "id_taken"


def test_what_cannot_be_kept_is_said_whatever_is_proposed(matching, sam, ann):
    space = matching.bond(ann, sam)
    assert no(sam.do("agreement.propose", space=space, id="v2", terms={"not_kept": "nothing"}))[0] == "bad_request"
    ok(sam.do("agreement.propose", space=space, id="v3", terms={"locale": "es", "kept": "todo"}))
    [shown] = agreement(ann, space, "proposed")
    assert "daño grave" in shown["data"]["terms"]["not_kept"]


def test_the_standard_texts_are_those_that_people_have_signed(matching, sam, ann):
    """A term that was added since is in none of them; it counts only where somebody has proposed it."""
    digests = [digest(terms)[:12] for terms in STANDARD.values()]
    assert digests == ["421d652cad34", "dc2d145601f1", "b158346e4092"]
    space = matching.bond(ann, sam)
    ok(sam.do("agreement.propose", space=space, id="v2", terms={"receipts": True}))
    [shown] = agreement(ann, space, "proposed")
    assert (shown["data"]["terms"]["receipts"], shown["data"]["sha256"] == AGREED) == (True, False)
    assert no(sam.do("agreement.propose", space=space, id="v3", terms={"receipts": "sometimes"}))[0] == "bad_request"


def test_an_ended_pairing_agrees_on_nothing_more_and_strangers_see_none(matching, sam, ann, bob):
    space = matching.bond(ann, sam)
    calls = {"propose": {"id": "v2"}, "sign": {"sha256": AGREED}, "decline": {"sha256": AGREED}, "withdraw": {}}
    for name, args in calls.items():
        assert no(bob.do(f"agreement.{name}", space=space, **args))[0] == "not_found"
    ok(ann.do("pairing.end", pairing=space.removeprefix("pair:")))
    for name, args in calls.items():
        assert no(sam.do(f"agreement.{name}", space=space, **args)) == ("wrong_state", "ended")
