"""Recovery codes: the way back in for who has lost the passphrase, and for nobody else."""

import re

import pytest

from server.accounts.rate_limits import PER_HANDLE
from server.accounts.recovery_codes import CODES
from server.commands.personal.security_event import KEPT
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE

pytestmark = pytest.mark.in_memory

ANOTHER = "another horse battery"


def recovery(code, **more):
    return {"handle": "ann", "code": code, "new_passphrase": ANOTHER, "device": "new phone", **more}


def test_a_code_lets_its_user_in_and_signs_all_devices_out_and_says_so_on_them(world, phone, codes):
    tablet = SigningIn(world).signs_in("login", **DETAILS)
    new = SigningIn(world, "198.51.100.7").signs_in("recover", **recovery(codes[3]))
    assert [one["name"] for one in new.call("devices")["devices"]] == ["new phone"]
    for old in (phone, tablet):
        said = old.refused("pull", {})
        assert (said["code"], said["details"]["reason"]) == ("unauthenticated", "signed_out")
        assert (said["details"]["why"], said["details"]["at"]) == ("recovery_code_used", world.time)
        said = old.refused("refresh", {"refresh_token": old.tokens["refresh_token"]})
        assert said["details"]["why"] == "recovery_code_used"
    assert [one["event"] for one in new.events()] == ["recovery_codes_made", "recovery_code_used"]
    assert new.events()[1]["name"] == "new phone"
    assert SigningIn(world).refused("login", DETAILS)["code"] == "unauthenticated"
    SigningIn(world).signs_in("login", **{**DETAILS, "passphrase": ANOTHER})


def test_each_code_works_once_however_it_is_typed(world, phone, codes):
    assert len(set(codes)) == CODES
    assert all(re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code) for code in codes)
    SigningIn(world).signs_in("recover", **recovery(f" {codes[0].lower().replace('-', ' ')}\n"))
    assert SigningIn(world).refused("recover", recovery(codes[0]))["details"] == {"field": "code"}
    new = SigningIn(world).signs_in("recover", **recovery(codes[1].replace("-", "")))
    assert new.call("recovery-codes")["left"] == CODES - 2


def test_new_codes_end_the_old_ones(world, phone, codes):
    [first, *_] = phone.call("recovery-codes", {"passphrase": PASSPHRASE})["codes"]
    assert phone.call("recovery-codes") == {"left": CODES, "made_at": world.time, "server_time": world.time}
    assert SigningIn(world).refused("recover", recovery(codes[0]))["code"] == "unauthenticated"
    SigningIn(world).signs_in("recover", **recovery(first))


def test_a_code_is_of_its_user_alone(world, phone, codes):
    SigningIn(world).signs_in("register", handle="eve", passphrase=PASSPHRASE)
    for handle in ("eve", "nobody"):
        refused = SigningIn(world).refused("recover", recovery(codes[0], handle=handle))
        assert refused == SigningIn(world).refused("recover", recovery("AAAA-AAAA-AAAA-AAAA"))
    assert phone.call("recovery-codes")["left"] == CODES


def test_codes_are_made_only_with_the_passphrase_and_are_stored_hashed(world, phone, codes):
    assert phone.refused("recovery-codes", {"passphrase": ANOTHER})["code"] == "forbidden"
    assert SigningIn(world).refused("recovery-codes", {"passphrase": PASSPHRASE})["code"] == "unauthenticated"
    assert SigningIn(world).refused("recovery-codes")["code"] == "unauthenticated"
    stored = str(list(world.mongo.recovery_codes.find()))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_codes_cannot_be_tried_for_ever_and_no_stranger_holds_up_who_was_here_before(world, phone, codes):
    refused = [SigningIn(world).refused("recover", recovery("AAAA"))["code"] for _ in range(PER_HANDLE[0].amount + 1)]
    assert refused == ["unauthenticated"] * PER_HANDLE[0].amount + ["rate_limited"]
    assert SigningIn(world).refused("recover", recovery(codes[0]))["code"] == "rate_limited"
    SigningIn(world).signs_in("recover", **recovery(codes[0], device_key=phone.tokens["device_key"]))


def test_nothing_happens_that_nobody_is_told_of(world, phone, codes, monkeypatch):
    """The event is stored first: if it cannot be, the code is not used up."""
    monkeypatch.setattr(world.parts.group_commit._decisions, "_is_disk_low", lambda: 1 / 0)
    status, _ = SigningIn(world).ask("recover", recovery(codes[0]))
    assert status == 503
    monkeypatch.undo()
    assert phone.call("recovery-codes")["left"] == CODES


def test_codes_and_events_go_with_the_account(world, phone, codes):
    phone.call("account", {"passphrase": PASSPHRASE}, "DELETE")
    assert list(world.mongo.recovery_codes.find()) == []
    assert list(world.mongo.records.find({"kind": "security_event"})) == []


def test_an_event_is_gone_when_it_is_dismissed_and_after_a_time(world, phone, codes):
    [event] = [one for one in phone.call("pull", {})["changes"] if one["kind"] == "security_event"]
    phone.call("security_event/dismiss", {"id": event["id"]})
    assert phone.events() == []
    phone.call("recovery-codes", {"passphrase": PASSPHRASE})
    world.wait(KEPT)
    world.parts.scheduler.run()
    assert list(world.mongo.records.find({"kind": "security_event", "deleted": {"$exists": False}})) == []
