"""The handle of a deleted account: nobody can take it for 30 days, and nobody is told why."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from pymongo.collection import Collection

from schemas.errors import IdTaken
from server.accounts.demo_pairs import LASTING
from server.store.accounts import AccountStore
from server.store.kept_handles import KEPT, KeptHandles
from server.store.migrations import migrate
from sync.clock import DAY
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import CONFIG, PASSPHRASE
from tests.signing_in import Person

SECRET = CONFIG.secret_keys[-1]
PROOF = {"passphrase": PASSPHRASE}


def by_its_user(world, phone):
    phone.call("account", PROOF, "DELETE")


def by_an_operator(world, phone):
    Person(world, "olga", "operator").gets("DELETE", f"operator/users/{phone.tokens['user']}", PROOF)


def by_command(world, phone):
    done = world.parts.app.test_cli_runner().invoke(args=["user", "delete", "ann", "--yes"])
    assert done.exit_code == 0, done.output


def registers(world, handle="ann", address="198.51.100.7"):
    """Let somebody on another phone register with a handle; return the status and the error, if any."""
    status, answer = SigningIn(world, address).ask("register", {**DETAILS, "handle": handle})
    return status, answer.get("error")


def created(world, handle="ann"):
    """Let an operator make an account by command; return its exit code and what it prints."""
    command = ["user", "create", handle, "--role", "peer", "--passphrase", "correct horse battery"]
    done = world.parts.app.test_cli_runner().invoke(args=command)
    return done.exit_code, done.output


@pytest.mark.parametrize("delete", [by_its_user, by_an_operator, by_command])
def test_a_handle_is_free_30_days_after_its_account_was_deleted_and_not_before(world, phone, delete):
    taken = registers(world)
    assert (taken[0], taken[1]["code"]) == (409, "id_taken")
    delete(world, phone)
    assert registers(world) == taken, "nobody learns that the account was deleted"
    assert registers(world, "\uff21NN") == taken, "however it is written"
    world.wait(30 * DAY - 1)
    assert registers(world) == taken
    world.wait(1)
    assert registers(world)[0] == 200


def test_an_operator_cannot_give_it_to_somebody_else_either(world, phone):
    taken = created(world)
    assert taken[0] == 1
    by_its_user(world, phone)
    assert created(world) == taken
    world.wait(30 * DAY)
    assert created(world)[0] == 0


def test_other_handles_are_free(world, phone):
    by_its_user(world, phone)
    assert registers(world, "anna")[0] == 200


def test_the_database_does_not_say_which_handles_are_kept(world, phone):
    by_its_user(world, phone)
    [row] = world.mongo.kept_handles.find()
    assert row.keys() == {"_id", "until"}
    assert len(bytes.fromhex(row["_id"])) == 32
    assert not KeptHandles(world.mongo, "another key", lambda: world.time).is_kept("ann")
    assert "ann" not in str(row)
    assert row["until"].replace(tzinfo=UTC) == datetime.fromtimestamp((world.time + 30 * DAY) / 1000, UTC)


def test_the_first_of_several_secret_keys_can_be_changed(world, phone):
    """The digest is made with the last one, which stays."""
    by_its_user(world, phone)
    [row] = world.mongo.kept_handles.find()
    other = KeptHandles(world.mongo, ("a newer key", *CONFIG.secret_keys)[-1], lambda: world.time)
    assert other.is_kept("Ann")
    assert world.parts.accounts.account_store._kept._digest("ann") == row["_id"]


def test_handles_of_the_demo_are_not_kept(world):
    people = world.parts.people
    people.demo_pairs.make("203.0.113.5")
    world.wait(LASTING)
    people.demo_pairs.sweep()
    assert list(world.mongo.users.find()) == []
    assert list(world.mongo.kept_handles.find()) == []


def test_an_employees_random_handle_is_refused_too_and_another_one_is_drawn(world, office, monkeypatch):
    drawn = iter(["aa", "aa", "bb"])
    monkeypatch.setattr("server.accounts.oidc.secrets", SimpleNamespace(token_hex=lambda _: next(drawn)))
    first = office.tokens("sam")
    world.parts.accounts.remove_confirmed(office.accounts.devices.caller(first["access_token"]))
    second = office.tokens("sam")
    assert (first["handle"][-2:], second["handle"][-2:]) == ("aa", "bb")


# The store


@pytest.fixture
def now():
    return [1_795_352_768_209]


@pytest.fixture
def store(mongo, now):
    migrate(mongo)
    return AccountStore.keeping_handles(mongo, SECRET, lambda: now[0])


def taken(store, user="2", handle="ann"):
    with suppress(IdTaken):
        store.add(user, handle, "hash", "peer", 0)
        return False
    return True


def test_rows_expire_in_the_database_too_and_their_time_is_looked_at_besides(store, mongo, now):
    assert mongo.kept_handles.index_information()["until_1"]["expireAfterSeconds"] == 0
    store.add("1", "ann", "hash", "peer", 0)
    store.remove("1")
    assert taken(store)
    now[0] += KEPT
    assert mongo.kept_handles.count_documents({}) == 1, "the database is late"
    assert not taken(store)


def test_a_deletion_that_is_interrupted_can_be_repeated(store, mongo, now, monkeypatch):
    store.add("1", "ann", "hash", "peer", 0)
    with monkeypatch.context() as patch:
        patch.setattr(Collection, "delete_one", broken)
        with pytest.raises(ConnectionError):
            store.remove("1")
    assert store.by_id("1") is not None
    assert mongo.kept_handles.count_documents({}) == 1, "it is kept before its account goes"
    assert taken(store)
    now[0] += 20 * DAY
    store.remove("1")
    assert store.by_id("1") is None
    now[0] += 30 * DAY - 1
    assert taken(store), "the time counts from when the account was gone"
    now[0] += 1
    assert not taken(store)
    store.remove("2")
    assert taken(store, "3"), "a row of before that has expired is in nobody's way"


def broken(collection, _):
    """Delete nothing: the server ends at this moment."""
    assert collection.name == "users", "what is deleted by one document before"
    raise ConnectionError


def test_removing_somebody_who_is_gone_keeps_no_handle(store, mongo):
    store.remove("nobody")
    assert list(mongo.kept_handles.find()) == []


def test_repeating_a_deletion_at_once_changes_nothing(store, mongo, now):
    kept = KeptHandles(mongo, SECRET, lambda: now[0])
    kept.keep("ann")
    before = list(mongo.kept_handles.find())
    now[0] += DAY - 1000
    kept.keep("Ann")
    assert list(mongo.kept_handles.find()) == before
    now[0] += 1000
    kept.keep("ann")
    [row] = mongo.kept_handles.find()
    assert row["until"] == before[0]["until"] + timedelta(days=1)


def test_an_account_of_before_migration_14_keeps_its_handle_in_the_form_of_today(store, mongo):
    mongo.users.insert_one({"_id": "1", "handle": "an\u00adn", "folded": "ann", "role": "peer", "passphrase": None})
    store.remove("1")
    assert taken(store)


def test_nobody_gets_the_handle_while_its_account_is_being_deleted(store, monkeypatch):
    """The account goes between the two looks, whichever is first."""
    store.add("1", "ann", "hash", "peer", 0)
    look, is_kept, left = store.by_handle, store._is_kept, [True]

    def then_removed(found):
        if left:
            left.pop()
            store.remove("1")
        return found

    monkeypatch.setattr(store, "by_handle", lambda handle: then_removed(look(handle)))
    monkeypatch.setattr(store, "_is_kept", lambda handle: then_removed(is_kept(handle)))
    assert taken(store)


def at_once(*acts):
    """Do several things at the same moment."""
    ready, threads = threading.Barrier(len(acts)), []
    for act in acts:
        threads.append(threading.Thread(target=lambda act=act: (ready.wait(), act())))
        threads[-1].start()
    for thread in threads:
        thread.join()


def test_nobody_gets_it_by_being_quick(store):
    for number in range(20):
        handle, got = f"ann-{number}", []
        store.add(f"{number}", handle, "hash", "peer", 0)
        tries = [
            lambda one=one, handle=handle, got=got: got.append(taken(store, f"{handle}-{one}", handle))
            for one in range(3)
        ]
        at_once(
            lambda number=number: store.remove(f"{number}"), lambda number=number: store.remove(f"{number}"), *tries
        )
        assert got == [True] * 3
        assert store.by_handle(handle) is None


def test_of_two_who_want_it_when_it_is_free_one_gets_it(store, now):
    store.add("1", "ann", "hash", "peer", 0)
    store.remove("1")
    now[0] += KEPT
    got = []
    at_once(*(lambda one=one: got.append(taken(store, one)) for one in ("2", "3")))
    assert sorted(got) == [False, True]
