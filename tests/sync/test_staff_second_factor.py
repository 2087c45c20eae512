"""The second factor of staff: used by whoever has one, and, where it is required, set up before anything else."""

import pyotp
import pytest
from socketio import exceptions

from sync.clock import MINUTE
from tests.conftest import PASSPHRASE
from tests.doors import DOORS, PARTS
from tests.signing_in import Person, built

pytestmark = pytest.mark.in_memory

PROOF = {"passphrase": PASSPHRASE}
STAFF, OTHERS = ("operator", "supervisor"), ("peer", "specialist")
MISSING = (403, "second_factor_required")


@pytest.fixture
def strict(world):
    """Return a worker that requires a second factor of staff."""
    return built(world, staff="required")


@pytest.fixture
def olga(world, strict):
    return Person(world, "olga", "operator", strict)


def signed_in(person):
    """Tell whether the first device is signed in."""
    return person.asks("GET", "second-factor")[0] == 200


@pytest.mark.parametrize("role", STAFF)
def test_staff_with_a_passkey_do_not_sign_in_with_the_passphrase_alone(world, role):
    vera = Person(world, "vera", role)
    assert vera.logs_in()[0] == 200
    passkey = vera.adds()
    status, body = vera.logs_in()
    assert (status, body["error"]["code"]) == (401, "second_factor_required")
    assert body["error"]["details"]["factors"] == ["passkey"]
    assert vera.logs_in(passphrase="wrong horse battery")[1]["error"]["code"] == "unauthenticated"
    assert vera.signs_in(vera.asserts(passkey))[0] == 200


def test_others_with_a_passkey_may_sign_in_with_the_passphrase(world):
    for role in OTHERS:
        person = Person(world, f"max-{role}", role)
        person.adds()
        assert person.logs_in()[0] == 200


def test_staff_with_both_sign_in_with_either(world):
    vera = Person(world, "vera", "supervisor")
    passkey = vera.adds()
    vera.sets_up_an_app(credential=vera.asserts(passkey))
    assert vera.logs_in()[1]["error"]["details"]["factors"] == ["totp", "passkey"]
    assert vera.logs_in(totp=vera.next_code())[0] == 200
    assert vera.signs_in(vera.asserts(passkey))[0] == 200


def test_the_passphrase_alone_of_staff_with_a_passkey_proves_nothing(world):
    vera = Person(world, "vera", "supervisor")
    passkey = vera.adds()
    for method, path in (("POST", "passkeys/options"), ("POST", "totp"), ("DELETE", f"passkeys/{passkey.name}")):
        assert vera.refused(method, path, PROOF) == MISSING
    vera.gets("DELETE", f"passkeys/{passkey.name}", {"credential": vera.asserts(passkey)})
    assert vera.logs_in()[0] == 200


@pytest.mark.parametrize("how", ["adds", "sets_up_an_app"])
def test_the_first_factor_of_staff_signs_out_their_devices_that_came_in_without(world, how):
    for role in (*STAFF, *OTHERS):
        person = Person(world, f"max-{role}", role)
        other = person.logs_in()[1]["access_token"]
        getattr(person, how)()
        assert signed_in(person), "not the device that has set it up"
        assert person.asks("GET", "devices", token=other)[0] == (401 if role in STAFF else 200), role


def test_another_factor_signs_no_device_out(world):
    vera = Person(world, "vera", "supervisor")
    passkey = vera.adds()
    other = vera.signs_in(vera.asserts(passkey))[1]["access_token"]
    vera.sets_up_an_app(credential=vera.asserts(passkey))
    vera.adds(credential=vera.asserts(passkey))
    assert vera.asks("GET", "devices", token=other)[0] == 200


def test_where_it_is_required_staff_without_one_can_set_one_up_and_nothing_else(world, olga):
    status, tokens = olga.logs_in()
    assert status == 200
    olga.token = tokens["access_token"]
    status, body = olga.asks("GET", "operator/queue")
    assert (status, body["error"]["code"], body["error"]["details"]["factors"]) == (*MISSING, [])
    assert "/api/v1/totp" in body["error"]["message"]
    assert olga.gets("GET", "second-factor")["required"]
    refresh = {"refresh_token": tokens["refresh_token"]}
    olga.token = olga.gets("POST", "refresh", refresh)["access_token"]
    assert olga.refused("GET", "operator/queue") == MISSING
    olga.sets_up_an_app()
    assert olga.asks("GET", "operator/queue")[0] == 200


def test_a_passkey_opens_everything_as_well(olga):
    olga.adds()
    assert olga.asks("GET", "operator/queue")[0] == 200


