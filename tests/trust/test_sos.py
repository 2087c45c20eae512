"""SOS: it goes before everything else, and what is said about it is so."""

import json
import threading

import pytest

from server.app import build
from server.command import Caller
from server.limits import PER_HANDLE
from server.store import commit
from server.store.job import Batch, Job
from tests.conftest import CONFIG, PASSPHRASE
from tests.matched import HOUR
from tests.phone import Lost
from tests.trust.scene import ALWAYS, on_shift, pushed, reachable, send

WORDS = "I need somebody"
HOURS = {"zone": "UTC", "weekly": ALWAYS, "exceptions": {}}


@pytest.fixture
def crew(world, sam, pair):
    """Return {name: phone}: sam is on shift, sue supervises sam, oscar is on call, olga says who is."""
    on_shift(world, sam)
    olga = world.phone(Caller("id-olga", "phone-of-olga", "operator"))
    oscar = world.phone(world.person("oscar", "operator"))
    assert olga.do("watch.edit", handle="oscar", hours=HOURS)["ok"]
    sue = world.phone(Caller("id-sue", "phone-of-sue", "supervisor"))
    return {"sam": sam, "oscar": oscar, "sue": sue, "olga": olga}


def raised(phone, name="s1", **more):
    outcome = phone.do("sos.raise", id=name, **more)
    assert outcome["ok"], outcome
    return outcome["changes"][0]


def calls(phone):
    phone.sync()
    return phone.records("call")


def call(phone):
    [found] = [one for one in calls(phone) if one["data"]["state"] != "over"]
    return found["id"]


def sos(phone, name="s1"):
    phone.sync()
    [found] = [one for one in phone.records("sos") if one["id"] == name]
    return found["data"]


def climb(world, minutes):
    world.wait(minutes * 60_000)
    world.parts.timers.run()


def committed(world):
    """Return the list of what is stored from now on, (kind, id), in the order of the commits."""
    stored, after = [], world.parts.committer._after

    def follow(records, user):
        stored.extend((record.kind, record.id) for record in records)
        after(records, user)

    world.parts.committer._after = follow
    return stored


# It goes first


def test_what_was_raised_without_a_network_is_raised_as_soon_as_there_is_one(world, sam, ann, crew):
    call_server, ann.transport.call = ann.transport.call, lost
    with pytest.raises(Lost):
        ann.do("sos.raise", id="s1", words=WORDS)
    assert ann.records("sos") == [], "not delivered yet is what the phone has to say"
    assert [one["name"] for one in ann.outbox] == ["sos.raise"]
    world.wait(HOUR)
    ann.transport.call = call_server
    assert [one["ok"] for one in ann.sync()] == [True]
    assert sos(ann)["state"] == "raised"
    assert len(calls(sam)) == 1
    assert sos(ann)["raised_at"] == world.time - HOUR


def lost(_verb, _body):
    raise Lost


def test_an_answer_that_got_lost_calls_nobody_twice(world, sam, ann, crew):
    mutation = ann.does("sos.raise", id="s1")
    first = ann.transport.call("push", {"mutations": [mutation]})["outcomes"]
    assert ann.push() == first
    assert len(sos(ann)["asked"]) == 1
    assert [one["data"].get("again_at") for one in calls(sam)] == [None]


@pytest.mark.parametrize("place", ["first", "last"])
def test_it_overtakes_five_hundred_messages_of_the_same_push(world, sam, ann, pair, crew, place):
    """Whether the phone knows that it goes first, or not."""
    stored = committed(world)
    for number in range(499):
        ann.does("message.send", space=pair, id=f"m{number}", text="queued", origin="person")
    ann.does("sos.raise", id="s1")
    if place == "last":
        ann.outbox.append(ann.outbox.pop(0))
    outcomes = ann.push()
    assert [outcome["ok"] for outcome in outcomes] == [True] * 500
    assert ann.outbox == []
    assert stored.index(("sos", "s1")) < stored.index(("message", "m0"))
    assert [kind for kind, _ in stored].index("call") < stored.index(("message", "m0"))
    assert sum(kind == "message" for kind, _ in stored) == 499
    assert sum(kind == "sos" for kind, _ in stored) == 1, "found again in its turn, and not done again"
    [place_of] = [at for at, outcome in enumerate(outcomes) if outcome["changes"][0]["kind"] == "sos"]
    assert place_of == (0 if place == "first" else 499), "outcomes come in the order of the outbox"


