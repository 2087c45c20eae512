"""Signing up, in and out."""

from dataclasses import replace

import pytest
from socketio import exceptions

from schemas.erasure import ERASED, UNNAMED
from schemas.errors import Forbidden, IdTaken, NotFound, RateLimited, Unauthenticated
from schemas.table import TABLES
from server.accounts import passphrases
from server.accounts.devices import GRACE
from server.accounts.passphrases import hashed
from server.accounts.rate_limits import PER_ACCOUNT, PER_DEVICE, PER_HANDLE
from server.accounts.tokens import Tokens
from server.accounts.tokens import hashed as hashed_token
from server.app import build
from server.limits.settings import Limits
from server.store.accounts import AccountStore
from server.store.cursor_views import CursorViews
from sync.client_databases.corrections import correct
from tests.conftest import CONFIG, PASSPHRASE
from tests.sealed import to_be_read, whole
from tests.sync.details import DETAILS, HERE, STRANGE

pytestmark = pytest.mark.in_memory

PER_ADDRESS = Limits().sign_ins_per_address


@pytest.fixture
def accounts(world):
    return world.parts.accounts


@pytest.fixture
def gone(world, monkeypatch):
    """Return the devices that were disconnected."""
    devices = []
    monkeypatch.setattr(world.parts.accounts.devices, "_disconnect", devices.extend)
    return devices


def test_a_phone_is_signed_in_by_registering(accounts):
    tokens = accounts.register(DETAILS, HERE)
    caller = accounts.devices.caller(tokens["access_token"])
    assert (caller.user, caller.device, caller.role) == (tokens["user"], tokens["device"], "peer")


@pytest.mark.parametrize("handle", ["Ann", "ann", "ANN", "\uff21nn"])
def test_one_handle_is_one_person_however_it_is_written(accounts, handle):
    first = accounts.register(DETAILS, HERE)
    with pytest.raises(IdTaken):
        accounts.register(DETAILS | {"handle": handle}, HERE)
    assert accounts.log_in(DETAILS | {"handle": handle}, HERE)["user"] == first["user"]


def test_a_wrong_passphrase_and_an_unknown_handle_get_one_answer(accounts):
    accounts.register(DETAILS, HERE)
    answers = []
    for wrong in ({"passphrase": "wrong horse battery"}, {"handle": "nobody"}):
        with pytest.raises(Unauthenticated) as refused:
            accounts.log_in(DETAILS | wrong, HERE)
        answers.append(refused.value.body())
    assert answers[0] == answers[1]


def test_a_passphrase_is_checked_also_for_nobody_so_that_it_takes_as_long(accounts, monkeypatch):
    checked = []
    monkeypatch.setattr(passphrases, "verified", lambda *args: checked.append(args) and False)
    with pytest.raises(Unauthenticated):
        accounts.log_in(DETAILS | {"handle": "nobody"}, HERE)
    assert checked == [(PASSPHRASE, None)]