SET_UP = {
    "POST /api/v1/passkeys/options", "POST /api/v1/passkeys", "GET /api/v1/passkeys", "DELETE /api/v1/passkeys/<id>",
    "GET /api/v1/second-factor", "POST /api/v1/totp", "POST /api/v1/totp/confirm", "DELETE /api/v1/totp",
    "POST /api/v1/logout", "GET /api/v1/devices", "DELETE /api/v1/devices/<device>",
}  # fmt: skip


def test_every_other_door_is_closed_until_then(olga):
    """Public doors ask for no caller, so they are the same for all."""
    opened = set()
    for door in sorted(DOORS, key=lambda door: door.endswith("logout")):
        method, path = door.split(" ")
        for part, value in PARTS.items():
            path = path.replace(f"<{part}>", value)
        path = path.removeprefix("/api/v1/")
        if olga.asks(method, path, {}, "")[0] == 401:
            status, body = olga.asks(method, path, {})
            if (status, body.get("error", {}).get("code")) != MISSING:
                opened.add(door)
    assert opened == SET_UP


def test_no_socket_and_no_stream_opens_until_then(world, strict):
    vera = Person(world, "vera", "supervisor", strict)
    with pytest.raises(exceptions.ConnectionRefusedError) as refused:
        strict.handlers.connect("session", {}, {"token": vera.token})
    assert refused.value.error_args["data"]["code"] == "second_factor_required"
    assert vera.refused("GET", f"adapters/rxdb/note/stream?token={vera.token}") == MISSING


def test_it_is_required_of_staff_alone(world, strict):
    for role in OTHERS:
        person = Person(world, f"max-{role}", role, strict)
        assert person.asks("GET", "devices")[0] == 200
        assert not person.gets("GET", "second-factor")["required"]


def test_by_default_it_is_required_of_nobody(world):
    assert Person(world, "olga", "operator").asks("GET", "operator/queue")[0] == 200


def test_who_removes_the_last_factor_has_to_set_one_up_again(olga):
    passkey = olga.adds()
    olga.gets("DELETE", f"passkeys/{passkey.name}", {"credential": olga.asserts(passkey)})
    assert olga.refused("GET", "operator/queue") == MISSING


def test_access_tokens_of_staff_are_valid_for_a_shorter_time(world):
    for role in (*STAFF, *OTHERS):
        valid = 5 * MINUTE if role in STAFF else 10 * MINUTE
        person = Person(world, f"max-{role}", role)
        tokens = person.logs_in()[1]
        assert tokens["expires_at"] == (world.time + valid) // 1000 * 1000, role
        world.wait(valid - 1000)
        assert person.asks("GET", "devices", token=tokens["access_token"])[0] == 200
        world.wait(1000)
        assert person.asks("GET", "devices", token=tokens["access_token"])[0] == 401


def run(parts, *args):
    return parts.app.test_cli_runner().invoke(args=["user", *args])


def test_an_operator_resets_the_factors_of_somebody_who_has_lost_them(world):
    vera, other = Person(world, "vera", "supervisor"), Person(world, "sue", "supervisor")
    passkey = vera.adds()
    vera.sets_up_an_app(credential=vera.asserts(passkey))
    hers = other.adds()
    done = run(world.parts, "reset-factor", "Vera")
    assert (done.exit_code, done.output) == (
        0,
        "Vera: the authenticator app is removed; passkeys removed: 1; devices signed out: 1\n",
    )
    assert not signed_in(vera)
    assert vera.signs_in(vera.asserts(passkey))[0] == 401
    assert vera.logs_in()[0] == 200
    assert other.signs_in(other.asserts(hers))[0] == 200
    assert (
        "there was no authenticator app; passkeys removed: 0; devices signed out: 1"
        in run(world.parts, "reset-factor", "vera").output
    )


def test_whose_factors_cannot_be_reset_is_said(world):
    done = run(world.parts, "reset-factor", "nobody")
    assert done.exit_code == 1
    assert "There is no account with this handle." in done.output


def test_an_operator_made_on_the_command_line_can_start_where_a_factor_is_required(world, strict):
    made = run(strict, "create", "olga", "--passphrase", PASSPHRASE)
    assert made.exit_code == 0, made.output
    tokens = strict.accounts.log_in({"handle": "olga", "passphrase": PASSPHRASE, "device": "phone"}, "127.0.0.1")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    client = strict.app.test_client()
    secret = client.post("/api/v1/totp", json=PROOF, headers=headers).get_json()["secret"]
    code = {"code": pyotp.TOTP(secret).at(world.time // 1000)}
    assert client.post("/api/v1/totp/confirm", json=code, headers=headers).status_code == 200
    assert client.get("/api/v1/operator/queue", headers=headers).status_code == 200
