"""Acknowledgements: one switch for each sort, that ends up the same wherever it was switched, and is for the other."""

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ack import SORTS
from sync.clock import HOUR
from sync.record import Key
from tests.sync.stories import phone_of
from tests.trust.scene import NOWHERE, RX, WM, asking, rows, send

DEVICES = ("ann-1", "ann-2", "ann-3")
toggles = st.lists(
    st.tuples(st.sampled_from(DEVICES), st.sampled_from(SORTS[:2]), st.booleans(), st.integers(-3, 3)),
    min_size=2,
    max_size=8,
)


def ack(phone, space, message, **sorts):
    return phone.do("ack.set", space=space, message=message, **sorts)


def shown(phone, space):
    phone.pull()
    return {row["id"]: {sort: row["data"].get(sort) for sort in SORTS} for row in phone.records("ack", space)}


def latest(done):
    """Return what must be there: of each sort, what the greatest stamp says."""
    last = {}
    for mutation, device in done:
        at, _, count = mutation["at"].partition("-")
        stamp = int(at), int(count), device
        for sort in set(mutation["args"]) & set(SORTS):
            last[sort] = max(last.get(sort, ((0, 0, ""), None)), (stamp, mutation["args"][sort]))
    return {sort: last[sort][1] if sort in last else None for sort in SORTS}


class Three:
    """Three phones of ann, each with a clock of its own, none of which hears of the others meanwhile."""

    def __init__(self, world, ann, space, message):
        self.world, self.space, self.message = world, space, message
        self.phones = {name: phone_of(world, ann.transport.caller, name) for name in DEVICES}

    def toggles(self, wishes):
        """Return [(mutation, device)] of what was switched offline."""
        done = []
        for device, sort, is_on, skew in wishes:
            self.world.wait(1)
            self.phones[device].now = lambda skew=skew: self.world.time + skew
            args = {"space": self.space, "message": self.message, sort: is_on}
            done.append((self.phones[device].does("ack.set", **args), device))
        return done


@settings(max_examples=12)
@given(st.data(), toggles)
def test_what_three_phones_switch_at_once_ends_up_the_same_in_any_order_of_arrival(world, sam, ann, pair, data, wishes):
    number = world.time = world.time + HOUR
    name = f"m{number}"
    assert send(sam, pair, name, "hello")["ok"]
    three = Three(world, ann, pair, name)
    done = three.toggles(wishes)
    for mutation, device in data.draw(st.permutations([*done, *done[:2]])):  # some arrive twice
        outcome = three.phones[device].transport.call("push", {"mutations": [mutation]})["outcomes"][0]
        assert outcome["ok"], outcome
    for phone in (*three.phones.values(), sam):
        found = shown(phone, pair)
        assert found[f"{name}.{three.phones['ann-1'].spaces()[pair]}"] == latest(done)
        assert sum(one.startswith(f"{name}.") for one in found) == 1


def test_every_order_of_three_arrivals_is_the_same(world, sam, ann, pair):
    found = set()
    for number, order in enumerate(permutations(range(3))):
        name = f"m{number}"
        assert send(sam, pair, name, "hello")["ok"]
        three = Three(world, ann, pair, name)
        on = [("ann-1", "heard", True, 0), ("ann-2", "heard", False, 0), ("ann-3", "with_you", True, 0)]
        done = three.toggles(on)
        for at in order:
            mutation, device = done[at]
            three.phones[device].transport.call("push", {"mutations": [mutation]})
        found.add(json.dumps(shown(sam, pair)[f"{name}.{ann.spaces()[pair]}"]))
    assert [json.loads(one) for one in found] == [
        {
            "heard": False,
            "with_you": True,
            "thank_you_for_telling_me": None,
            "tell_me_more_when_ready": None,
            "i_need_time": None,
        }
    ]