def test_it_is_raised_though_what_was_written_before_it_is_refused_or_has_no_answer(world, ann, pair, crew):
    world.parts.committer._attempt, attempt = failing(world.parts.committer), world.parts.committer._attempt
    ann.does("message.send", space="pair:nowhere", id="m1", text="refused", origin="person")
    ann.does("message.send", space=pair, id="fails", text="no answer", origin="person")
    ann.does("sos.raise", id="s1")
    ann.outbox.append(ann.outbox.pop(0))
    outcomes = ann.push()
    assert [outcome["ok"] for outcome in outcomes] in ([], [False])
    assert sos(ann)["state"] == "raised"
    world.parts.committer._attempt = attempt
    ann.push()
    assert ann.outbox == []
    assert len(ann.records("sos")) == 1


def failing(committer):
    """Return an attempt that fails for every group with a message."""
    attempt = committer._attempt

    def run(group):
        if any(job.command == "message.send" for batch in group for job in batch.jobs):
            raise RuntimeError
        return attempt(group)

    return run


def test_too_many_who_wait_do_not_keep_it_out(world, ann, pair, crew, monkeypatch):
    monkeypatch.setattr(commit, "WAITING", 0)
    full = world.parts.backend.mutate(ann.transport.caller, ann.does("note.put", id="n1", title="A note"))
    assert full["error"]["code"] == "try_later"
    assert raised(ann)["data"]["state"] == "raised"


def test_it_goes_to_the_front_of_those_who_wait(world, crew):
    """And a batch that waits is woken all the same."""
    committer, started, go_on, order = world.parts.committer, threading.Event(), threading.Event(), []

    def decided(name):
        def decide(_draft):
            order.append(name)
            if name == "leads":
                started.set()
                assert go_on.wait(30)
            return []

        return decide

    def runs(name, command="note.put"):
        thread = threading.Thread(target=committer.run, args=([Job(None, "", command, decided(name))],))
        thread.start()
        return thread

    threads = [runs("leads")]
    assert started.wait(30)
    for number in range(commit.GROUP + 10):
        committer._waiting.append(Batch([Job(None, "", "note.put", decided(f"n{number}"))]))
    waiting = len(committer._waiting)
    threads.append(runs("sos", "sos.raise"))
    while len(committer._waiting) == waiting:
        pass
    go_on.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert order[:3] == ["leads", "sos", "n0"]


def test_nobody_is_limited_in_raising_one(world, ann, crew):
    """However often somebody has tried passphrases, and however often they raise."""
    limits = world.parts.accounts._limits
    for _ in range(PER_HANDLE.amount):
        limits.hit(PER_HANDLE, "handle", "ann")
    client = world.parts.app.test_client()
    body = {"handle": "ann", "passphrase": PASSPHRASE, "device": "phone"}
    assert client.post("/api/v1/login", json=body).status_code == 429
    for number in range(30):
        assert raised(ann, f"s{number}")["id"] == "s0"


# One is one


def test_the_same_need_from_several_devices_is_one_sos_and_one_call(world, sam, ann, crew):
    tablet, watch = (world.phone(ann.transport.caller, name) for name in ("tablet", "watch"))
    assert raised(ann, "s1", words=WORDS)["id"] == "s1"
    assert raised(tablet, "s2")["id"] == "s1"
    assert raised(watch, "s3", words="again")["id"] == "s1"
    assert len(calls(sam)) == 1
    tablet.sync()
    assert [one["id"] for one in tablet.records("sos")] == ["s1"]
    assert calls(sam)[0]["data"]["words"] == WORDS


def test_two_devices_that_raise_at_once_on_two_workers_raise_one(world, sam, ann, crew):
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.transport.parts = build(CONFIG, world.mongo, lambda: world.time)
    at_once([lambda: raised(ann, "s1"), lambda: raised(tablet, "s2")])
    assert world.mongo.records.count_documents({"kind": "sos"}) == 1
    assert len(calls(sam)) == 1


def at_once(deeds):
    gate, answers, failed = threading.Barrier(len(deeds)), [None] * len(deeds), []

    def run(number):
        gate.wait()
        try:
            answers[number] = deeds[number]()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return answers


def test_an_id_that_was_used_before_is_taken(world, ann, crew):
    raised(ann)
    assert ann.do("sos.close", id="s1")["ok"]
    assert ann.do("sos.raise", id="s1")["error"]["code"] == "id_taken"
    assert raised(ann, "s2")["data"]["state"] == "raised"


# Said and taken


