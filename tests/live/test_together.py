"""Mutations that a phone sends without waiting: done in order, answered one by one, stored together."""

import json

import pytest

from schemas.agreement import AGREED


@pytest.fixture
def couple(online):
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    return sam, ann, ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]


def burst(phone, mutations):
    """Send all of them in one write."""
    frames = [f"42{number}" + json.dumps(["mutate", one]) for number, one in enumerate(mutations)]
    for frame in frames:
        phone.protocol.send_text(frame.encode())
    phone.socket.sendall(b"".join(phone.protocol.data_to_send()))


def said(ann, space, count, prefix="m"):
    make = [
        ann.does("message.send", space=space, id=f"{prefix}{n}", text=f"{prefix}{n}", origin="person")
        for n in range(count)
    ]
    ann.outbox.clear()
    return make


@pytest.mark.parametrize("count", [2, 64, 65, 150])
def test_each_is_answered_in_order_and_stored_in_order(couple, raw, count):
    _, ann, space = couple
    phone = raw(ann.tokens)
    burst(phone, said(ann, space, count))
    answers = [phone.answer(number) for number in range(count)]
    assert [answer["changes"][0]["id"] for answer in answers] == [f"m{n}" for n in range(count)]
    places = [answer["changes"][0]["first_seq"] for answer in answers]
    assert places == list(range(places[0], places[0] + count))


def test_a_refusal_a_repetition_and_what_cannot_be_read_change_nothing_for_the_others(couple, raw):
    _, ann, space = couple
    phone = raw(ann.tokens)
    good = said(ann, space, 6)
    refused = {**good[1], "args": {**good[1]["args"], "space": "pair:nowhere"}}
    mutations = [
        good[0],
        refused,
        good[2],
        good[2],
        {**good[3], "args": {"space": space}},
        good[4],
        "no mutation",
        good[5],
    ]
    burst(phone, mutations)
    answers = [phone.answer(number) for number in range(len(mutations))]
    assert [answer.get("ok", False) for answer in answers] == [True, False, True, True, False, True, False, True]
    assert answers[2] | {"server_time": 0} == answers[3] | {"server_time": 0}
    ann.sync()
    assert ann.texts(space) == ["m0", "m2", "m4", "m5"]


def test_other_events_among_them_are_answered_in_their_turn(couple, raw):
    _, ann, space = couple
    phone = raw(ann.tokens)
    first, second = said(ann, space, 2)
    for number, event in enumerate((["mutate", first], ["pull", {}], ["mutate", second])):
        phone.protocol.send_text(f"42{number}{json.dumps(event)}".encode())
    phone.socket.sendall(b"".join(phone.protocol.data_to_send()))
    assert phone.answer(0)["ok"]
    seen = [change["id"] for change in phone.answer(1)["changes"] if change["kind"] == "message"]
    assert seen == ["m0"]
    assert phone.answer(2)["ok"]
