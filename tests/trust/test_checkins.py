"""Private check-ins: every 14 days at most, whichever phone they come from; the hint that follows; and what is kept."""

import json
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import product
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.checkin import ITEMS
from server.commands.safety.checkin import CHECKIN_PAUSE
from sync.clock import DAY, DRIFT
from sync.record import private
from tests.phone import Phone
from tests.transports import Direct
from tests.trust.exact import exact
from tests.trust.scene import pushed, reachable

TABLE = json.loads((Path(__file__).parents[2] / "docs/vectors/rupture.json").read_text(encoding="utf-8"))
UNSAYABLE = {  # one, two or three whole numbers have no such mean: halves and thirds is all that there is
    "strict boundary": 5.6, "soft boundary": 7.25, "the eighth answer back": 5.56, "slope at the limit": 7.25,
    "repair boundary": 7.625,
}  # fmt: skip
ROLES = ("specialist", "peer")
ROWS = st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=5, max_size=12)  # in thirds of a point; or skipped


def items(value):
    """Return answers whose mean is a value, or None if there are none."""
    for answered in (3, 1, 2):
        total = Fraction(value).limit_denominator(60) * answered
        if total.denominator == 1:
            low, more = divmod(int(total), answered)
            return {item: low + (at < more) for at, item in enumerate(list(ITEMS)[:answered])}
    return None


def put(phone, pairing, name="k1", **args):
    return phone.do("checkin.put", id=name, pairing=pairing, **args)


def trend(phone):
    """Return what is told from the check-ins, as a new phone of theirs has it."""
    fresh = Phone(phone.transport, phone.user, "fresh")
    fresh.pull()
    [row] = fresh.records("trend")
    return row["data"]


def second(world, phone, behind=0):
    """Return another phone of somebody, whose clock may be behind."""
    caller = phone.transport.caller
    return Phone(Direct(world.parts, caller), caller.user, f"{caller.device}-2", lambda: world.time - behind)


@pytest.fixture
def pairing(pair):
    return pair[5:]


# Every 14 days at most


@pytest.mark.parametrize("role", ["ann", "sam"])
def test_two_check_ins_are_14_days_apart_to_the_millisecond(world, ann, sam, pairing, role):
    phone = {"ann": ann, "sam": sam}[role]
    assert timedelta(days=14) / timedelta(milliseconds=1) == CHECKIN_PAUSE == 14 * DAY
    first = world.time
    assert put(phone, pairing, could_say=5)["ok"]
    assert trend(phone)["next_at"] == first + CHECKIN_PAUSE
    world.wait(CHECKIN_PAUSE - 1)
    refused = put(phone, pairing, "k2", could_say=5)["error"]
    assert (refused["code"], refused["details"]["state"]) == ("wrong_state", "early")
    assert refused["details"]["next_at"] == first + CHECKIN_PAUSE
    world.time = refused["details"]["next_at"]
    assert put(phone, pairing, "k3", could_say=5)["ok"]
    assert [row["at"] for row in trend(phone)["series"]] == [first, first + CHECKIN_PAUSE]


@pytest.mark.parametrize("ms", [CHECKIN_PAUSE - 1, CHECKIN_PAUSE])
def test_what_was_written_before_another_and_arrives_after_it_is_14_days_away_too(world, ann, pairing, ms):
    """The phone's own time counts, and in both directions."""
    world.wait(CHECKIN_PAUSE)  # nobody looked at how it goes before they were paired
    assert put(ann, pairing, could_say=5)["ok"]
    assert put(second(world, ann, behind=ms), pairing, "k2", could_say=5)["ok"] == (ms == CHECKIN_PAUSE)
    assert len(trend(ann)["series"]) == 1 + (ms == CHECKIN_PAUSE)


def test_a_check_in_between_two_others_is_14_days_from_both(world, ann, pairing):
    start = world.time
    for name, at in (("a", 0), ("b", 2 * CHECKIN_PAUSE - 1), ("c", 4 * CHECKIN_PAUSE - 1)):
        world.time = start + at
        assert put(ann, pairing, name, could_say=5)["ok"]
    for at, fits in (
        (CHECKIN_PAUSE - 1, False),
        (CHECKIN_PAUSE, False),
        (3 * CHECKIN_PAUSE - 2, False),
        (3 * CHECKIN_PAUSE - 1, True),
    ):
        late = second(world, ann, behind=world.time - start - at)
        assert put(late, pairing, f"d{at}", could_say=5)["ok"] == fits, at


