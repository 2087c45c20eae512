"""Two who are at the same thing at the same moment: one of them is first, the other hears so, and nothing is left."""

from functools import partial

import pytest

from tests.lifecycle.matching_fixture import GRIEF, ok
from tests.load.scene import Scene
from tests.load.workers import Workers

WORKERS, ROUNDS = 4, 5  # and how often each race is run, after those in which it is said who is first
TAP = "01a203fb-0000-7000-8000-000000000002"


RIVALS = {  # and what an offer is that they settle
    "declines": "declined",
    "withdraws": "withdrawn",
    "expires": "expired",
    "is_deactivated": "withdrawn",
    "is_lost": "withdrawn",
    "deletes_his_account": "withdrawn",
    "deletes_her_account": "withdrawn",
}


@pytest.fixture
def workers(world):
    return Workers(world, WORKERS)


@pytest.fixture
def scene(matching, workers, watch):
    scene = Scene(matching, workers)
    yield scene
    assert watch.broken == []
    scene.is_right()


@pytest.mark.parametrize(("rival", "state"), [one for one in RIVALS.items() if one[0] != "expires"])
def test_a_yes_that_is_overtaken_is_told_what_became_of_the_offer(scene, workers, rival, state):
    answer, _ = workers.overtaken(scene.asked().accepts, getattr(scene, rival))
    assert (answer["ok"], answer["error"]["details"]["state"]) == (False, state)
    assert (scene.state, scene.live) == (state, [])


def test_a_yes_that_was_said_in_time_and_is_overtaken_by_the_expiry_counts(scene, workers):
    answer, _ = workers.overtaken(scene.asked().accepts, scene.expires)
    ok(answer)
    assert (scene.state, len(scene.live)) == ("accepted", 1)


@pytest.mark.parametrize("rival", [name for name in RIVALS if name != "expires"])
def test_whatever_a_yes_overtakes_finds_a_pairing(scene, workers, rival):
    outcome, answer = workers.overtaken(getattr(scene.asked(), rival), scene.accepts)
    ok(answer)
    assert scene.state == "accepted"
    refused = outcome is not None and not outcome["ok"]
    assert refused == (rival in {"declines", "withdraws", "is_deactivated"})
    assert len(scene.live) == (rival not in {"is_lost", "deletes_his_account"})


def test_a_yes_that_comes_while_the_offer_expires_is_late(scene, workers):
    _, answer = workers.overtaken(scene.asked().expires, scene.accepts)
    assert answer["error"]["details"]["state"] == "expired"
    assert (scene.state, scene.live) == ("expired", [])


def test_an_offer_that_is_taken_back_while_it_expires_is_no_offer_that_nobody_answered(scene, workers):
    _, outcome = workers.overtaken(scene.asked().expires, scene.withdraws)
    ok(outcome)
    assert (scene.state, workers.states("request")) == ("withdrawn", {"withdrawn": 1})
    [kept] = workers.records("specialist")
    assert kept.data.get("silent", []) == []


@pytest.mark.parametrize("rival", [*RIVALS, "pauses", "accepts"])
def test_an_offer_is_settled_once_whoever_is_first(matching, workers, watch, rival):
    for number in range(ROUNDS):
        scene = Scene(matching, workers, number).asked()
        workers.everywhere([scene.accepts, getattr(scene, rival)] * (WORKERS // 2))
        assert scene.state in {"accepted", RIVALS.get(rival)}
        assert len(scene.live) <= (scene.state == "accepted")
        assert workers.met["offer.accept", "ok"] <= number + 1
        assert watch.broken == []
        scene.is_right()


def test_a_breather_that_overtakes_a_choice_wins(scene, workers):
    for outcome in workers.overtaken(scene.listed().chooses, scene.pauses):
        ok(outcome)
    assert workers.records("offer") == []
    [request] = workers.records("request")
    assert (request.data["state"], request.data["last"]) == ("open", "taken")


def test_a_choice_that_overtakes_a_breather_stands(scene, workers):
    for outcome in workers.overtaken(scene.listed().pauses, scene.chooses):
        ok(outcome)
    [kept] = workers.records("specialist")
    assert kept.data["offers"] == {scene.offer.id: scene.her.user}
    assert kept.data["paused_until"] > scene.matching.world.time
    ok(scene.accepts(workers.servers[2]))


def test_a_list_made_before_a_no_does_not_bring_the_same_two_together_again(scene, workers):
    ok(scene.ann.do("request.open", id="r2", topics=GRIEF))
    scene.asked()
    older = scene.matching.card(scene.ann, "Sam0", "r2")
    ok(scene.declines(workers.servers[1]))
    answer = workers.do(workers.servers[2], scene.her, "request.choose", id="r2", person=older)
    ok(answer)
    assert workers.states("offer") == {"declined": 1}


def test_the_last_place_goes_to_whoever_of_two_is_first(scene, matching, workers):
    scene.listed()
    bob = matching.peer("bob")
    matching.look(bob)
    card = matching.card(bob, "Sam0")

    def bob_chooses(parts):
        return workers.do(parts, bob.transport.caller, "request.choose", id="r1", person=card)

    for outcome in workers.overtaken(scene.chooses, bob_chooses):
        ok(outcome)
    assert scene.offer.hidden["peer"] == bob.user
    assert workers.states("request") == {"offered": 1, "open": 1}


@pytest.mark.parametrize("action", ["chooses", "accepts"])
def test_a_double_tap_on_two_workers_is_one_deed_with_one_answer(scene, workers, action):
    if action == "chooses":
        scene.listed()
    else:
        scene.asked()
    tap = partial(getattr(scene, action), tap=TAP)
    first, second = workers.overtaken(tap, tap)
    assert first == second
    ok(first)
    again = workers.everywhere([tap] * 8)
    assert all(outcome["ok"] for outcome in again)
    assert len(workers.records("offer")) == 1
    assert len(workers.records("pairing")) == (action == "accepts")
