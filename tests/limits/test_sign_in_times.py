"""Devices are signed out once they were unused for too long, and once a year; what is left of them is removed."""

from dataclasses import replace

import pytest

from schemas.errors import Unauthenticated
from server.app import build
from server.limits.settings import Limits
from server.store.accounts import TOLD
from sync.clock import DAY, MINUTE
from tests.conftest import CONFIG, PASSPHRASE

pytestmark = pytest.mark.in_memory


def register(world, handle="dan"):
    return world.parts.accounts.register({"handle": handle, "passphrase": PASSPHRASE, "device": "phone"}, "10.0.0.1")


def refresh(world, tokens):
    return world.parts.accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")


def test_a_device_that_is_used_stays_signed_in_for_a_year_and_no_longer(world):
    tokens = register(world)
    for _ in range(364 // 30):
        world.wait(30 * DAY)
        tokens = refresh(world, tokens)
    world.wait(30 * DAY)
    with pytest.raises(Unauthenticated):
        refresh(world, tokens)
    assert world.mongo.devices.find_one({"_id": tokens["device"]}) is None


def test_a_device_that_is_not_used_is_signed_out(world):
    tokens = register(world)
    world.wait(89 * DAY)
    tokens = refresh(world, tokens)
    world.wait(91 * DAY)
    with pytest.raises(Unauthenticated):
        refresh(world, tokens)


def test_a_device_that_the_sweep_has_not_reached_is_signed_out_all_the_same(world):
    tokens = register(world)
    world.wait(91 * DAY)
    world.parts.accounts._swept_at = world.time
    with pytest.raises(Unauthenticated) as told:
        refresh(world, tokens)
    assert (told.value.details["reason"], told.value.details["why"]) == ("signed_out", "expired")
    assert world.mongo.devices.find_one({"_id": tokens["device"]}) is None


def test_what_is_left_of_expired_devices_is_removed(world):
    gone = register(world, "gone")
    world.parts.accounts.devices.refresh({"refresh_token": gone["refresh_token"]}, "10.0.0.1")
    world.wait(8 * DAY)
    here = register(world, "here")
    refresh(world, here)
    assert world.mongo.refresh_tokens.count_documents({"device": gone["device"]}) == 1, "the used one is not kept"
    world.wait(83 * DAY)
    world.wait(MINUTE)
    here = world.parts.accounts.log_in({"handle": "here", "passphrase": PASSPHRASE, "device": "phone"}, "10.0.0.1")
    refresh(world, here)
    assert world.mongo.devices.count_documents({"_id": gone["device"]}) == 0
    [told] = world.mongo.refresh_tokens.find({"device": gone["device"]})
    assert told["ended"]["why"] == "expired"
    world.wait(TOLD + MINUTE)
    world.parts.accounts.log_in({"handle": "here", "passphrase": PASSPHRASE, "device": "phone"}, "10.0.0.1")
    with pytest.raises(Unauthenticated):
        refresh(world, {"refresh_token": "any"})
    assert world.mongo.refresh_tokens.count_documents({"device": gone["device"]}) == 0


def test_one_device_too_many_signs_out_the_one_unused_for_longest(world):
    limits = replace(Limits(), devices_per_account=3, sign_ins_per_address=0)
    world.parts = build(replace(CONFIG, limits=limits), world.mongo, lambda: world.time)
    first = register(world)
    devices = [first["device"]]
    for _ in range(3):
        world.wait(MINUTE)
        signed_in = {"handle": "dan", "passphrase": PASSPHRASE, "device": "phone"}
        devices.append(world.parts.accounts.log_in(signed_in, "10.0.0.1")["device"])
    left = {row["_id"] for row in world.mongo.devices.find({"user": first["user"]})}
    assert left == set(devices[1:])
