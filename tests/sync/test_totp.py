"""Authenticator apps: a passphrase alone signs nobody in any more, and no code is used twice."""

import pytest
from structlog.testing import capture_logs

from server.accounts.rate_limits import PER_CODE, PER_CODES
from tests.authenticator import Authenticator
from tests.conftest import CONFIG, PASSPHRASE
from tests.sealed import whole
from tests.signing_in import STEP, Person, built

pytestmark = pytest.mark.in_memory

PROOF = {"passphrase": PASSPHRASE}
WRONG = {"passphrase": "wrong horse battery"}
NEWER = "a-newer-key-for-tests-of-40-characters-ok"


@pytest.fixture
def ann(world):
    return Person(world, "ann")


@pytest.fixture
def bob(world):
    """Return somebody who has set up an authenticator app, and has a code that was not used yet."""
    bob = Person(world, "bob")
    bob.sets_up_an_app()
    world.wait(STEP)
    return bob


def answer(person, **more):
    """Return the status, the code and the field of the answer to a sign-in."""
    status, body = person.logs_in(**more)
    error = body.get("error", {"code": None, "details": {}})
    return status, error["code"], error["details"].get("field")


NEEDED = (401, "second_factor_required", "totp")
REFUSED = (401, "unauthenticated", "totp")


def test_the_passphrase_needs_the_code_once_the_app_is_confirmed(world, ann):
    started = ann.gets("POST", "totp", PROOF)
    assert started["uri"].startswith("otpauth://totp/Beside:ann?secret=")
    assert ann.logs_in()[0] == 200, "nothing changes before the app has shown that it works"
    ann.sets_up_an_app()
    assert answer(ann) == NEEDED
    assert ann.logs_in()[1]["error"]["details"]["factors"] == ["totp"]
    assert answer(ann, totp=ann.next_code())[0] == 200


def test_a_second_factor_that_is_missing_is_answered_as_http_wants_it(bob):
    login = {"handle": "bob", "passphrase": PASSPHRASE}
    refused = bob.parts.app.test_client().post("/api/v1/login", json=login)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_that_a_code_is_needed_is_told_only_to_who_has_the_passphrase(ann, bob):
    answers = [person.logs_in(**WRONG) for person in (ann, bob)]
    assert answers[0][1]["error"] == answers[1][1]["error"]
    assert answers[0][1]["error"]["code"] == "unauthenticated"
    assert bob.logs_in(totp=bob.code(), **WRONG)[1]["error"] == answers[0][1]["error"]
    assert answer(bob, totp=bob.code())[0] == 200, "a code with a wrong passphrase is not used up"


def test_a_code_is_used_once_and_so_are_those_before_it(world, bob):
    code = bob.code()
    assert answer(bob, totp=code)[0] == 200
    assert answer(bob, totp=code) == REFUSED
    world.wait(STEP)
    assert answer(bob, totp=code) == REFUSED
    assert answer(bob, totp=bob.code())[0] == 200


def test_the_code_that_confirmed_the_app_signs_nobody_in(ann):
    ann.sets_up_an_app()
    assert answer(ann, totp=ann.code()) == REFUSED
    assert answer(ann, totp=ann.code(1))[0] == 200


def test_a_clock_may_be_wrong_by_one_step(world, bob):
    for steps, status in ((-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)):
        world.wait(10 * STEP)
        assert answer(bob, totp=bob.code(steps))[0] == status, steps


def test_an_older_code_is_no_good_after_a_newer_one(world, bob):
    world.wait(10 * STEP)
    assert answer(bob, totp=bob.code(0))[0] == 200
    assert answer(bob, totp=bob.code(-1)) == REFUSED


def test_what_is_no_code_is_refused_by_name(bob):
    digits = "１２３４５６"  # noqa: RUF001 — of another script
    for code in ("", "12345", "1234567", "abcdef", 123456, digits, "12345 " * 1000):
        assert answer(bob, totp=code) == (400, "bad_request", "totp"), code


def test_a_code_may_be_typed_as_the_app_shows_it(bob):
    assert answer(bob, totp=f" {bob.code()[:3]} {bob.code()[3:]} ")[0] == 200


def test_codes_cannot_be_tried_for_ever_from_one_address(world, bob):
    wrong = "000000" if bob.code() != "000000" else "000001"
    found = [answer(bob, totp=wrong)[0] for _ in range(PER_CODE.amount + 1)]
    assert found == [401] * PER_CODE.amount + [429]
    assert answer(bob) == NEEDED, "only codes are counted"


def test_codes_cannot_be_tried_for_ever_from_many_addresses(world, bob):
    login = {"handle": "bob", "passphrase": PASSPHRASE, "device": "phone", "totp": "000000"}
    found = []
    for number in range(PER_CODES.amount + 1):
        body = {"REMOTE_ADDR": f"203.0.113.{number}"}
        client = bob.parts.app.test_client()
        found.append(client.post("/api/v1/login", json=login, environ_base=body).status_code)
    assert found == [401] * PER_CODES.amount + [429]


