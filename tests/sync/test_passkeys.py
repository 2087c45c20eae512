"""Passkeys: added by who proves to be the user, used once each time, and only on our pages."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from server.accounts.challenges import VALID
from server.accounts.passkeys import PASSKEYS_PER_ACCOUNT
from server.limits.settings import Limits
from tests.authenticator import ATTESTED, PRESENT, Authenticator, spoilt
from tests.conftest import CONFIG, PASSPHRASE
from tests.signing_in import Person, built

pytestmark = pytest.mark.in_memory

PROOF = {"passphrase": PASSPHRASE}


@pytest.fixture
def ann(world):
    return Person(world, "ann")


@pytest.fixture
def eve(world):
    return Person(world, "eve")


def test_a_passkey_signs_a_phone_in_without_a_handle(ann):
    passkey = ann.adds()
    status, tokens = ann.signs_in(ann.asserts(passkey))
    assert (status, tokens["user"], tokens["role"]) == (200, ann.user, "peer")
    assert ann.asks("GET", "devices", token=tokens["access_token"])[0] == 200


def test_the_passphrase_stays_possible_for_a_peer(ann):
    ann.adds()
    assert ann.logs_in()[0] == 200


def test_my_passkeys_are_listed_and_nobody_elses(world, ann, eve):
    passkey = ann.adds()
    world.wait(5)
    ann.signs_in(ann.asserts(passkey))
    [shown] = ann.gets("GET", "passkeys")["passkeys"]
    created = world.time - 5
    assert shown == {
        "id": passkey.name,
        "name": "laptop",
        "created_at": created,
        "used_at": world.time,
        "backed_up": False,
    }
    assert eve.gets("GET", "passkeys")["passkeys"] == []


def test_a_passkey_knows_the_account_by_an_id_of_its_own_that_stays_the_same(ann, eve):
    one, two, other = ann.adds(), ann.adds(), eve.adds()
    assert one.user_id == two.user_id != other.user_id
    assert len(one.user_id) == 43, "32 bytes"


def test_options_ask_for_a_verified_user_and_name_the_passkeys_that_are_there(ann):
    passkey = ann.adds()
    options = ann.gets("POST", "passkeys/options", PROOF)["publicKey"]
    assert options["rp"] == {"id": "localhost", "name": "localhost"}
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [one["id"] for one in options["excludeCredentials"]] == [passkey.name]
    asked = ann.gets("POST", "login/passkey/options")["publicKey"]
    assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")


def test_a_passkey_is_added_only_by_who_proves_to_be_the_user(ann):
    assert ann.refused("POST", "passkeys/options", {"passphrase": "wrong horse battery"}) == (403, "forbidden")
    for proof in ({}, {"passphrase": PASSPHRASE, "credential": {}}, {"credential": {"id": 7}}):
        assert ann.refused("POST", "passkeys/options", proof) == (400, "bad_request")


def test_passphrases_cannot_be_tried_for_ever_with_somebodys_access_token(ann):
    tries = [ann.refused("POST", "passkeys/options", {"passphrase": f"wrong horse {one}"})[0] for one in range(12)]
    assert tries == [403] * 10 + [429] * 2


WRONG = {
    "another page": {"origin": "http://localhost:5001"},
    "another domain": {"origin": "https://localhost.example.org"},
    "another relying party": {"rp_id": "example.org"},
    "a user who was not verified": {"flags": PRESENT},
    "nobody there": {"flags": 0},
}


def test_no_passkey_is_added_from_elsewhere_or_without_its_user(ann):
    options = ann.gets("POST", "passkeys/options", PROOF)
    for what, wrong in WRONG.items():
        body = {"credential": Authenticator(**wrong).create(options)}
        assert ann.refused("POST", "passkeys", body) == (400, "bad_request"), what
    assert ann.gets("GET", "passkeys")["passkeys"] == []
    ann.gets("POST", "passkeys", {"credential": Authenticator().create(options)})


def test_no_passkey_signs_in_from_elsewhere_or_without_its_user(ann):
    passkey = ann.adds()
    unknown = refusal(ann, ann.asserts(Authenticator()))
    for what, wrong in WRONG.items():
        assert refusal(ann, ann.asserts(replace(passkey, **wrong))) == unknown, what
    assert ann.signs_in(ann.asserts(passkey))[0] == 200


def refusal(person, credential):
    """Return the refusal of a passkey."""
    status, answer = person.signs_in(credential)
    assert status == 401
    return answer["error"]


def test_an_unknown_passkey_a_wrong_signature_and_somebody_elses_user_id_get_one_answer(ann, eve):
    passkey, other = ann.adds(), eve.adds()
    answers = [refusal(ann, ann.asserts(Authenticator(user_id=passkey.user_id)))]
    answers += [refusal(ann, spoilt(ann.asserts(passkey), "signature"))]
    other.user_id = passkey.user_id
    answers += [refusal(ann, ann.asserts(other))]
    other.id = passkey.id
    answers += [refusal(ann, ann.asserts(other))]
    assert answers == [answers[0]] * 4
    assert answers[0]["code"] == "unauthenticated"


def test_a_signature_is_used_once(ann):
    passkey = ann.adds(Authenticator(counts=False))
    credential = ann.asserts(passkey)
    assert ann.signs_in(credential)[0] == 200
    assert refusal(ann, credential)["code"] == "unauthenticated"


def test_a_challenge_is_used_once_for_signing_in_and_once_for_adding(ann):
    passkey = ann.adds(Authenticator(counts=False))
    options = ann.gets("POST", "login/passkey/options")
    assert ann.signs_in(passkey.get(options))[0] == 200
    assert refusal(ann, passkey.get(options))
    options = ann.gets("POST", "passkeys/options", PROOF)
    ann.gets("POST", "passkeys", {"credential": Authenticator().create(options)})
    assert ann.refused("POST", "passkeys", {"credential": Authenticator().create(options)}) == (400, "bad_request")


def test_a_challenge_is_good_for_five_minutes(world, ann):
    passkey = ann.adds()
    asked, creating = ann.gets("POST", "login/passkey/options"), ann.gets("POST", "passkeys/options", PROOF)
    world.wait(VALID)
    assert refusal(ann, passkey.get(asked))
    assert ann.refused("POST", "passkeys", {"credential": Authenticator().create(creating)}) == (400, "bad_request")
    asked = ann.gets("POST", "login/passkey/options")
    world.wait(VALID - 1)
    assert ann.signs_in(passkey.get(asked))[0] == 200


def test_a_challenge_is_for_one_purpose_and_one_account(ann, eve):
    passkey = ann.adds()
    creating = ann.gets("POST", "passkeys/options", PROOF)
    assert eve.refused("POST", "passkeys", {"credential": Authenticator().create(creating)}) == (400, "bad_request")
    assert refusal(ann, passkey.get(creating))
    signing_in = ann.gets("POST", "login/passkey/options")
    signing_in["publicKey"]["user"] = {"id": passkey.user_id}
    assert ann.refused("POST", "passkeys", {"credential": Authenticator().create(signing_in)}) == (400, "bad_request")


def test_a_challenge_that_was_not_made_here_is_refused(ann):
    passkey = ann.adds()
    assert refusal(ann, passkey.get({"publicKey": {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"}}))


def test_a_challenge_is_known_to_every_worker_and_with_another_first_key(world, ann):
    passkey, options = ann.adds(), ann.gets("POST", "login/passkey/options")
    ann.parts = built(world, keys=("a-newer-key-for-tests-of-40-characters-ok", *CONFIG.secret_keys))
    assert ann.signs_in(passkey.get(options))[0] == 200


def test_a_sign_count_that_goes_back_is_refused_and_noted(ann):
    passkey = ann.adds()
    for _ in range(2):
        assert ann.signs_in(ann.asserts(passkey))[0] == 200
    passkey.count = 1
    with capture_logs() as logs:
        assert refusal(ann, ann.asserts(passkey))
    assert [(line["log_level"], line.get("user")) for line in logs] == [("warning", ann.user), ("info", None)]


def test_a_passkey_that_does_not_count_is_fine_until_it_says_that_it_did(ann):
    passkey = ann.adds(Authenticator(counts=False))
    for _ in range(2):
        assert ann.signs_in(ann.asserts(passkey))[0] == 200
    passkey.counts = True
    assert ann.signs_in(ann.asserts(passkey))[0] == 200
    passkey.counts, passkey.count = False, 0
    assert refusal(ann, ann.asserts(passkey)), "one that has counted does not stop counting"


def test_a_passkey_that_was_removed_signs_nobody_in_any_more(ann):
    passkey = ann.adds()
    credential = ann.asserts(passkey)
    ann.gets("DELETE", f"passkeys/{passkey.name}", PROOF)
    assert refusal(ann, credential) == refusal(ann, ann.asserts(Authenticator()))
    assert ann.gets("GET", "passkeys")["passkeys"] == []


@pytest.mark.parametrize("by", ["removal", "end of the account"])
def test_a_passkey_that_is_removed_while_it_signs_in_leaves_no_device(ann, monkeypatch, by):
    passkey, accounts = ann.adds(), ann.parts.accounts
    let_in = accounts.devices.let_in

    def overtaken(*args):
        if by == "removal":
            ann.gets("DELETE", f"passkeys/{passkey.name}", PROOF)
        else:
            ann.gets("DELETE", "account", PROOF)
        return let_in(*args)

    before = [row["_id"] for row in ann.world.mongo.devices.find()]
    monkeypatch.setattr(accounts.devices, "let_in", overtaken)
    assert refusal(ann, ann.asserts(passkey))
    assert {row["_id"] for row in ann.world.mongo.devices.find()} <= set(before)


def test_who_has_no_passphrase_removes_a_passkey_by_a_fresh_signature(ann, eve):
    passkey, other, hers = ann.adds(), ann.adds(), eve.adds()
    path = f"passkeys/{other.name}"
    assert ann.refused("DELETE", path, {"credential": eve.asserts(hers)}) == (403, "forbidden")
    credential = ann.asserts(passkey)
    ann.gets("DELETE", path, {"credential": credential})
    assert ann.refused("DELETE", f"passkeys/{passkey.name}", {"credential": credential}) == (403, "forbidden")
    assert [one["id"] for one in ann.gets("GET", "passkeys")["passkeys"]] == [passkey.name]


def test_somebody_elses_passkey_is_one_that_is_not_there(ann, eve):
    passkey = ann.adds()
    answers = [eve.asks("DELETE", f"passkeys/{one}", PROOF) for one in (passkey.name, "there-is-none")]
    assert [(status, answer["error"]["code"]) for status, answer in answers] == [(404, "not_found")] * 2
    assert answers[0][1]["error"] == answers[1][1]["error"]
    assert ann.signs_in(ann.asserts(passkey))[0] == 200


def test_a_passkey_is_removed_only_by_who_proves_to_be_the_user(ann):
    passkey = ann.adds()
    wrong = {"passphrase": "wrong horse battery"}
    assert ann.refused("DELETE", f"passkeys/{passkey.name}", wrong) == (403, "forbidden")
    assert ann.signs_in(ann.asserts(passkey))[0] == 200


def test_one_passkey_is_one_accounts(ann, eve):
    passkey = ann.adds()
    options = eve.gets("POST", "passkeys/options", PROOF)
    assert eve.refused("POST", "passkeys", {"credential": passkey.create(options)}) == (409, "id_taken")
    assert ann.signs_in(ann.asserts(Authenticator(id=passkey.id, key=passkey.key, user_id=passkey.user_id)))[0] == 401
    assert len(ann.gets("GET", "passkeys")["passkeys"]) == 1


def test_an_account_has_so_many_passkeys_and_no_more(world, ann):
    passkey = ann.adds()
    row = world.mongo.passkeys.find_one({})
    options = ann.gets("POST", "passkeys/options", PROOF)
    world.mongo.passkeys.insert_many([row | {"_id": f"AAA{one:03}"} for one in range(PASSKEYS_PER_ACCOUNT - 1)])
    assert ann.refused("POST", "passkeys/options", PROOF) == (409, "wrong_state")
    assert ann.refused("POST", "passkeys", {"credential": Authenticator().create(options)}) == (409, "wrong_state")
    assert len(ann.gets("GET", "passkeys")["passkeys"]) == PASSKEYS_PER_ACCOUNT
    ann.gets("DELETE", f"passkeys/{passkey.name}", PROOF)
    ann.adds()


def test_passkeys_are_tried_as_often_as_passphrases_from_one_address(ann):
    most = Limits().sign_ins_per_address - 1
    assert ann.logs_in()[0] == 200
    found = [ann.signs_in({"id": "x"})[0] for _ in range(most + 1)]
    assert found == [400] * most + [429]


def test_without_the_setting_passkeys_are_off_and_say_which_it_is(world):
    ann = Person(world, "ann", parts=built(world, rp_id=None, origins=()))
    for path, body in (("passkeys/options", PROOF), ("login/passkey/options", None)):
        status, answer = ann.asks("POST", path, body)
        assert (status, answer["error"]["code"]) == (409, "wrong_state")
        assert "PASSKEY_RP_ID" in answer["error"]["message"]
    for path in ("passkeys", "login/passkey"):
        assert ann.refused("POST", path, {"credential": {"id": "x"}}) == (409, "wrong_state")
    assert ann.gets("GET", "passkeys")["passkeys"] == []


SPOILT = [None, 7, "", "x", "!", "AAAA", "\ud7ff", "e30", "W10", "bnVsbA", "eyJ0eXBlIjo3fQ", {"a": 1}, [1]]


def test_whatever_is_sent_in_place_of_a_credential_is_refused_by_name(world, ann):
    passkey = ann.adds()
    ann.parts = built(world)
    for way, path in (("create", "passkeys"), ("get", "login/passkey")):
        ask = ("passkeys/options", PROOF) if way == "create" else ("login/passkey/options", None)
        good = getattr(Authenticator() if way == "create" else passkey, way)(ann.gets("POST", *ask))
        bad = [good | {name: value} for name in good for value in SPOILT]
        bad += [good | {"response": good["response"] | {name: value}} for name in good["response"] for value in SPOILT]
        for one in [*bad, *SPOILT]:
            status, answer = ann.asks("POST", path, {"credential": one})
            assert status in {400, 401}, (one, answer)
            assert answer["error"]["details"]["field"].startswith("credential")
    assert len(ann.gets("GET", "passkeys")["passkeys"]) == 1


def test_the_id_of_a_passkey_is_no_longer_than_webauthn_allows(ann):
    ann.adds(Authenticator(id=bytes(1023)))
    options = ann.gets("POST", "passkeys/options", PROOF)
    too_long = Authenticator(id=bytes(1024)).create(options)
    assert ann.refused("POST", "passkeys", {"credential": too_long}) == (400, "bad_request")
    assert ann.refused("POST", "passkeys", {"credential": {"x": "x" * 16_384}}) == (413, "too_large")


def test_a_passkey_that_says_how_long_it_is_and_is_shorter_is_refused(ann):
    """The library lets errors of its parsers through; none of them is a mistake of ours."""
    options = ann.gets("POST", "passkeys/options", PROOF)
    passkey = Authenticator(flags=PRESENT | ATTESTED | 0x80)
    assert ann.refused("POST", "passkeys", {"credential": passkey.create(options)}) == (400, "bad_request")


def test_what_is_kept_of_a_passkey_goes_with_the_account(world, ann, eve):
    ann.adds()
    hers = eve.adds()
    ann.gets("DELETE", "account", PROOF)
    assert [row["_id"] for row in world.mongo.passkeys.find()] == [hers.name]