def test_two_who_take_it_at_once_on_two_workers_have_not_both_taken_it(world, sam, ann, crew):
    raised(ann, words=WORDS)
    climb(world, 3)
    oscar = crew["oscar"]
    oscar.transport.parts = build(CONFIG, world.mongo, lambda: world.time)
    names = {phone: call(phone) for phone in (sam, oscar)}
    outcomes = at_once([lambda: sam.do("call.take", id=names[sam]), lambda: oscar.do("call.take", id=names[oscar])])
    assert sorted(outcome["ok"] for outcome in outcomes) == [False, True]
    [refused] = [outcome for outcome in outcomes if not outcome["ok"]]
    assert refused["error"]["code"] == "wrong_state"
    assert sos(ann)["taken"]["by"] == ("specialist" if outcomes[0]["ok"] else "on_call")
    assert [one["data"]["state"] for phone in (sam, oscar) for one in calls(phone)].count("taken") == 1


def test_the_others_are_told_that_it_is_over_and_keep_no_words(world, sam, ann, crew):
    raised(ann, words=WORDS)
    climb(world, 3)
    assert ann.do("sos.say", id="s1", words="please come")["ok"]
    assert WORDS in json.dumps(calls(sam))
    assert "please come" in json.dumps(calls(sam))
    assert crew["oscar"].do("call.take", id=call(crew["oscar"]))["ok"]
    [left] = calls(sam)
    assert {name: left["data"][name] for name in ("state", "words", "said", "where")} == {
        "state": "over", "words": None, "said": [], "where": None,
    }  # fmt: skip
    stored = world.mongo.records.find_one({"kind": "call", "space": f"user:{sam.user}"})
    assert WORDS not in repr(stored)
    assert "please come" not in repr(stored)
    for name, args in (("call.take", {}), ("call.see", {}), ("call.say", {"words": "Hello?"})):
        assert sam.do(name, id=left["id"], **args)["error"]["code"] == "wrong_state"


def test_what_both_say_is_told_to_both_and_by_whom(world, sam, ann, crew):
    raised(ann, words=WORDS)
    assert ann.do("sos.say", id="s1", words="please")["ok"]
    assert sam.do("call.say", id=call(sam), words="too early")["error"]["code"] == "wrong_state"
    assert sam.do("call.take", id=call(sam))["ok"]
    assert sam.do("call.say", id=call(sam), words="I am here")["ok"]
    assert ann.do("sos.say", id="s1", words="thank you")["ok"]
    said = [(one["by"], one["text"]) for one in sos(ann)["said"]]
    assert said == [("me", "please"), ("specialist", "I am here"), ("me", "thank you")]
    said = [(one["by"], one["text"]) for one in calls(sam)[0]["data"]["said"]]
    assert said == [("them", "please"), ("me", "I am here"), ("them", "thank you")]


def test_who_is_called_later_reads_what_was_said_before_as_said_by_the_other(world, ann, crew):
    raised(ann)
    assert ann.do("sos.say", id="s1", words="please")["ok"]
    climb(world, 3)
    [late] = calls(crew["oscar"])
    assert [(one["by"], one["text"]) for one in late["data"]["said"]] == [("them", "please")]


def test_raised_once_more_after_it_was_taken_others_are_called_and_the_first_keeps_no_words(world, sam, ann, crew):
    raised(ann, words=WORDS)
    assert sam.do("call.take", id=call(sam))["ok"]
    again = raised(ann, "s2", words="nobody came")
    assert (again["id"], again["data"]["state"], again["data"]["taken"]) == ("s2", "raised", None)
    assert sos(ann, "s1")["state"] == "closed"
    climb(world, 3)
    assert len(calls(crew["oscar"])) == 1
    states = sorted(one["data"]["state"] for one in calls(sam))
    assert states == ["open", "over"]
    assert WORDS not in json.dumps(calls(sam))


def test_who_closes_it_ends_every_call_and_can_close_it_twice(world, sam, ann, crew):
    raised(ann, words=WORDS)
    climb(world, 3)
    assert ann.do("sos.close", id="s1")["ok"]
    assert ann.do("sos.close", id="s1")["ok"]
    assert {one["data"]["state"] for phone in (sam, crew["oscar"]) for one in calls(phone)} == {"over"}
    assert ann.do("sos.say", id="s1", words="again")["error"]["code"] == "wrong_state"
    climb(world, 60)
    assert {one["data"]["state"] for phone in (sam, crew["oscar"], crew["sue"]) for one in calls(phone)} == {"over"}


