"""What may happen only once happens once, though several workers try at the same moment: on a real database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.errors import IdTaken
from server.store.migrations import migrate
from server.store.passkeys import PasskeyStore
from server.store.recovery_codes import RecoveryCodeStore
from server.store.totp import TotpStore

AT_ONCE = 4


@pytest.fixture
def passkeys(mongo):
    migrate(mongo)
    return PasskeyStore(mongo)


@pytest.fixture
def totp(mongo):
    migrate(mongo)
    return TotpStore(mongo)


def together(run):
    """Return what a function returns that several threads call at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(lambda _: run(), range(AT_ONCE)))


def passkey(name="p1", user="ann", **more):
    return {"_id": name, "user": user, "sign_count": 0, "backed_up": False, "created_at": 1, "used_at": 1, **more}


def test_a_challenge_is_spent_once(passkeys):
    assert together(lambda: passkeys.spend("digest", 1)) == [False] * (AT_ONCE - 1) + [True]


def test_a_sign_count_is_used_once(passkeys):
    passkeys.add(passkey(sign_count=5))
    assert together(lambda: passkeys.use("p1", 6, 2, is_backed_up=True)) == [False] * (AT_ONCE - 1) + [True]
    assert not passkeys.use("p1", 0, 3, is_backed_up=False)
    found = passkeys.find("p1")
    assert (found["sign_count"], found["used_at"], found["backed_up"]) == (6, 2, True)


def test_a_passkey_is_added_once_and_can_be_added_again_once_it_is_gone(passkeys):
    passkeys.add(passkey())
    with pytest.raises(IdTaken):
        passkeys.add(passkey(user="eve"))
    assert not passkeys.remove("eve", "p1")
    assert passkeys.remove("ann", "p1")
    assert not passkeys.use("p1", 0, 1, is_backed_up=False)
    passkeys.add(passkey(user="eve"))
    assert [row["user"] for row in passkeys.of("eve")] == ["eve"]
    assert (passkeys.count("ann"), passkeys.remove_all("eve")) == (0, 1)


def test_an_account_gets_one_user_id(mongo, passkeys):
    mongo.users.insert_one({"_id": "ann", "handle": "ann"})
    assert len(set(together(lambda: passkeys.user_id("ann", str(object()))))) == 1


def test_a_step_is_used_once(totp):
    totp.start("ann", "secret")
    assert totp.confirm("ann", "secret", 7, 1)
    assert not totp.use_step("ann", 7)
    assert together(lambda: totp.use_step("ann", 9)) == [False] * (AT_ONCE - 1) + [True]
    assert not totp.use_step("ann", 8)


def test_a_secret_that_is_confirmed_is_not_replaced(totp):
    assert totp.start("ann", "first")
    assert totp.start("ann", "second")
    assert not totp.confirm("ann", "first", 1, 1), "another one is there by now"
    assert totp.confirm("ann", "second", 1, 1)
    assert not totp.start("ann", "third")
    totp.encrypt_anew("ann", "first", "other")
    assert totp.find("ann")["secret"] == "second"
    assert (totp.remove("ann"), totp.remove("ann")) == (True, False)
    assert totp.start("ann", "third")
    assert not totp.remove("ann"), "it was not confirmed"


@pytest.mark.parametrize("at", ["find", "insert_many", "delete_many"])
def test_of_two_sets_of_codes_made_at_once_exactly_one_is_left(mongo, at):
    """Otherwise both users would hold codes of which none is valid."""
    migrate(mongo)
    store = RecoveryCodeStore(mongo)
    store.replace("ann", ["old1", "old2"], 1)
    other = RecoveryCodeStore(mongo)
    store._codes = Interrupted(mongo.recovery_codes, at, lambda: other.replace("ann", ["c1", "c2"], 2))
    store.replace("ann", ["b1", "b2"], 2)
    assert {row["_id"] for row in mongo.recovery_codes.find()} in ({"b1", "b2"}, {"c1", "c2"})
    store.replace("ann", ["d1", "d2"], 1)
    assert {row["_id"] for row in mongo.recovery_codes.find()} == {"d1", "d2"}


class Interrupted:
    """A collection, one of whose methods lets something happen first, once."""

    def __init__(self, real, name, meanwhile):
        self._real, self._name, self._meanwhile = real, name, [meanwhile]

    def __getattr__(self, name):
        if name == self._name and self._meanwhile:
            self._meanwhile.pop()()
        return getattr(self._real, name)
