"""What a hostile reviewer has tried against the ways to sign in."""

import time

import pytest

from schemas.errors import Forbidden, RateLimited, Unauthenticated
from server.accounts import passphrases
from server.accounts.rate_limits import PER_HANDLE, PER_USER, RateLimits
from server.limits.moving_windows import MOST_KEYS, SWEEP, MovingWindows, Window
from server.limits.settings import Limits
from server.store.accounts import AccountStore
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE

pytestmark = pytest.mark.in_memory

ANOTHER = "another horse battery"


@pytest.mark.parametrize(
    "text",
    ["x" + " " * 60_000 + "x", "a" + "\u0301" * 5_000 + "\u0316" * 5_000, "\U0001f1e9\U0001f1ea" * 2_500],
    ids=["spaces", "marks", "flags"],
)
@pytest.mark.parametrize("field", ["handle", "passphrase", "new_passphrase"])
def test_a_long_text_costs_a_stranger_more_than_the_server(world, text, field):
    wish = {"recover": {"handle": "ann", "code": "x", "new_passphrase": ANOTHER}, "register": dict(DETAILS)}
    path = "recover" if field == "new_passphrase" else "register"
    began = time.thread_time()
    refused = SigningIn(world).refused(path, wish[path] | {field: text})
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", field)
    assert "1,000 characters" in refused["message"], "nothing was done with it before"
    assert time.thread_time() - began < 0.3, "a text of 64 kB took a worker more than a minute"


def test_a_device_key_is_one_however_it_is_written(world, phone):
    key, found = phone.tokens["device_key"], []
    for number in range(PER_HANDLE[0].amount + 1):
        wrong = {**DETAILS, "passphrase": "wrong horse battery", "device_key": key + "é" * number}
        found.append(SigningIn(world, f"10.0.0.{number}").refused("login", wrong)["code"])
    assert found == ["unauthenticated"] * PER_HANDLE[0].amount + ["rate_limited"]


def test_many_device_keys_of_one_account_are_not_many_tries():
    limits = RateLimits(Limits())
    for number in range(PER_USER.amount):
        limits.sign_in_again("login", "ann", f"key {number}")
    with pytest.raises(RateLimited):
        limits.sign_in_again("login", "ann", "one more key")


def test_tries_are_forgotten_and_their_number_has_a_limit(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("server.limits.moving_windows.monotonic", lambda: now[0])
    windows, window = MovingWindows(), Window(2, 60)
    for number in range(MOST_KEYS + 10):
        windows.hit(window, f"{number}")
    assert len(windows) == MOST_KEYS
    now[0] += SWEEP + 61
    windows.hit(window, "one more")
    assert len(windows) == 1


def test_a_window_moves(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("server.limits.moving_windows.monotonic", lambda: now[0])
    windows, window, waits = MovingWindows(), Window(2, 60), []
    for _ in range(8):
        waits.append(windows.hit(window, "ann"))
        now[0] += 20
    assert waits == [0, 0, 20, 0, 0, 20, 0, 0]
    assert windows.hit(window, "bob") == 0


def test_wrong_passphrases_at_the_same_address_leave_recovery_alone(world, phone):
    [code, *_] = phone.call("recovery-codes", {"passphrase": PASSPHRASE})["codes"]
    for _ in range(PER_HANDLE[0].amount + 1):
        SigningIn(world).refused("login", {**DETAILS, "passphrase": "wrong horse battery"})
    SigningIn(world).signs_in("recover", handle="ann", code=code, new_passphrase=ANOTHER)


def test_an_older_change_of_the_passphrase_does_not_win(world, phone, monkeypatch):
    """A thief who knows the old passphrase has a change under way while its user recovers."""
    accounts, hashed = world.parts.accounts, passphrases.hashed
    thief = accounts.devices.caller(SigningIn(world).signs_in("login", **DETAILS).tokens["access_token"])

    def overtaken(passphrase):
        monkeypatch.setattr(passphrases, "hashed", hashed)
        AccountStore(world.mongo).set_passphrase(thief.user, hashed("of its user"))
        return hashed(passphrase)

    monkeypatch.setattr(passphrases, "hashed", overtaken)
    with pytest.raises(Forbidden, match="just been changed"):
        accounts.change_passphrase(thief, {"passphrase": PASSPHRASE, "new_passphrase": ANOTHER})
    assert len(phone.call("devices")["devices"]) == 2, "nobody was signed out"
    SigningIn(world).signs_in("login", handle="ann", passphrase="of its user")


def test_nobody_is_let_in_with_a_role_they_had_before(world, phone):
    caller = world.parts.accounts.devices.caller(phone.tokens["access_token"])
    with pytest.raises(Unauthenticated):
        world.parts.accounts.devices.let_in(caller.user, "operator", "phone")
    AccountStore(world.mongo).remove(caller.user)
    with pytest.raises(Unauthenticated):
        world.parts.accounts.devices.let_in(caller.user, "peer", "phone")
    assert world.mongo.devices.count_documents({}) == 0


def test_a_link_of_a_device_that_is_signed_out_meanwhile_lets_nobody_stay(world, phone, monkeypatch):
    code = phone.call("links", {"passphrase": PASSPHRASE})["code"]
    let_in = world.parts.accounts.devices.let_in

    def overtaken(*args):
        world.parts.accounts.devices.end(phone.tokens["user"], [phone.tokens["device"]], "passphrase_changed")
        return let_in(*args)

    monkeypatch.setattr(world.parts.accounts.devices, "let_in", overtaken)
    assert SigningIn(world).refused("login/link", {"code": code})["code"] == "unauthenticated"
    assert world.mongo.devices.count_documents({}) == 0


def test_what_arrives_slowly_is_not_done_for_a_device_that_was_signed_out_meanwhile(world, phone, monkeypatch):
    """Whoever keeps a request open must not add a passkey after its user has signed the device out."""
    user, device = phone.tokens["user"], phone.tokens["device"]
    monkeypatch.setattr("server.web.routes.LOOKED_AT", -1.0)  # the body took long

    def slow(*_):
        world.parts.accounts.devices.end(user, [device], "by_another_device")
        return {"passphrase": PASSPHRASE}

    monkeypatch.setattr("server.web.routes._body", slow)
    assert phone.refused("totp", {"passphrase": PASSPHRASE})["details"]["why"] == "by_another_device"


def test_handles_that_look_like_those_of_employees_are_theirs(world):
    refused = SigningIn(world).refused("register", {**DETAILS, "handle": "Staff-7f3a9c21d4"})
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", "handle")