def test_a_stranger_without_the_passphrase_uses_up_no_tries(bob):
    for _ in range(PER_CODE.amount + 1):
        assert bob.logs_in(totp="000000", **WRONG)[0] == 401
    assert answer(bob, totp=bob.code())[0] == 200


def test_the_secret_is_stored_so_that_nobody_reads_it(world, bob):
    stored = whole(world.mongo)
    assert "totp" in world.mongo.list_collection_names()
    assert bob.app.secret not in stored


def test_keys_can_be_changed_and_the_old_one_is_not_needed_after_the_next_code(world, bob):
    bob.parts = built(world, keys=(NEWER, *CONFIG.secret_keys))
    assert answer(bob, totp=bob.code())[0] == 200
    bob.parts = built(world, keys=(NEWER,))
    assert answer(bob, totp=bob.next_code())[0] == 200


def test_a_secret_whose_key_is_gone_signs_nobody_in_and_is_noted(world, bob):
    bob.parts = built(world, keys=(NEWER,))
    with capture_logs() as logs:
        assert answer(bob, totp=bob.code()) == REFUSED
    assert [line["user"] for line in logs if line["log_level"] == "error"] == [bob.user]


def test_an_app_is_set_up_only_by_who_proves_to_be_the_user(ann):
    assert ann.refused("POST", "totp", WRONG) == (403, "forbidden")
    assert ann.refused("POST", "totp/confirm", {"code": "123456"}) == (409, "wrong_state")
    ann.gets("POST", "totp", PROOF)
    assert ann.refused("POST", "totp/confirm", {"code": "123456"}) == (403, "forbidden")
    assert ann.logs_in()[0] == 200


def test_codes_that_confirm_cannot_be_tried_for_ever(ann):
    ann.gets("POST", "totp", PROOF)
    found = [ann.refused("POST", "totp/confirm", {"code": "123456"})[0] for _ in range(12)]
    assert (found[0], found[-1]) == (403, 429)


def test_an_app_is_not_replaced_by_another_before_it_was_removed(ann, bob):
    code = bob.code()
    assert bob.refused("POST", "totp", PROOF | {"code": code}) == (409, "wrong_state")
    assert bob.refused("POST", "totp/confirm", {"code": bob.code(1)}) == (409, "wrong_state")
    first = ann.gets("POST", "totp", PROOF)["secret"]
    ann.sets_up_an_app()
    assert ann.app.secret != first, "what was not confirmed can be started again"


def test_who_has_an_app_proves_with_its_code_as_well(world, bob):
    for method, path in (("POST", "passkeys/options"), ("DELETE", "totp"), ("DELETE", "passkeys/x")):
        status, body = bob.asks(method, path, PROOF)
        assert (status, body["error"]["code"]) == (403, "second_factor_required")
        assert (body["error"]["details"]["field"], body["error"]["details"]["factors"]) == ("code", ["totp"])
    assert bob.refused("DELETE", "totp", PROOF | {"code": "000000"}) == (403, "forbidden")
    bob.adds(Authenticator(), **PROOF, code=bob.code())
    assert answer(bob, totp=bob.code()) == REFUSED, "the code was used"


def test_an_app_is_removed_by_passphrase_and_code(bob):
    bob.gets("DELETE", "totp", PROOF | {"code": bob.code()})
    assert bob.logs_in()[0] == 200
    assert bob.refused("DELETE", "totp", PROOF) == (404, "not_found")


def test_an_app_on_a_phone_that_is_lost_is_removed_by_a_passkey(world, bob):
    passkey = bob.adds(**PROOF, code=bob.code())
    assert bob.signs_in(bob.asserts(passkey))[0] == 200, "a passkey needs no code"
    bob.gets("DELETE", "totp", {"credential": bob.asserts(passkey)})
    assert bob.logs_in()[0] == 200


def test_everybody_sees_which_second_factors_they_have(ann, bob):
    shown = {"totp": False, "passkey": False, "required": False}
    assert ann.gets("GET", "second-factor") == shown | {"server_time": ann.world.time}
    assert bob.gets("GET", "second-factor") == shown | {"totp": True, "server_time": bob.world.time}
    ann.adds()
    assert ann.gets("GET", "second-factor")["passkey"]


def test_nobody_signs_in_without_the_app_that_is_set_up_meanwhile(ann, monkeypatch):
    accounts = ann.parts.accounts
    let_in = accounts.devices.let_in

    def overtaken(*args):
        ann.sets_up_an_app()
        return let_in(*args)

    monkeypatch.setattr(accounts.devices, "let_in", overtaken)
    assert ann.logs_in(device="thief")[0] == 401
    assert "thief" not in [row["name"] for row in ann.world.mongo.devices.find()]


def test_what_is_kept_of_an_app_goes_with_the_account(world, ann, bob):
    ann.sets_up_an_app()
    assert bob.asks("DELETE", "account", PROOF)[1]["error"]["code"] == "second_factor_required"
    bob.gets("DELETE", "account", PROOF | {"code": bob.next_code()})
    assert [row["_id"] for row in world.mongo.totp.find()] == [ann.user]