def test_nobody_touches_what_is_not_theirs(world, sam, ann, eve, crew):
    raised(ann)
    name = call(sam)
    for phone in (eve, ann, crew["oscar"]):
        for deed in ("call.see", "call.take"):
            assert phone.do(deed, id=name)["error"]["code"] == "not_found"
    for phone in (eve, sam):
        for deed, args in (("sos.close", {}), ("sos.say", {"words": "x"})):
            assert phone.do(deed, id="s1", **args)["error"]["code"] == "not_found"
    assert eve.do("watch.edit", handle="eve", hours=HOURS)["error"]["code"] == "forbidden"
    assert sam.do("watch.edit", handle="sam", hours=HOURS)["error"]["code"] == "forbidden"


# Who it is


def test_a_call_shows_nothing_of_who_it_is_but_ones_own_pairing(world, sam, ann, pair, crew):
    assert ann.do("profile.edit", name="Ann", about="I read.", languages={"en": 3})["ok"]
    assert send(ann, pair, "m1", "canary")["ok"]
    raised(ann, words=WORDS)
    climb(world, 3)
    climb(world, 5)
    assert calls(sam)[0]["data"]["where"] == pair
    for name in ("oscar", "sue"):
        [row] = calls(crew[name])
        assert row["data"].keys() == {"state", "raised_at", "as", "where", "words", "said"}
        assert row["data"]["where"] is None
        shown = json.dumps([one for one in crew[name].replica.values() if one["kind"] == "call"])
        for secret in ("id-ann", "ann", "Ann", pair, pair[5:], "canary", "s1", "id-sam"):
            assert secret not in shown.replace(row["id"], ""), (name, secret)
    ids = {call(phone) for phone in (sam, crew["oscar"], crew["sue"])}
    assert len(ids) == 3, "two who are called cannot tell by its id that it is the same"
    assert "id-" not in json.dumps(sos(ann)), "nor does who raised it learn who was called"


def test_a_push_for_a_call_says_nothing_of_it(world, sam, ann, crew):
    for phone in (sam, crew["oscar"], crew["sue"]):
        reachable(world, phone)
    raised(ann, words=WORDS)
    assert pushed(world, sam) == [{"what": "new", "badge": 0, "collapse": "new"}]
    climb(world, 3)
    assert pushed(world, crew["oscar"]) == [{"what": "urgent", "badge": 0, "collapse": "urgent"}]
    climb(world, 5)
    assert pushed(world, crew["sue"]) == [{"what": "new", "badge": 0, "collapse": "new"}]


# People who go


def leaves(world, phone):
    world.parts.accounts.confirm = lambda *_: None
    world.parts.accounts.remove(phone.transport.caller, "")


def test_when_a_peer_deletes_their_account_their_call_is_over_and_keeps_no_words(world, sam, ann, crew):
    raised(ann, words=WORDS)
    leaves(world, ann)
    [row] = calls(sam)
    assert (row["data"]["state"], row["data"]["words"]) == ("over", None)
    assert sam.do("call.take", id=row["id"])["error"]["code"] == "wrong_state"
    climb(world, 60)
    assert [one["data"]["state"] for one in calls(sam)] == ["over"]
    assert calls(crew["oscar"]) == []


def test_when_one_who_is_called_deletes_their_account_the_next_are_called(world, sam, ann, crew):
    raised(ann, words=WORDS)
    leaves(world, sam)
    assert sos(ann)["state"] == "raised"
    climb(world, 3)
    assert ann.do("sos.say", id="s1", words="hello?")["ok"]
    assert [one["who"] for one in sos(ann)["asked"]] == ["specialist", "on_call"]
    assert crew["oscar"].do("call.take", id=call(crew["oscar"]))["ok"]
    assert sos(ann)["state"] == "taken"
    assert ann.do("sos.close", id="s1")["ok"]


def test_when_one_who_took_it_deletes_their_account_it_is_not_said_that_somebody_is_there(world, ann, crew):
    raised(ann, words=WORDS)
    climb(world, 3)
    assert crew["oscar"].do("call.take", id=call(crew["oscar"]))["ok"]
    leaves(world, crew["oscar"])
    assert sos(ann)["state"] == "raised"
    assert sos(ann)["taken"] is None
    assert [one["data"]["state"] for one in calls(crew["sam"])] == ["open"], "others are called at once"


def test_who_has_deleted_their_account_is_on_call_no_more(world, ann, crew):
    leaves(world, crew["oscar"])
    raised(ann)
    climb(world, 3)
    assert [one["who"] for one in sos(ann)["asked"]] == ["specialist", "supervisor"]
    assert world.mongo.records.count_documents({"space": "user:id-oscar"}) == 0
