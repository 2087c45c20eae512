"""The same words typed on two keyboards are the same passphrase, also one that was stored by an older version."""

import pytest

from schemas.errors import BadRequest, Forbidden, RateLimited, Unauthenticated
from server.accounts import passphrases
from server.accounts.rate_limits import PER_HANDLE
from server.store.accounts import AccountStore
from tests.conftest import PASSPHRASE
from tests.sync.details import DETAILS, HERE

pytestmark = pytest.mark.in_memory

ONE = "un caf\u00e9 cr\u00e8me"  # NFC
OTHER = "un\u00a0cafe\u0301 cre\u0300me"  # NFD, and a space that does not break
WRONG = "un the\u0301 cre\u0300me"


@pytest.fixture
def accounts(world):
    return world.parts.accounts


@pytest.fixture
def tried(monkeypatch):
    """Return what was verified: (passphrase, what was stored)."""
    seen, verified = [], passphrases.verified
    monkeypatch.setattr(passphrases, "verified", lambda *args: seen.append(args) or verified(*args))
    return seen


def stored(world):
    return world.mongo.users.find_one({"handle": "ann"})["passphrase"]


def has_an_old_account(world, passphrase=OTHER):
    """Let ann have an account of a version that hashed a passphrase as it was sent."""
    AccountStore(world.mongo).add("u1", "Ann", passphrases.hashed(passphrase), "peer", world.time)


@pytest.mark.parametrize(("chosen", "typed"), [(ONE, OTHER), (OTHER, ONE)])
def test_what_is_chosen_on_one_keyboard_is_typed_on_another(accounts, chosen, typed):
    user = accounts.register(DETAILS | {"passphrase": chosen}, HERE)["user"]
    tokens = accounts.log_in(DETAILS | {"passphrase": typed}, HERE)
    assert tokens["user"] == user
    accounts.change_passphrase(
        accounts.devices.caller(tokens["access_token"]), {"passphrase": typed, "new_passphrase": "a" + OTHER}
    )
    assert accounts.log_in(DETAILS | {"passphrase": "a" + ONE}, HERE)["user"] == user


def test_an_old_passphrase_in_another_form_signs_in_and_is_hashed_anew(world, accounts, tried):
    has_an_old_account(world)
    before = stored(world)
    with pytest.raises(Unauthenticated):
        accounts.log_in(DETAILS | {"passphrase": ONE}, HERE)
    tokens = accounts.log_in(DETAILS | {"passphrase": OTHER}, HERE)
    assert accounts.devices.caller(tokens["access_token"]).user == tokens["user"] == "u1", "and stays signed in"
    assert stored(world) != before
    tried.clear()
    assert accounts.log_in(DETAILS | {"passphrase": ONE}, HERE)["user"] == "u1"
    assert accounts.log_in(DETAILS | {"passphrase": OTHER}, HERE)["user"] == "u1"
    assert [passphrase for passphrase, _ in tried] == [ONE, ONE], "in one form from now on"


def test_an_old_passphrase_also_confirms_and_is_hashed_anew(world, accounts):
    has_an_old_account(world)
    caller = accounts.devices.caller(accounts.devices.let_in("u1", "peer", "phone")["access_token"])
    with pytest.raises(Forbidden):
        accounts.confirm(caller, ONE)
    accounts.confirm(caller, OTHER)
    accounts.confirm(caller, ONE)


@pytest.mark.parametrize("old", ["123", "qwertyuiop", "aaaaaaaaaa", "with a\nline end"])
def test_an_old_passphrase_that_nobody_could_choose_now_signs_in(world, old):
    has_an_old_account(world, old)
    client = world.parts.app.test_client()
    assert client.post("/api/v1/login", json=DETAILS | {"passphrase": old}).status_code == 200


def test_another_passphrase_that_is_chosen_meanwhile_is_not_overwritten(world, accounts, monkeypatch):
    has_an_old_account(world)
    hashed = passphrases.hashed

    def meanwhile(passphrase):
        AccountStore(world.mongo).set_passphrase("u1", "of somebody quicker")
        return hashed(passphrase)

    monkeypatch.setattr(passphrases, "hashed", meanwhile)
    with pytest.raises(Unauthenticated):
        accounts.log_in(DETAILS | {"passphrase": OTHER}, HERE)
    assert stored(world) == "of somebody quicker"


@pytest.mark.parametrize("typed", [PASSPHRASE, WRONG])
def test_nobody_is_verified_as_often_as_somebody(world, accounts, tried, typed):
    """So an answer takes as long whether or not there is such an account."""
    has_an_old_account(world)
    for handle in ("ann", "nobody"):
        with pytest.raises(Unauthenticated):
            accounts.log_in(DETAILS | {"handle": handle, "passphrase": typed}, HERE)
    assert [passphrase for passphrase, _ in tried[: len(tried) // 2]] == [
        passphrase for passphrase, _ in tried[len(tried) // 2 :]
    ]
    assert len(tried) == (4 if typed == WRONG else 2)


def test_both_forms_are_one_try(world, accounts):
    has_an_old_account(world)
    for _ in range(PER_HANDLE[0].amount):
        with pytest.raises(Unauthenticated):
            accounts.log_in(DETAILS | {"passphrase": WRONG}, HERE)
    with pytest.raises(RateLimited):
        accounts.log_in(DETAILS | {"passphrase": OTHER}, HERE)


@pytest.mark.parametrize("easy", ["Password123", "ann.of.the.sea"])
def test_an_easy_passphrase_is_refused_by_name_wherever_it_is_chosen(world, accounts, easy):
    client, details = world.parts.app.test_client(), DETAILS | {"handle": "Ann.of.the.Sea"}
    refused = client.post("/api/v1/register", json=details | {"passphrase": easy})
    assert (refused.status_code, refused.get_json()["error"]["details"]["field"]) == (400, "passphrase")
    assert world.mongo.users.count_documents({}) == 0
    caller = accounts.devices.caller(accounts.register(details, HERE)["access_token"])
    with pytest.raises(BadRequest) as raised:
        accounts.change_passphrase(caller, {"passphrase": PASSPHRASE, "new_passphrase": easy})
    assert raised.value.details["field"] == "new_passphrase"
    assert accounts.log_in(details, HERE)
    with pytest.raises(BadRequest):
        accounts.create("ann.of.the.sea" if easy.startswith("ann") else "bob", easy, "operator")


def test_an_operator_on_the_command_line_is_told_what_to_do(world):
    command = ["user", "create", "olga", "--passphrase"]
    run = world.parts.app.test_cli_runner().invoke
    for wrong, words in (("password123", "use several words"), ("a" * 12, "use several words"), ("short", "10 to 200")):
        refused = run(args=[*command, wrong])
        assert refused.exit_code != 0
        assert words in refused.output
    assert run(args=[*command, "caf\u00e9 with the cat"]).exit_code == 0
