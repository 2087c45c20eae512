"""Repair: somebody says that something feels off, the other says yes, and either says that it is good; or it waits."""

from itertools import product

import pytest

from sync.clock import DAY
from sync.record import Key
from tests.adapters.rows.client_database_driver import LATER, Rx, change
from tests.phone import Phone
from tests.sync.client_databases import Melon
from tests.transports import Direct
from tests.trust.scene import NOWHERE, Sky, asking, pushed, reachable

EDGES = {  # (from, what, by who invited): to. Everything else is refused
    ("invited", "accept", False): "accepted",
    ("accepted", "accept", False): "accepted",
    ("invited", "close", True): "closed",
    ("invited", "close", False): "closed",
    ("accepted", "close", True): "closed",
    ("accepted", "close", False): "closed",
    ("closed", "close", True): "closed",
    ("closed", "close", False): "closed",
}
SHUT = ("paused by them", "paused by me", "ended by them", "ended by me", "blocked by them", "blocked by me")


def act(phone, what, space, name="h1", **args):
    return phone.do(f"repair.{what}", space=space, id=name, **args)


def state(phone, name="h1"):
    """Return the state as a new phone of theirs has it."""
    fresh = Phone(phone.transport, phone.user, "fresh")
    fresh.pull()
    found = {row["id"]: row["data"]["state"] for row in fresh.records("repair")}
    return found.get(name)


def brought(world, sam, ann, space, name, to):
    """Let ann say that something feels off, and bring that to a state."""
    assert act(ann, "invite", space, name, words="Hm.")["ok"]
    if to != "invited":
        assert act(sam, "accept", space, name)["ok"]
    if to == "closed":
        assert act(ann, "close", space, name)["ok"]
    assert state(ann, name) == state(sam, name) == to


def shut(phones, space, how):
    """Let a pairing be paused or over, by "me", who is first of two phones, or by "them"."""
    what, _, who = how.partition(" by ")
    phone = phones[0 if who == "me" else 1]
    name, args = {
        "paused": ("pairing.pause", {"pairing": space[5:]}),
        "ended": ("pairing.end", {"pairing": space[5:]}),
        "blocked": ("block.set", {"space": space}),
    }[what]
    assert phone.do(name, **args)["ok"]


# Who may do what


@pytest.mark.parametrize("by", ["ann", "sam"])
def test_either_side_invites_only_the_other_says_yes_and_either_says_that_it_is_good(world, sam, ann, pair, by):
    """Every state, everything that can be done in it, by both."""
    inviter, other = (ann, sam) if by == "ann" else (sam, ann)
    for number, (at, what, mine) in enumerate(product(("invited", "accepted", "closed"), ("accept", "close"), (1, 0))):
        name = f"h{number}"
        brought(world, other, inviter, pair, name, at)
        outcome = act(inviter if mine else other, what, pair, name)
        expected = EDGES.get((at, what, bool(mine)))
        assert outcome["ok"] == (expected is not None), (at, what, mine)
        assert state(ann, name) == state(sam, name) == (expected or at)
        if expected is None and at == "closed":
            assert outcome["error"]["code"] == "wrong_state"
            assert outcome["error"]["details"]["state"] == "closed"
        elif expected is None:
            assert (outcome["error"]["code"], mine) == ("forbidden", 1)


def test_a_stranger_staff_and_who_guesses_get_the_answer_of_a_place_that_is_not_there(world, sam, ann, eve, pair):
    staff = [world.phone(world.person(role, role)) for role in ("supervisor", "operator")]
    assert act(ann, "invite", pair)["ok"]
    for phone in (eve, *staff, ann):
        place = NOWHERE if phone is ann else pair
        for what, name in product(("invite", "accept", "close"), ("h1", "h9")):
            error = act(phone, what, place, name)["error"]
            assert (error["code"], error["details"]["field"]) == ("not_found", "space"), (phone.user, what)
    for what in ("accept", "close"):
        assert act(sam, what, pair, "h9")["error"]["details"] == {"field": "id", "id": "h9"}
    assert act(ann, "invite", pair)["error"]["code"] == "id_taken"
    assert act(sam, "invite", pair)["error"]["code"] == "id_taken"
    assert state(ann) == state(sam) == "invited"


# Offline


@pytest.mark.parametrize("first", ["ann", "sam"])
def test_both_say_so_offline_at_once_and_both_are_there_each_to_be_answered_by_the_other(world, sam, ann, pair, first):
    ann.does("repair.invite", space=pair, id="h1", words="Something is off.")
    sam.does("repair.invite", space=pair, id="h2", words="It is, for me.")
    for phone in (ann, sam) if first == "ann" else (sam, ann):
        assert phone.sync()[0]["ok"]
    assert act(ann, "accept", pair, "h1")["error"]["code"] == "forbidden"
    assert act(sam, "accept", pair, "h2")["error"]["code"] == "forbidden"
    assert act(ann, "accept", pair, "h2")["ok"]
    assert act(sam, "accept", pair, "h1")["ok"]
    for phone in (ann, sam):
        assert [state(phone, name) for name in ("h1", "h2")] == ["accepted", "accepted"]


@pytest.mark.parametrize(("order", "accepted"), [(("ann", "sam"), False), (("sam", "ann"), True)])
def test_who_says_yes_offline_while_the_other_closes_it_is_told_and_closed_it_stays(
    world, sam, ann, pair, order, accepted
):
    assert act(ann, "invite", pair)["ok"]
    sam.sync()
    people = {"ann": ann, "sam": sam}
    sam.does("repair.accept", space=pair, id="h1")
    ann.does("repair.close", space=pair, id="h1")
    heard = {name: people[name].sync()[0] for name in order}
    assert heard["ann"]["ok"]
    assert heard["sam"]["ok"] == accepted
    if not accepted:
        assert heard["sam"]["error"]["details"]["state"] == "closed"
    assert state(ann) == state(sam) == "closed"


