"""Demo accounts: two who are paired, for an hour, and whatever a stranger does with them reaches nobody real."""

from dataclasses import replace

import pytest

from server.accounts.demo_pairs import CLAIMED, LASTING
from server.app import build
from server.store.accounts import AccountStore
from server.store.demo_pairs import MOST_PAIRS, DemoPairStore
from sync.clock import DAY, MINUTE
from tests.accounts.app import SigningIn
from tests.conftest import CONFIG
from tests.matched import listening, looking

pytestmark = pytest.mark.in_memory


def made(world, address="10.0.0.1"):
    """Return a new pair."""
    return world.parts.people.demo_pairs.make(address)


def signed_in(world, pair, person):
    """Return the phone of one of a pair. Signing in by the passphrase is slow on purpose, and not what is tested."""
    account = AccountStore(world.mongo).by_handle(pair[person]["handle"])
    tokens = world.parts.accounts.devices.let_in(account["_id"], account["role"], "phone")
    return world.phone(world.parts.accounts.devices.caller(tokens["access_token"]))


@pytest.fixture
def played(world):
    """Return a pair, and the phones of ann and sam."""
    pair = made(world)
    return pair, signed_in(world, pair, "ann"), signed_in(world, pair, "sam")


def certify(world, operator, pair):
    """Let an operator certify the specialist of a demo, as they certify any other."""
    args = {"specialist": pair["sam"]["handle"], "supervisor": "sue", "until": world.time + 90 * DAY}
    assert operator.do("specialist.certify", **args)["ok"]


def code(outcome):
    return outcome["error"]["code"]


def test_two_people_are_paired_and_can_write_at_once(world, played):
    pair, ann, sam = played
    assert SigningIn(world).signs_in("login", **pair["ann"]).tokens["user"] == ann.user
    assert ann.do("message.send", space=pair["space"], id="m1", text="Hello, Sam.", origin="person")["ok"]
    assert sam.do("message.send", space=pair["space"], id="m2", text="Hello, Ann.", origin="person")["ok"]
    ann.sync(), sam.sync()
    assert [one["data"]["text"] for one in ann.records("message")] == ["Hello, Sam.", "Hello, Ann."]
    assert ann.records("message") == sam.records("message")
    [pairing] = ann.records("pairing")
    assert {one["name"] for one in pairing["data"]["members"].values()} == {"Ann", "Sam"}
    assert ann.records("agreement")[0]["data"]["terms"]["receipts"] is True


def test_the_supervisor_is_gone_as_soon_as_the_two_are_paired(world, played):
    _, _, sam = played
    roles = [row["role"] for row in world.mongo.users.find()]
    assert sorted(roles) == ["peer", "specialist"]
    sam.sync()
    assert sam.records("credential")[0]["data"]["supervised"] is False


def test_both_are_removed_after_an_hour_as_accounts_are(world, played):
    pair, ann, _ = played
    pairs = world.parts.people.demo_pairs
    world.wait(LASTING - 1)
    pairs.sweep()
    assert AccountStore(world.mongo).by_handle(pair["ann"]["handle"]) is not None
    world.wait(1)
    pairs.sweep()
    assert list(world.mongo.users.find()) == []
    assert list(world.mongo.demo_pairs.find()) == []
    world.wait(MINUTE)
    world.parts.scheduler.run()
    assert [row for row in world.mongo.records.find() if ann.user in row["space"] and row["kind"] != "peer"] == []
    assert SigningIn(world).refused("login", pair["ann"])["code"] == "unauthenticated"


def test_who_has_deleted_their_own_account_does_not_hold_up_the_other(world, played):
    _, ann, sam = played
    world.parts.accounts.remove_confirmed(ann.transport.caller)
    world.wait(LASTING)
    world.parts.people.demo_pairs.sweep()
    assert AccountStore(world.mongo).by_id(sam.user) is None


def test_pairs_are_removed_also_where_the_demo_has_been_switched_off(world, played):
    world.parts = build(replace(CONFIG, demo="off"), world.mongo, lambda: world.time)
    world.wait(LASTING)
    world.parts.people.demo_pairs.sweep()
    assert list(world.mongo.users.find()) == []


def test_without_the_setting_there_is_no_demo(world):
    world.parts = build(replace(CONFIG, demo="off"), world.mongo, lambda: world.time)
    answer = world.parts.app.test_client().post("/api/v1/demo")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_no_more_pairs_are_made_than_there_can_be(world, monkeypatch):
    monkeypatch.setattr("server.store.demo_pairs.MOST_PAIRS", 2)
    made(world), world.wait(60_000), made(world)
    answer = world.parts.app.test_client().post("/api/v1/demo")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "try_later")
    assert answer.get_json()["error"]["details"]["retry_after"] == (LASTING - 60_000) // 1000
    world.wait(LASTING - 60_000)
    world.parts.people.demo_pairs.sweep()
    made(world)


