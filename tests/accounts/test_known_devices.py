"""No stranger's tries lock anybody out, and what a device is told when its token is not good any more."""

import pytest
from socketio import exceptions

from schemas.errors import RateLimited
from server.accounts.rate_limits import PER_HANDLE, RateLimits
from server.limits.settings import Limits
from sync.clock import MINUTE
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE

pytestmark = pytest.mark.in_memory

WRONG = {**DETAILS, "passphrase": "wrong horse battery"}
TRIES = PER_HANDLE[0].amount


def tries(world, times, **body):
    """Try wrong passphrases at the phone's address; return the codes of the answers."""
    return [SigningIn(world).refused("login", WRONG | body)["code"] for _ in range(times)]


def test_a_known_device_signs_in_though_a_stranger_at_its_address_has_used_up_all_tries(world, phone):
    key = phone.tokens["device_key"]
    phone.call("logout", {})
    assert tries(world, TRIES + 1)[-1] == "rate_limited"
    assert SigningIn(world).refused("login", DETAILS)["code"] == "rate_limited", "it is not known without its key"
    SigningIn(world).signs_in("login", **DETAILS, device_key=key)


def test_a_device_key_is_of_one_account_and_has_tries_of_its_own(world, phone):
    eve = SigningIn(world, "198.51.100.7").signs_in("register", handle="eve", passphrase=PASSPHRASE)
    foreign = eve.tokens["device_key"]
    assert tries(world, TRIES + 1, device_key=foreign)[-1] == "rate_limited"
    assert SigningIn(world).refused("login", DETAILS | {"device_key": foreign})["code"] == "rate_limited"
    assert SigningIn(world).refused("login", DETAILS | {"device_key": "made up"})["code"] == "rate_limited"
    stolen = phone.tokens["device_key"]
    assert tries(world, TRIES + 1, device_key=stolen) == ["unauthenticated"] * TRIES + ["rate_limited"]


def test_a_device_key_gives_no_access(world, phone):
    phone.tokens = {"access_token": phone.tokens["device_key"]}
    assert phone.refused("devices")["details"]["reason"] == "malformed"
    assert (
        phone.refused("refresh", {"refresh_token": phone.tokens["access_token"][:200]})["details"]["reason"]
        == "unknown"
    )


def test_the_wait_grows_while_somebody_goes_on(monkeypatch):
    """Ten tries, and then ten more every five minutes, are not what one can have all day."""
    now = [1_000_000.0]
    monkeypatch.setattr("server.limits.moving_windows.monotonic", lambda: now[0])
    limits, waits = RateLimits(Limits()), []
    for _ in range(400):
        try:
            limits.sign_in("login", "203.0.113.5", "ann")
        except RateLimited as refused:
            waits.append(refused.details["retry_after"])
            now[0] += waits[-1]
    assert waits == sorted(waits[:1]) + waits[1:]
    assert max(waits) > 12 * 3600
    assert waits[0] <= 300


def test_who_signs_in_has_all_tries_again(world, phone):
    tries(world, TRIES - 1)
    SigningIn(world).signs_in("login", **DETAILS)
    assert tries(world, TRIES) == ["unauthenticated"] * TRIES


def test_it_is_told_whether_a_token_is_missing_malformed_expired_or_of_a_device_that_was_signed_out(world, phone):
    def reason(token):
        one = SigningIn(world)
        one.tokens = {"access_token": token}
        return one.refused("devices")["details"]["reason"]

    good = phone.tokens["access_token"]
    assert reason(None) == "missing"
    assert [reason(token) for token in ("x", good[:-2], good.replace(".", ""), "ä")] == ["malformed"] * 4
    assert SigningIn(world).refused("refresh", {"refresh_token": "made up"})["details"]["reason"] == "unknown"
    world.time += 10 * MINUTE
    assert reason(good) == "expired"
    phone.tokens = phone.call("refresh", {"refresh_token": phone.tokens["refresh_token"]})
    phone.call("logout", {})
    assert reason(phone.tokens["access_token"]) == "signed_out"


@pytest.mark.parametrize(
    ("why", "ends"),
    [
        ("by_another_device", lambda other, phone: other.call(f"devices/{phone.tokens['device']}", method="DELETE")),
        (
            "passphrase_changed",
            lambda other, _: other.call("passphrase", {"passphrase": PASSPHRASE, "new_passphrase": "b" * 9 + "attery"}),
        ),
    ],
)
def test_a_device_that_was_signed_out_is_told_why(world, phone, why, ends):
    ends(SigningIn(world).signs_in("login", **DETAILS), phone)
    for said in (phone.refused("devices"), phone.refused("refresh", {"refresh_token": phone.tokens["refresh_token"]})):
        assert said["details"] == {**said["details"], "reason": "signed_out", "why": why, "at": world.time}


def test_a_refresh_token_that_was_used_twice_says_so_to_both(world, phone):
    first = phone.tokens["refresh_token"]
    second = phone.call("refresh", {"refresh_token": first})["refresh_token"]
    world.time += MINUTE
    assert phone.refused("refresh", {"refresh_token": first})["details"]["why"] == "refresh_token_used_twice"
    assert phone.refused("refresh", {"refresh_token": second})["details"]["why"] == "refresh_token_used_twice"


def test_a_socket_is_told_the_same(world, phone):
    def refused(**auth):
        with pytest.raises(exceptions.ConnectionRefusedError) as error:
            world.parts.handlers.connect("session", {}, auth)
        data = error.value.error_args["data"]
        return data["code"], data["details"]["reason"]

    assert refused() == refused(token=None) == ("unauthenticated", "missing")
    assert refused(token="made up") == ("unauthenticated", "malformed")
    phone.call("logout", {})
    assert refused(token=phone.tokens["access_token"]) == ("unauthenticated", "signed_out")