def test_what_is_acknowledged_is_a_message_of_the_other_that_is_there(world, sam, ann, eve, pair):
    assert send(sam, pair, "s1", "hello")["ok"]
    assert send(ann, pair, "a1", "hello")["ok"]
    assert ack(ann, pair, "a1", heard=True)["error"]["code"] == "forbidden"
    assert ack(ann, pair, "never", heard=True)["error"]["code"] == "not_found"
    for space in (pair, NOWHERE):
        refused = ack(eve, space, "s1", heard=True)["error"]
        assert (refused["code"], refused["message"]) == ("not_found", "There is no such space.")
    assert ack(ann, pair, "s1", heard=True)["ok"]
    assert sam.do("message.delete", space=pair, id="s1")["ok"]
    assert ack(ann, pair, "s1", heard=False)["error"]["code"] == "not_found"
    assert ack(ann, pair, "s1", liked=True)["error"]["code"] == "bad_request"
    assert len(shown(sam, pair)) == 1


def test_both_sides_acknowledge_each_other_and_neither_touches_what_the_other_said(world, sam, ann, pair):
    assert send(sam, pair, "s1", "hello")["ok"]
    assert send(ann, pair, "a1", "hello")["ok"]
    assert ack(ann, pair, "s1", heard=True, i_need_time=True)["ok"]
    assert ack(sam, pair, "a1", with_you=True)["ok"]
    assert ack(ann, pair, "s1", i_need_time=False)["ok"]
    for phone in (sam, ann):
        found = shown(phone, pair)
        assert found[f"s1.{ann.spaces()[pair]}"] | found[f"a1.{sam.spaces()[pair]}"] == {
            "heard": None,
            "with_you": True,
            "thank_you_for_telling_me": None,
            "tell_me_more_when_ready": None,
            "i_need_time": None,
        }
        assert found[f"s1.{ann.spaces()[pair]}"]["heard"] is True
        assert found[f"s1.{ann.spaces()[pair]}"]["i_need_time"] is False


def test_nothing_is_acknowledged_while_a_pairing_is_paused_or_over(world, sam, ann, pair):
    assert send(sam, pair, "s1", "hello")["ok"]
    assert sam.do("pairing.pause", pairing=pair[5:])["ok"]
    assert ack(ann, pair, "s1", heard=True)["error"]["code"] == "wrong_state"
    assert sam.do("pairing.end", pairing=pair[5:])["ok"]
    assert ack(ann, pair, "s1", heard=True)["error"]["code"] == "wrong_state"
    assert shown(sam, pair) == {}


@pytest.mark.parametrize("made", ["rxdb", "watermelondb"])
def test_a_row_with_an_id_of_its_own_becomes_the_one_row_that_there_is(world, sam, ann, pair, made):
    """An app makes a row with an id of its own; what is kept is the row of that message and member, and no other."""
    assert send(sam, pair, "s1", "hello")["ok"]
    ask = asking(world, ann)
    [message] = rows(ask, "message")["documents"]
    row = {"id": "row-of-mine", "space": message["space"], "message": message["id"], "heard": True}
    for number in range(2):  # made twice, on two devices
        new = {**row, "id": f"row-of-mine-{number}"} | dict.fromkeys(SORTS[1:], False)
        if made == "rxdb":
            ask(f"{RX}/ack/push", json=[{"newDocumentState": {**new, "_deleted": False}, "assumedMasterState": None}])
        else:
            pulled = json.loads(ask(f"{WM}?last_pulled_at=null&schema_version=1&migration=null"))
            changes = {
                "ack": {"created": [{**new, "_status": "created", "_changed": ""}], "updated": [], "deleted": []}
            }
            ask(f"{WM}?last_pulled_at={pulled['timestamp']}", json=changes)
    name = f"s1.{ann.spaces()[pair]}"
    assert {sort for sort, is_on in shown(sam, pair)[name].items() if is_on} == {"heard"}
    assert shown(sam, pair).keys() == {name}
    key = Key(pair, "ack", name)
    assert world.parts.reader.get([key])[key].author == ann.spaces()[pair]
    found = rows(ask, "ack")["documents"]
    alive = [one for one in found if not one["_deleted"]]
    assert [one["heard"] for one in alive] == [True]
    assert alive[0]["id"] not in {"row-of-mine-0", "row-of-mine-1"}
