"""Every mutation gets one outcome, however often it is sent, and whatever happens on the way."""

import copy

from schemas.agreement import AGREED
from server.commands.context import COMMANDS, Command


def test_a_mutation_sent_again_is_answered_and_not_done_again(sam, ann, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="once", origin="person")
    first = ann.push()
    ann.outbox = [mutation, mutation]
    assert ann.push() == first * 2
    sam.pull()
    assert sam.texts(pair) == ["once"]


def test_the_same_mutation_twice_in_one_push_is_done_once(sam, ann, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="once", origin="person")
    ann.outbox.append(mutation)
    first, second = ann.push()
    assert first == second
    assert first["ok"]


def test_a_mutation_id_with_another_body_is_refused_and_the_first_stands(sam, ann, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="first", origin="person")
    ann.push()
    ann.outbox = [mutation | {"args": {**mutation["args"], "text": "second"}}]
    assert ann.push()[0]["error"]["code"] == "id_taken"
    sam.pull()
    assert sam.texts(pair) == ["first"]


def test_a_mutation_id_with_another_name_is_refused_and_the_first_stands(sam, ann, pair):
    assert sam.do("message.send", space=pair, id="m1", text="hello", origin="person")["ok"]
    mutation = ann.does("position.delivered", space=pair, seq=2)
    ann.push()
    ann.outbox = [mutation | {"name": "position.read"}]
    assert ann.push()[0]["error"]["code"] == "id_taken"
    assert ann.position(pair) == {"delivered": 2}


def test_the_order_of_fields_makes_no_other_body(ann, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="once", origin="person")
    first = ann.push()
    ann.outbox = [mutation | {"args": dict(reversed(mutation["args"].items()))}]
    assert ann.push() == first


def test_one_persons_mutation_id_means_nothing_in_anothers_hands(ann, eve, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="a secret", origin="person")
    ann.push()
    eve.outbox = [copy.deepcopy(mutation)]
    answer = eve.push()
    assert answer[0]["error"]["code"] == "not_found"
    assert "secret" not in str(answer)


def test_a_refusal_is_remembered_though_the_state_has_changed(world, sam, ann):
    invited = sam.do("pairing.invite")
    space = invited["changes"][0]["space"]
    mutation = sam.does("message.send", space=space, id="m1", text="too early", origin="person")
    refused = sam.push()
    assert refused[0]["error"]["code"] == "wrong_state"
    ann.do("pairing.join", agreement=AGREED, code=invited["changes"][0]["data"]["code"])
    sam.outbox = [mutation]
    assert sam.push() == refused
    world.restarted()
    late = world.phone(sam.transport.caller)
    late.outbox = [mutation]
    assert late.push() == refused


def test_a_replay_after_a_delete_answers_with_the_tombstone_and_none_of_the_content(sam, ann, pair):
    mutation = ann.does("message.send", space=pair, id="m1", text="a secret", origin="person")
    ann.push()
    ann.do("message.delete", space=pair, id="m1")
    ann.outbox = [mutation]
    outcome = ann.push()[0]
    assert outcome["ok"]
    assert outcome["changes"][0]["deleted"]
    assert "secret" not in str(outcome)


def test_what_is_malformed_blocks_nothing_behind_it(sam, ann, pair):
    ann.does("message.send", space=pair, id="m1", text="before", origin="person")
    bad = [None, 7, "x", [], {}, {"id": 1}, {"id": "x", "name": "message.send", "args": {}, "at": "0-0"}]
    ann.outbox += bad
    ann.does("note.nothing")
    ann.does("message.send", space=pair, id="m2", text="after", origin="person")
    outcomes = ann.transport.call("push", {"mutations": ann.outbox})["outcomes"]
    assert [outcome["ok"] for outcome in outcomes] == [True] + [False] * (len(bad) + 1) + [True]
    assert {outcome["error"]["code"] for outcome in outcomes[1:-1]} == {"bad_request", "unknown_command"}
    sam.pull()
    assert sam.texts(pair) == ["before", "after"]


def test_a_corrected_mutation_may_keep_its_id_if_it_was_never_understood(ann):
    mutation = ann.does("note.put", id="n1", title=7)
    assert not ann.push()[0]["ok"]
    ann.outbox = [mutation | {"args": {"id": "n1", "title": "seven"}}]
    assert ann.push()[0]["ok"]


def test_a_command_that_fails_is_not_remembered_and_holds_up_nobody_else(world, ann, bob, monkeypatch):
    def broken(context, args):
        raise ZeroDivisionError

    good = COMMANDS["note.put"]
    monkeypatch.setitem(COMMANDS, "note.put", Command(good.name, good.schema, broken))
    ann.does("note.put", id="n1", title="x")
    ann.does("profile.edit", about="This may rest on what came before.")
    assert ann.push() == []  # keep both, and ask again
    ann.pull()
    assert ann.records("profile") == []
    assert bob.do("profile.edit", name="Bob")["ok"]
    monkeypatch.undo()
    assert [outcome["ok"] for outcome in ann.push()] == [True, True]


def test_what_was_asked_before_digests_had_a_key_is_still_known(world, ann):
    outcome = ann.do("note.put", id="n1", title="x")
    world.mongo.ledger.update_one({"_id": f"{ann.user}|{outcome['id']}"}, {"$set": {"digest": "0" * 64}})
    mutation = {"id": outcome["id"], "name": "note.put", "args": {"id": "n1", "title": "x"}, "at": f"{world.time}-0"}
    assert ann.transport.call("mutate", mutation)["ok"]
    assert world.mongo.records.count_documents({"kind": "note"}) == 1