def test_passphrases_and_tokens_are_stored_so_that_nobody_can_use_them(world, accounts):
    tokens = accounts.register(DETAILS, HERE)
    stored = whole(world.mongo)
    for secret in (PASSPHRASE, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored
    assert "$argon2id$v=19$" in stored


def test_a_refresh_token_is_traded_for_a_new_pair(world, accounts):
    first = accounts.register(DETAILS, HERE)
    world.wait(600_000)
    with pytest.raises(Unauthenticated):
        accounts.devices.caller(first["access_token"])
    second = accounts.devices.refresh({"refresh_token": first["refresh_token"]}, HERE)
    assert accounts.devices.caller(second["access_token"]).device == first["device"]
    assert second["refresh_token"] != first["refresh_token"]


def test_a_refresh_whose_answer_was_lost_is_answered_again(world, accounts):
    first = accounts.register(DETAILS, HERE)
    one = accounts.devices.refresh({"refresh_token": first["refresh_token"]}, HERE)
    world.wait(GRACE)
    again = accounts.devices.refresh({"refresh_token": first["refresh_token"]}, HERE)
    assert again["refresh_token"] == one["refresh_token"]
    assert accounts.devices.refresh({"refresh_token": one["refresh_token"]}, HERE)


def test_a_refresh_token_used_twice_signs_its_device_out_and_no_other(world, accounts, gone):
    stolen, other = accounts.register(DETAILS, HERE), accounts.log_in(DETAILS, HERE)
    second = accounts.devices.refresh({"refresh_token": stolen["refresh_token"]}, HERE)
    world.wait(GRACE + 1)
    with pytest.raises(Unauthenticated):
        accounts.devices.refresh({"refresh_token": stolen["refresh_token"]}, HERE)
    assert gone == [stolen["device"]]
    for token in (stolen["refresh_token"], second["refresh_token"]):
        with pytest.raises(Unauthenticated):
            accounts.devices.refresh({"refresh_token": token}, HERE)
    with pytest.raises(Unauthenticated):
        accounts.devices.caller(second["access_token"])
    assert accounts.devices.caller(other["access_token"])


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_a_refresh_token_that_is_none_is_refused(accounts, token):
    with pytest.raises(Unauthenticated):
        accounts.devices.refresh({"refresh_token": token}, HERE)


def test_an_access_token_is_no_refresh_token(accounts):
    tokens = accounts.register(DETAILS, HERE)
    with pytest.raises(Unauthenticated):
        accounts.devices.refresh({"refresh_token": tokens["access_token"]}, HERE)


def test_my_phones_are_listed_and_can_be_signed_out(accounts, gone):
    phone = accounts.register(DETAILS, HERE)
    tablet = accounts.log_in(DETAILS | {"device": "tablet"}, HERE)
    caller = accounts.devices.caller(phone["access_token"])
    assert [(row["name"], row["this"]) for row in accounts.devices.of(caller)] == [("phone", True), ("tablet", False)]
    accounts.devices.sign_out(caller, tablet["device"])
    assert gone == [tablet["device"]]
    assert [row["name"] for row in accounts.devices.of(caller)] == ["phone"]


def test_a_phone_that_is_signed_out_already_is_not_found_and_ones_own_is_out_either_way(accounts, gone):
    phone, tablet = accounts.register(DETAILS, HERE), accounts.log_in(DETAILS, HERE)
    caller = accounts.devices.caller(phone["access_token"])
    accounts.devices.sign_out(caller, tablet["device"])
    for device in (tablet["device"], "never-there", ""):
        with pytest.raises(NotFound) as refused:
            accounts.devices.sign_out(caller, device)
        assert refused.value.details == {"field": "device"}
    for _ in range(2):  # a second request that was under way at the same time
        accounts.devices.sign_out(caller, phone["device"])
    assert gone == [tablet["device"], phone["device"]]


def test_another_passphrase_signs_every_other_phone_out(accounts, gone):
    phone = accounts.register(DETAILS, HERE)
    tablet = accounts.log_in(DETAILS, HERE)
    caller = accounts.devices.caller(phone["access_token"])
    accounts.change_passphrase(caller, {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"})
    assert gone == [tablet["device"]]
    assert accounts.log_in(DETAILS | {"passphrase": "another horse battery"}, HERE)
    with pytest.raises(Unauthenticated):
        accounts.log_in(DETAILS, HERE)


def test_a_passphrase_is_changed_only_by_who_knows_it(accounts):
    caller = accounts.devices.caller(accounts.register(DETAILS, HERE)["access_token"])
    with pytest.raises(Forbidden):
        accounts.change_passphrase(caller, {"passphrase": "wrong horse battery", "new_passphrase": "x" * 12})
    assert accounts.log_in(DETAILS, HERE)


def tried(accounts, times, address=HERE, **details):
    """Try wrong passphrases, and return how many of the tries were answered at all."""
    answered = 0
    for number in range(times):
        try:
            accounts.log_in(DETAILS | {"passphrase": f"wrong horse {number}"} | details, address)
        except Unauthenticated:
            answered += 1
        except RateLimited:
            pass
    return answered


def confirmed(accounts, caller, times):
    """Confirm with wrong passphrases in all ways in turn, and return how many of the tries were answered at all."""
    ways = (
        lambda wrong: accounts.change_passphrase(caller, {"passphrase": wrong, "new_passphrase": "x" * 12}),
        lambda wrong: accounts.remove(caller, wrong),
    )
    answered = 0
    for number in range(times):
        try:
            ways[number % 2](f"wrong horse {number}")
        except Forbidden:
            answered += 1
        except RateLimited:
            pass
    return answered


def test_passphrases_cannot_be_tried_for_ever(accounts):
    accounts.register(DETAILS, HERE)
    assert tried(accounts, PER_HANDLE[0].amount + 1, STRANGE) == PER_HANDLE[0].amount
    for handle in ("Ann", "ANN"):
        with pytest.raises(RateLimited) as refused:
            accounts.log_in(DETAILS | {"handle": handle}, STRANGE)
        assert 0 < refused.value.details["retry_after"] <= PER_HANDLE[0].seconds


def test_many_handles_cannot_be_tried_for_ever_from_one_address(accounts):
    found = sum(tried(accounts, 1, STRANGE, handle=f"ann{number}") for number in range(PER_ADDRESS + 5))
    assert found == PER_ADDRESS


def test_no_stranger_locks_somebody_out_who_is_elsewhere(accounts):
    """However many addresses they try from: neither from signing in, nor from what is confirmed when signed in."""
    caller = accounts.devices.caller(accounts.register(DETAILS, HERE)["access_token"])
    for number in range(5):
        assert tried(accounts, PER_HANDLE[0].amount + 1, f"10.0.0.{number}") == PER_HANDLE[0].amount
    assert accounts.log_in(DETAILS, HERE)
    accounts.change_passphrase(caller, {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"})
    accounts.remove(caller, "another horse battery")


def test_no_try_to_sign_in_holds_up_who_is_signed_in_not_even_from_where_they_are(accounts):
    caller = accounts.devices.caller(accounts.register(DETAILS, HERE)["access_token"])
    tried(accounts, PER_ADDRESS)
    accounts.change_passphrase(caller, {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"})
    accounts.remove(caller, "another horse battery")


def test_who_has_somebodys_access_token_cannot_try_passphrases_for_ever(accounts):
    caller = accounts.devices.caller(accounts.register(DETAILS, HERE)["access_token"])
    tablet = accounts.devices.caller(accounts.log_in(DETAILS, HERE)["access_token"])
    other = accounts.devices.caller(accounts.register(DETAILS | {"handle": "bob"}, HERE)["access_token"])
    assert confirmed(accounts, caller, PER_ACCOUNT.amount + 2) == PER_ACCOUNT.amount
    assert confirmed(accounts, tablet, 2) == 0, "another token of the account has no tries of its own"
    assert confirmed(accounts, other, 2) == 2
    assert accounts.log_in(DETAILS, HERE), "signing in is counted for itself"


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::7", "2001:db8:0:2::1"),
        ("203.0.113.5", "::ffff:203.0.113.5", "203.0.113.6"),
        ("::ffff:203.0.113.5", "203.0.113.5", "::ffff:203.0.113.6"),
        ("", "", "no address"),
    ],
)
def test_one_connection_is_one_address(accounts, address, same, other):
    """Who has an IPv6 network has 2^64 addresses in it; an IPv4 address can be written in two ways."""
    accounts.register(DETAILS, HERE)
    assert tried(accounts, PER_HANDLE[0].amount, address) == PER_HANDLE[0].amount
    assert tried(accounts, 1, same) == 0
    assert tried(accounts, 1, other) == 1


def test_accounts_that_are_made_at_an_address_keep_nobody_there_from_signing_in(accounts, monkeypatch):
    monkeypatch.setattr(passphrases, "hashed", lambda _: passphrases._nobody)
    for number in range(PER_ADDRESS):
        accounts.register(DETAILS | {"handle": f"eve{number}"}, HERE)
    with pytest.raises(RateLimited):
        accounts.register(DETAILS, HERE)
    accounts.register(DETAILS, STRANGE)
    assert tried(accounts, 1) == 1


def test_nobodys_refresh_is_held_up_by_what_others_at_their_address_send(accounts):
    phone = accounts.register(DETAILS, HERE)
    for number in range(PER_DEVICE.amount + 1):
        with pytest.raises(RateLimited if number == PER_DEVICE.amount else Unauthenticated):
            accounts.devices.refresh({"refresh_token": f"made up {number}"}, HERE)
    assert accounts.devices.refresh({"refresh_token": phone["refresh_token"]}, HERE)


def test_a_refresh_that_came_too_often_has_not_used_its_token_up(world, accounts):
    """Or its phone would be taken for a thief when it comes back as told."""
    phone, other = accounts.register(DETAILS, HERE), accounts.log_in(DETAILS, HERE)
    token = phone["refresh_token"]
    for _ in range(PER_DEVICE.amount):
        token = accounts.devices.refresh({"refresh_token": token}, STRANGE)["refresh_token"]
    with pytest.raises(RateLimited):
        accounts.devices.refresh({"refresh_token": token}, HERE)
    assert AccountStore(world.mongo).token(hashed_token(token))["used_at"] is None
    assert accounts.devices.refresh({"refresh_token": other["refresh_token"]}, STRANGE)


def test_behind_a_proxy_nobody_says_where_they_are(world):
    """What a caller writes into X-Forwarded-For is not believed, only what our own proxy adds: the last of it."""
    parts = build(replace(CONFIG, trusted_proxies=1), world.mongo, lambda: world.time)
    client = parts.app.test_client()

    def status(said, passphrase="wrong horse battery"):
        body = DETAILS | {"passphrase": passphrase}
        return client.post("/api/v1/login", json=body, headers={"X-Forwarded-For": said}).status_code

    parts.accounts.register(DETAILS, HERE)
    found = [status(f"203.0.113.{number}, 198.51.100.1") for number in range(PER_HANDLE[0].amount + 1)]
    assert found == [401] * PER_HANDLE[0].amount + [429]
    found = [status("203.0.113.5, 198.51.100.2") for number in range(PER_HANDLE[0].amount)]
    assert status("203.0.113.5", PASSPHRASE) == 200, "nobody spends the tries of another address"


@pytest.mark.parametrize(("said", "left"), [(ERASED, []), (UNNAMED, ["farewell"])])
def test_a_deleted_account_leaves_the_words_it_may_and_takes_what_is_private(world, sam, ann, pair, gone, said, left):
    ann.do("message.send", space=pair, id="m1", text="farewell", origin="person")
    sam.pull()
    assert sam.texts(pair) == ["farewell"]
    ann.do("note.put", id="n1", body="a secret")
    caller, note = ann.transport.caller, TABLES["note"]
    world.parts.backend.together(caller, [], lambda unit: correct(unit, note, "a secret"))
    CursorViews(world.mongo).issue(caller.device, {pair: 1}, world.time)
    accounts = world.parts.accounts
    AccountStore(world.mongo).set_passphrase(ann.user, hashed(PASSPHRASE))
    AccountStore(world.mongo).add_device(ann.clock.device, ann.user, "phone", world.time)
    with pytest.raises(Forbidden):
        accounts.remove(ann.transport.caller, "wrong horse battery")
    receipt = accounts.remove(ann.transport.caller, PASSPHRASE, said=said)
    assert receipt.keys() == {"receipt", "signature", "public_key"}
    assert ("farewell" in to_be_read(world.mongo)) == bool(left), "nobody can read it from now on"
    world.parts.scheduler.run()
    sam.pull()
    assert sam.records("pairing")[0]["data"]["state"] == "ended"
    assert sam.texts(pair) == left
    assert gone == [ann.clock.device]
    assert "secret" not in to_be_read(world.mongo)
    assert CursorViews(world.mongo).find(caller.device, world.time) is None
    assert AccountStore(world.mongo).by_handle("ann") is None


def test_a_device_that_is_signed_out_while_it_connects_is_not_let_in(world, ann, monkeypatch):
    """Its token was good a moment ago; from the moment it is in its rooms, a sign-out finds it there."""
    caller, sockets = ann.transport.caller, world.parts.handlers
    AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
    monkeypatch.setattr(
        sockets._io, "enter_room", lambda *_: world.parts.accounts.devices.sign_out(caller, caller.device)
    )
    with pytest.raises(exceptions.ConnectionRefusedError):
        sockets.connect("session", {}, {"token": token})
    assert len(sockets.connections) == 0


@pytest.mark.parametrize("meanwhile", ["change_passphrase", "remove"])
def test_nobody_signs_in_with_a_passphrase_that_is_changed_or_gone_meanwhile(accounts, monkeypatch, meanwhile):
    caller, verify = accounts.devices.caller(accounts.register(DETAILS, HERE)["access_token"]), passphrases.verified

    def overtaken(passphrase, stored):
        monkeypatch.setattr(passphrases, "verified", verify)
        if meanwhile == "remove":
            accounts.remove(caller, PASSPHRASE)
        else:
            accounts.change_passphrase(caller, {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"})
        return verify(passphrase, stored)

    monkeypatch.setattr(passphrases, "verified", overtaken)
    with pytest.raises(Unauthenticated):
        accounts.log_in(DETAILS | {"device": "thief"}, HERE)
    assert "thief" not in [row["name"] for row in accounts.account_store.devices(caller.user)]