def test_what_is_said_closed_and_said_anew_in_one_outbox_arrives_in_order_however_often_it_is_sent(
    world, sam, ann, pair
):
    for what, name in (("invite", "h1"), ("close", "h1"), ("invite", "h2")):
        ann.does(f"repair.{what}", space=pair, id=name)
    kept = list(ann.outbox)
    for _ in range(3):
        ann.outbox = list(kept)
        assert [one["ok"] for one in ann.push()] == [True, True, True]
    assert (state(sam, "h1"), state(sam, "h2")) == ("closed", "invited")
    before = world.parts.reader.get([Key(pair, "repair", "h2")])[Key(pair, "repair", "h2")]
    world.restarted()
    for phone in (ann, sam):
        phone.transport.parts = world.parts
    ann.outbox = list(kept)
    assert all(one["ok"] for one in ann.push())
    assert world.parts.reader.get([before.key])[before.key] == before


def test_two_phones_of_one_who_says_yes_twice_say_it_once(world, sam, ann, pair):
    assert act(ann, "invite", pair)["ok"]
    second = Phone(Direct(world.parts, sam.transport.caller), sam.user, "sam-2", lambda: world.time)
    for phone in (sam, second):
        phone.does("repair.accept", space=pair, id="h1")
    assert sam.push()[0]["ok"]
    assert second.push()[0]["ok"]
    assert state(ann) == "accepted"


# Paused, over, blocked


@pytest.mark.parametrize(("how", "at"), list(product(SHUT, ["invited", "accepted"])))
def test_where_nothing_can_be_written_nobody_opens_answers_or_closes_and_nothing_is_lost(
    world, sam, ann, pair, how, at
):
    """Also what was done offline before one knew. Who blocked has no such place any more; the other sees an ending."""
    brought(world, sam, ann, pair, "h1", at)
    sam.sync(), ann.sync()
    for phone in (ann, sam):
        for what, name in (("invite", f"h-{phone.user}"), ("accept", "h1"), ("close", "h1")):
            phone.does(f"repair.{what}", space=pair, id=name)
    shut([world.phone(one.transport.caller, "second") for one in (ann, sam)], pair, how)
    blocker = {"blocked by me": ann, "blocked by them": sam}.get(how)
    for phone in (ann, sam):
        for outcome in phone.push()[-3:]:
            error = outcome["error"]
            assert error["code"] == ("not_found" if phone is blocker else "wrong_state"), (how, outcome)
            if phone is not blocker:
                assert error["details"]["state"] == ("paused" if "paused" in how else "ended")
        assert phone.outbox == []
        assert state(phone) == (None if phone is blocker else at)
        assert state(phone, f"h-{phone.user}") is None
    if "paused" in how:
        assert (ann if how.endswith("me") else sam).do("pairing.resume", pairing=pair[5:])["ok"]
        assert act(sam, "close", pair)["ok"]
        assert state(ann) == "closed"


def test_while_goodbye_is_being_said_it_can_still_be_said_and_repaired(world, sam, ann, pair):
    assert sam.do("handover.announce", pairing=pair[5:], until=world.time + 7 * DAY)["ok"]
    brought(world, sam, ann, pair, "h1", "closed")


# What the other is shown


def test_the_other_is_shown_the_words_who_said_them_and_the_state_and_an_operator_nothing(world, sam, ann, eve, pair):
    staff = [world.phone(world.person(role, role)) for role in ("supervisor", "operator")]
    air = Sky(world, [sam, ann, eve, *staff])
    reachable(world, sam), reachable(world, ann), pushed(world, sam)
    assert act(ann, "invite", pair, words="canary")["ok"]
    assert {phone.user for phone, _ in air.frames} == {sam.user, ann.user}
    air.arrive()
    sam.pull()
    [repair] = sam.records("repair")
    assert repair["data"] == {"words": "canary", "state": "invited"}
    assert repair["author"] == ann.spaces()[pair]
    assert "canary" not in str(pushed(world, sam))
    assert "canary" not in str(list(world.mongo.ledger.find()))
    for phone in (eve, *staff):
        ask = asking(world, phone)
        phone.pull()
        assert "canary" not in str(phone.replica)
        for rule in world.parts.app.url_map.iter_rules():
            if "GET" in rule.methods and not rule.arguments and rule.rule.startswith("/api/"):
                assert "canary" not in ask(rule.rule), rule.rule


@pytest.mark.parametrize("app", [Melon, Rx])
def test_with_rows_it_is_asked_answered_and_closed_as_with_commands(world, sam, ann, pair, app):
    """A row that says what its author may not say is put right."""
    assert act(ann, "invite", pair, words="Hm.")["ok"]
    anns, sams = app(world, ann), app(world, sam)
    anns.pull()
    row = anns.the_one("repair")
    for who, wished, found in ((anns, "accepted", "invited"), (sams, "accepted", "accepted"),
                               (anns, "closed", "closed"), (sams, "accepted", "closed")):  # fmt: skip
        who.pull()
        change(who, "repair", row, state=wished)
        world.wait(LATER)
        who.pull()
        assert who.only("repair")["state"] == found
        assert state(ann) == state(sam) == found, (who is anns, wished)