def test_whoever_is_told_to_come_back_later_can_then(world, ann, pairing):
    """One is late from in between: 14 days after the one before it are not 14 days after the other."""
    start = world.time
    for name, at in (("a", 0), ("b", 2 * CHECKIN_PAUSE - DAY)):
        world.time = start + at
        assert put(ann, pairing, name, could_say=5)["ok"]
    late = second(world, ann, behind=world.time - start - DAY)
    world.time = put(late, pairing, "c", could_say=5)["error"]["details"]["next_at"]
    assert put(ann, pairing, "d", could_say=5)["ok"]


def test_a_clock_that_is_ahead_wins_a_minute_and_no_more(world, ann, pairing):
    assert put(ann, pairing, could_say=5)["ok"]
    world.wait(CHECKIN_PAUSE - DRIFT - 1)
    assert put(second(world, ann, behind=-DRIFT), pairing, "k2", could_say=5)["error"]["code"] == "wrong_state"
    assert put(second(world, ann, behind=-99 * DAY), pairing, "k3", could_say=5)["error"]["code"] == "wrong_state"
    world.wait(1)
    assert put(second(world, ann, behind=-DRIFT), pairing, "k4", could_say=5)["ok"]


def test_the_14_days_are_of_one_person_and_one_pairing(world, sam, ann, bob, pairing):
    other = world.paired(sam, bob)[5:]
    for phone, which in ((sam, pairing), (ann, pairing), (sam, other), (bob, other)):
        assert put(phone, which, f"{which[:4]}-{phone.user}", could_say=5)["ok"]
    assert put(sam, pairing, "again", could_say=5)["error"]["details"]["state"] == "early"
    sam.sync()
    assert {row["id"] for row in sam.records("trend")} == {pairing, other}


# Skipped, sealed


def test_all_or_some_of_it_can_be_skipped_and_what_is_skipped_is_not_asked_for_sooner(world, ann, pairing):
    for number, (given_items, value) in enumerate((
        ({}, None), (dict.fromkeys(ITEMS), None), ({"can_rely": 0}, 0.0), ({"could_say": 4, "both_gave": 9}, 6.5),
    )):  # fmt: skip
        assert put(ann, pairing, f"k{number}", **given_items)["ok"]
        assert put(ann, pairing, "more", could_say=5)["error"]["details"]["state"] == "early"
        assert trend(ann)["series"][-1]["value"] == value
        world.wait(CHECKIN_PAUSE)


def test_sealed_ones_give_no_value_and_no_hint_and_are_not_sent_with_values(world, ann, pairing):
    for number in range(4):
        assert put(ann, pairing, f"k{number}", could_say=8)["ok"]
        world.wait(CHECKIN_PAUSE)
    assert put(ann, pairing, "both", could_say=0, sealed="x")["error"]["details"]["field"] == "args.sealed"
    assert put(ann, pairing, "sealed", sealed="c2VhbGVk")["ok"]
    assert (trend(ann)["series"][-1]["value"], trend(ann)["hint"]) == (None, None)
    world.wait(CHECKIN_PAUSE)
    assert put(ann, pairing, "low", could_say=0)["ok"]
    assert trend(ann)["hint"] == "strict", "what was sealed has its place, and no value"


# The hint


def test_every_published_series_that_whole_numbers_can_say_has_its_hints_and_can_be_taken_back(world, ann, pairing):
    """Each check-in gives its hint; deleted from the newest on, each gives back the hint that there was before."""
    unsayable = {}
    for vector in TABLE["vectors"]:
        odd = [value for value in vector["series"] if value is not None and items(value) is None]
        if odd:
            unsayable[vector["name"]] = odd[0]
            continue
        names, told = [], []
        for value, expected in zip(vector["series"], vector["expected"], strict=True):
            names.append(f"k{world.time}")
            assert put(ann, pairing, names[-1], **({} if value is None else items(value)))["ok"], vector["name"]
            row = ann.replica[private(ann.user), "trend", pairing]["data"]
            assert row["hint"] == expected, (vector["name"], len(names))
            assert row["series"][-1]["value"] == (value if value is None else pytest.approx(value, abs=1e-9))
            told.append(row)
            world.wait(CHECKIN_PAUSE)
        for name, before in zip(reversed(names), [*reversed(told[:-1]), None], strict=False):
            assert ann.do("checkin.delete", id=name)["ok"]
            row = ann.replica[private(ann.user), "trend", pairing]["data"]
            assert row == (before or {"series": [], "hint": None, "next_at": 0}), vector["name"]
    assert unsayable == UNSAYABLE