def test_one_address_makes_ten_in_an_hour(world, monkeypatch):
    monkeypatch.setattr("server.accounts.demo_pairs.DemoPairs._paired", lambda *_: "pair:x")  # which takes its time
    monkeypatch.setattr("server.accounts.demo_pairs.chosen", lambda *_: "unusable")
    for _ in range(CONFIG.limits.demos_per_address):
        made(world, "127.0.0.1")
    answer = world.parts.app.test_client().post("/api/v1/demo")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (429, "rate_limited")
    made(world, "10.0.0.2")
    assert world.mongo.demo_pairs.count_documents({}) == CONFIG.limits.demos_per_address + 1 <= MOST_PAIRS


def test_a_pair_that_could_not_be_made_leaves_nothing(world, monkeypatch):
    monkeypatch.setattr("server.accounts.demo_pairs.DemoPairs._paired", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made(world)
    world.parts.people.demo_pairs.sweep()
    assert (list(world.mongo.users.find()), list(world.mongo.demo_pairs.find())) == ([], [])


def test_the_specialist_of_a_demo_is_never_suggested_to_anybody(world, played, sam, ann):
    """Not even once an operator has certified the account, as one certifies any other."""
    pair, _, demo_sam = played
    world.person("sue", "supervisor")
    olga = world.phone(world.person("olga", "operator"))
    listening(world, sam, olga)
    for phone in (sam, demo_sam):
        assert phone.do("profile.edit", languages={"en": 3})["ok"]
        assert phone.do("practice.edit", name=phone.user, places=2)["ok"]
        assert phone.do("fact.put", id="f2", topic="grief_loss", kind="lived", depth=3, tier="profile")["ok"]
    certify(world, olga, pair)
    looking(world, ann, "r1")
    [listed] = ann.records("shortlist")
    assert [one["name"] for one in listed["data"]["people"]] == [sam.user]


def test_the_specialist_of_a_demo_can_invite_nobody_and_is_joined_by_nobody_real(world, played, bob):
    pair, _, sam = played
    assert code(sam.do("pairing.invite", name="Sam")) == "wrong_state"
    olga = world.phone(world.person("olga", "operator"))
    world.person("sue", "supervisor")
    certify(world, olga, pair)
    invited = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    assert code(bob.do("pairing.join", code=invited, name="Bob")) == "wrong_state"


def test_the_peer_of_a_demo_joins_nobody_real(played, sam):
    _, demo_ann, _ = played
    invited = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    assert code(demo_ann.do("pairing.join", code=invited, name="Ann")) == "wrong_state"


def test_a_demo_looks_for_nobody_and_reports_nobody(world, played):
    pair, ann, _ = played
    assert code(ann.do("request.open", id="r1", topics={"loneliness": 2}, languages={"en": 2})) == "forbidden"
    report = {"ground": "other", "words": "x"}
    assert code(ann.do("report.file", id="p1", space=pair["space"], **report)) == "forbidden"
    assert code(ann.do("block.set", space=pair["space"], report={"id": "p2", **report})) == "forbidden"
    assert ann.do("block.set", space=pair["space"])["ok"]
    assert world.mongo.records.count_documents({"kind": {"$in": ["request", "report"]}}) == 0


def test_a_call_for_help_in_a_demo_rings_the_other_phone_and_nobody_else(world, played):
    _, ann, sam = played
    olga, watcher = world.phone(world.person("olga", "operator")), world.phone(world.person("walt", "specialist"))
    hours = {"zone": "UTC", "weekly": [[day, 0, 1440] for day in range(7)], "exceptions": {}}
    assert olga.do("watch.edit", handle="walt", hours=hours)["ok"]
    assert ann.do("sos.raise", id="s1", words="It is bad.")["ok"]
    for _ in range(5):
        world.wait(15 * 60_000)
        world.parts.scheduler.run()
    sam.sync(), watcher.sync()
    assert [one["data"]["state"] for one in sam.records("call")] == ["open"]
    assert watcher.records("call") == []


def test_a_specialist_who_vanishes_leaves_words_and_no_search(world, played):
    _, ann, sam = played
    assert world.parts.people.demo_pairs.vanish(sam.transport.caller) == {}
    ann.sync(), sam.sync()
    [words] = ann.records("message")
    assert (words["data"]["origin"], "Tina" in words["data"]["text"]) == ("system", True)
    assert ann.records("pairing")[0]["data"]["state"] == "ended"
    assert ann.records("request") == [], "nobody real is asked"
    assert sam.records("message") == ann.records("message")


def test_only_the_specialist_of_a_demo_can_vanish(world, played, sam):
    _, demo_ann, _ = played
    for phone in (demo_ann, sam):
        with pytest.raises(Exception, match="Only the specialist of a demo"):
            world.parts.people.demo_pairs.vanish(phone.transport.caller)


def test_a_pair_is_removed_by_one_worker_and_by_another_if_that_one_dies(world):
    made(world)
    store, now = DemoPairStore(world.mongo), world.time + LASTING
    assert store.claim(now - 1, now + CLAIMED) is None
    assert store.claim(now, now + CLAIMED)["_id"] == 0
    assert store.claim(now + CLAIMED - 1, now + 2 * CLAIMED) is None
    assert store.claim(now + CLAIMED, now + 2 * CLAIMED)["_id"] == 0
