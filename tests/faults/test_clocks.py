"""F8: the server's clock jumps by an hour, phones are a day or a year off. Order and edits do not depend on either."""

import random

import pytest

from schemas.agreement import AGREED
from schemas.errors import Unauthenticated
from server.accounts.tokens import ACCESS
from server.commands.context import Caller
from sync.clock import HOUR
from tests.client.checked import ClientInside
from tests.conftest import PASSPHRASE
from tests.faults.actions import act
from tests.faults.inside import Inside

DAY, YEAR = 24 * HOUR, 365 * 24 * HOUR


@pytest.fixture(params=["tests/phone.py", "@beside/client"])
def inside(request, world, tmp_path):
    """Return nobody yet, on a server in this process, whose phones will be of one make."""
    if request.param == "tests/phone.py":
        inside = Inside(world, tmp_path / "inside")
    else:
        inside = ClientInside(world, tmp_path / "inside", request.getfixturevalue("driver"))
    yield inside
    inside.close()


@pytest.fixture
def ann(inside):
    return inside.phone(inside.world.person("ann"), "ann")


@pytest.fixture
def tablet(inside, ann):
    return inside.phone(ann.transport.caller, "tablet")


def off(phone, ms) -> None:
    """Let a phone's clock be off by so much."""
    now = phone.now
    phone.now = lambda: now() + ms


def about(phone) -> str:
    phone.sync()
    return phone.records("profile")[0]["data"]["about"]


def test_whatever_the_clocks_say_order_and_replicas_are_the_same(inside, ann, tablet, seed):
    sam = inside.phone(inside.world.person("sam", "specialist"), "sam")
    space = inside.paired(sam, ann, tablet)
    chance = random.Random(seed)
    for phone, ms in ((sam, -YEAR), (ann, YEAR), (tablet, -DAY)):
        phone.name = phone.clock.device
        off(phone, ms)
    for _ in range(60):
        inside.world.wait(chance.choice([1, 1, 1, 1000, HOUR, -HOUR]))
        phone = chance.choice([sam, ann, tablet])
        act(phone, space, chance)
        phone.sync()
    assert inside.ends() == []


@pytest.mark.parametrize("ahead", [-YEAR, -DAY, DAY, YEAR])
def test_an_edit_made_after_seeing_another_wins_whatever_the_phone_thinks_the_time_is(inside, ann, tablet, ahead):
    off(tablet, ahead)
    for number in range(6):
        inside.world.wait(1)
        phone = [ann, tablet][number % 2]
        phone.sync()
        phone.do("profile.edit", about=str(9 - number))
        assert about(ann) == about(tablet) == str(9 - number)


def test_of_two_edits_in_one_batch_of_a_phone_that_is_ahead_the_second_wins(ann):
    off(ann, YEAR)
    ann.does("profile.edit", about="z, written first")
    ann.does("profile.edit", about="a, written second")
    assert about(ann) == "a, written second"


def test_a_phone_that_is_far_ahead_is_heard_after_one_that_is_a_little_ahead(inside, ann, tablet):
    off(ann, YEAR)
    off(tablet, 50_000)
    tablet.do("profile.edit", about="z, written first")
    inside.world.wait(1000)
    ann.sync()
    ann.do("profile.edit", about="a, written second")
    assert about(ann) == "a, written second"


def test_an_edit_made_after_seeing_another_wins_though_the_server_went_back_in_time(inside, ann, tablet):
    inside.world.wait(HOUR)
    ann.do("profile.edit", about="z, written first")
    inside.world.wait(-HOUR)
    tablet.sync()
    tablet.do("profile.edit", about="a, written second")
    assert about(ann) == "a, written second"


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_when_the_clock_jumps_phones_stay_signed_in(world, jump):
    """Access ends early or late by the jump, and never for good: the refresh token is traded as ever."""
    accounts = world.parts.accounts
    tokens = accounts.register({"handle": "ann", "passphrase": PASSPHRASE, "device": "phone"}, "127.0.0.1")
    world.wait(jump)
    if jump > ACCESS:
        with pytest.raises(Unauthenticated):
            accounts.devices.caller(tokens["access_token"])
    for _ in range(3):
        tokens = accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "127.0.0.1")
        assert accounts.devices.caller(tokens["access_token"]) == Caller(
            tokens["user"], tokens["device"], "peer", tokens["expires_at"]
        )
        assert 0 < tokens["expires_at"] - world.time <= ACCESS


def test_an_invitation_ends_by_the_servers_clock_and_not_by_the_guests(inside, ann):
    sam = inside.phone(inside.world.person("sam", "specialist"), "sam")
    codes = [sam.do("pairing.invite", hours=1)["changes"][0]["data"]["code"] for _ in range(2)]
    off(ann, YEAR)
    assert ann.do("pairing.join", agreement=AGREED, code=codes[0])["ok"]
    off(ann, -2 * YEAR)
    inside.world.wait(HOUR)
    assert ann.do("pairing.join", agreement=AGREED, code=codes[1])["error"]["details"]["state"] == "expired"