@settings(max_examples=15)
@given(ROWS, st.randoms(use_true_random=False))
def test_in_whatever_order_two_phones_bring_them_the_hint_is_that_of_what_was_lived(world, row, luck):
    """Written on two phones, sent one by one in any order, and some of them deleted again."""
    sam, ann = (world.phone(world.person(f"{role}-{world.mongo.users.count_documents({})}", role)) for role in ROLES)
    pairing, start = world.paired(sam, ann)[5:], world.time
    phones = [second(world, ann), world.phone(ann.transport.caller, "third")]
    waiting, lived = [], {}
    for number, value in enumerate(row):
        world.time = start + number * CHECKIN_PAUSE
        answers = {} if value is None else items(Fraction(value, 3))
        mutation = luck.choice(phones).does("checkin.put", id=f"k{world.time}", pairing=pairing, **answers)
        waiting.append((mutation, value, number))
    luck.shuffle(waiting)
    for mutation, value, number in waiting:
        [outcome] = ann.transport.call("push", {"mutations": [mutation]})["outcomes"]
        assert outcome["ok"], outcome
        lived[number] = mutation["args"]["id"], value
        if luck.random() < 0.25:
            gone, _ = lived.pop(luck.choice(sorted(lived)))
            assert ann.do("checkin.delete", id=gone)["ok"]
        ordered = [lived[at] for at in sorted(lived)]
        told = trend(ann)
        assert [one["id"] for one in told["series"]] == [one for one, _ in ordered]
        assert told["hint"] == (exact([third for _, third in ordered]) or [None])[-1]
        assert told["next_at"] == (start + max(lived) * CHECKIN_PAUSE + CHECKIN_PAUSE if lived else 0)


def test_who_deletes_one_may_look_again_at_once_and_what_was_deleted_has_no_values_any_more(world, ann, pairing):
    assert put(ann, pairing, could_say=1, can_rely=2, both_gave=3)["ok"]
    for phone in (ann, second(world, ann), ann):
        assert phone.do("checkin.delete", id="k1")["ok"], "deleted twice is deleted once"
    assert put(ann, pairing, could_say=5)["error"]["code"] == "id_taken"
    assert put(ann, pairing, "k2", could_say=5)["ok"]
    gone = world.mongo.records.find_one({"kind": "checkin", "id": "k1"})
    assert gone["deleted"]
    assert not gone.keys() & {"data", "hidden", "sealed"}


# What is kept, and sent


def test_nobody_is_rung_for_a_check_in_and_its_ledger_rows_hold_a_digest_and_names_only(world, sam, ann, pairing):
    reachable(world, sam), reachable(world, ann), pushed(world, ann)
    world.mongo.ledger.delete_many({})
    for number, args in enumerate(({"could_say": 7}, {"sealed": "canary"}, {"sealed": "canary", "can_rely": 7},
                                   {"sealed": "canary" * 1000}, {"could_say": 77}, {})):  # fmt: skip
        put(ann, pairing, f"k{number}", **args)
        world.wait(CHECKIN_PAUSE if number else 1)
    ann.do("checkin.delete", id="k0")
    assert pushed(world, ann) + pushed(world, sam) == []
    assert list(world.mongo.records.find({"kind": "bell", "data.dues": {"$ne": {}}})) == []
    assert world.mongo.ledger.count_documents({}) >= 5
    for row in world.mongo.ledger.find():
        assert row.keys() - {"keys", "refusal"} == {"_id", "digest", "at", "by", "layout"}
        assert "canary" not in repr(row)
        assert all(space == private(ann.user) for space, *_ in row.get("keys", ()))


def test_the_values_of_a_deleted_check_in_cannot_be_found_from_its_digest(world, ann, pairing):
    """There are 1728 answers; who has the database, and not the server's key, must not be able to try them all."""
    outcome = put(ann, pairing, **dict(zip(ITEMS, (2, None, 9), strict=True)))
    assert ann.do("checkin.delete", id="k1")["ok"]
    tried = (dict(zip(ITEMS, values, strict=True)) for values in product([None, *range(11)], repeat=3))
    asked = (["checkin.put", {"id": "k1", "pairing": pairing, **one}] for one in tried)
    kept = world.mongo.ledger.find_one({"_id": {"$regex": outcome["id"]}})["digest"]
    tried = [sha256(orjson.dumps(one, option=orjson.OPT_SORT_KEYS)).hexdigest() for one in asked]
    assert not any(one.startswith(kept) for one in tried)


def test_one_cannot_look_at_how_it_goes_with_somebody_with_whom_nothing_is_going_on(ann, sam, eve, pair):
    assert put(eve, pair[5:], could_say=5)["error"]["code"] == "not_found"
    assert put(ann, "nobody", could_say=5)["error"]["code"] == "not_found"
    assert ann.do("pairing.pause", pairing=pair[5:])["ok"]
    assert put(ann, pair[5:], could_say=5)["ok"], "a pause is a time to think"
    assert sam.do("pairing.end", pairing=pair[5:])["ok"]
    assert put(sam, pair[5:], "k2", could_say=5)["error"]["details"]["state"] == "ended"
    assert ann.do("checkin.delete", id="k1")["ok"], "what is mine stays mine to delete"
