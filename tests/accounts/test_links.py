"""Linking a new device: a code that a signed-in device shows, for a minute, and once."""

import pytest

from schemas.errors import TryLater
from server.accounts.links import VALID
from server.accounts.security_events import SecurityEvents
from server.limits.settings import Limits
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE

pytestmark = pytest.mark.in_memory

PROOF = {"passphrase": PASSPHRASE}


def test_a_new_device_is_let_in_all_are_told_and_it_can_be_undone(world, phone):
    shown = phone.call("links", PROOF)
    assert shown["expires_at"] == world.time + VALID
    tablet = SigningIn(world).signs_in("login/link", code=shown["code"], device="tablet")
    assert tablet.tokens["user"] == phone.tokens["user"]
    [event] = phone.events()
    told = {"event": "device_linked", "device": tablet.tokens["device"], "name": "tablet", "at": world.time}
    assert event == told
    assert tablet.events() == [told]
    phone.call(f"devices/{event['device']}", method="DELETE")
    assert tablet.refused("pull", {})["details"]["why"] == "by_another_device"


def test_a_code_works_once_and_for_a_minute_however_it_is_typed(world, phone):
    code = phone.call("links", PROOF)["code"]
    assert len(code) == len("ABCD-EFGH")
    SigningIn(world).signs_in("login/link", code=f" {code.lower().replace('-', '')} ")
    assert SigningIn(world).refused("login/link", {"code": code})["details"] == {"field": "code"}
    code = phone.call("links", PROOF)["code"]
    world.time += VALID
    assert SigningIn(world).refused("login/link", {"code": code})["code"] == "unauthenticated"


def test_a_new_code_ends_the_one_before(world, phone):
    first, second = (phone.call("links", PROOF)["code"] for _ in range(2))
    assert SigningIn(world).refused("login/link", {"code": first})["code"] == "unauthenticated"
    SigningIn(world).signs_in("login/link", code=second)


def test_the_code_of_a_device_that_was_signed_out_is_worth_nothing(world, phone):
    tablet = SigningIn(world).signs_in("login", **DETAILS)
    code = phone.call("links", PROOF)["code"]
    tablet.call(f"devices/{phone.tokens['device']}", method="DELETE")
    assert SigningIn(world).refused("login/link", {"code": code})["code"] == "unauthenticated"


def test_who_has_only_an_access_token_shows_no_code(world, phone):
    assert phone.refused("links", {"passphrase": "wrong horse battery"})["code"] == "forbidden"
    assert SigningIn(world).refused("links", PROOF)["code"] == "unauthenticated"


def test_codes_cannot_be_guessed_for_ever_from_one_address(world, phone):
    most = Limits().sign_ins_per_address
    found = [SigningIn(world).refused("login/link", {"code": "AAAAAAAA"})["code"] for _ in range(most + 1)]
    assert found == ["unauthenticated"] * most + ["rate_limited"]
    code = phone.call("links", PROOF)["code"]
    SigningIn(world, "198.51.100.7").signs_in("login/link", code=code)


def test_no_device_is_linked_that_nobody_is_told_of(world, phone, monkeypatch):
    def failed(*_):
        raise TryLater("The database does not answer.", retry_after=1)

    code = phone.call("links", PROOF)["code"]
    monkeypatch.setattr(SecurityEvents, "add", failed)
    assert SigningIn(world).refused("login/link", {"code": code})["code"] == "try_later"
    assert len(phone.call("devices")["devices"]) == 1
