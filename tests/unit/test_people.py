"""Accounts in the store, on a stand-in for MongoDB: every path here is a single document."""

import pytest

from schemas.errors import IdTaken
from server.store.accounts import AccountStore, folded
from server.store.migrations import MIGRATIONS
from tests import in_memory


@pytest.fixture
def people():
    return AccountStore(in_memory.database())


def test_migrations_are_numbered_in_order():
    numbers = [migration.number for migration in MIGRATIONS]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1


def test_a_handle_is_found_however_it_is_written(people):
    people.add("1", "Ann", "hash", "peer", 0)
    assert people.by_handle("\uff21NN")["_id"] == "1"
    with pytest.raises(IdTaken):
        people.add("2", "ann", "hash", "peer", 0)


def test_folding_is_done_once_and_for_all():
    assert folded(folded("\uff33TRASSE.\u2163")) == folded("\uff33TRASSE.\u2163")


def test_a_refresh_token_is_used_once(people):
    people.add_token("h", "device", 0)
    assert people.use_token("h", 5)["used_at"] is None
    assert people.use_token("h", 9)["used_at"] == 5
    assert people.use_token("other", 9) is None


def test_storing_a_token_again_does_not_make_it_new(people):
    people.add_token("h", "device", 0)
    people.use_token("h", 5)
    people.add_token("h", "device", 7)
    assert people.token("h")["used_at"] == 5


def test_only_ones_own_devices_are_signed_out(people):
    people.add_device("phone", "ann", "phone", 0)
    assert people.sign_out("eve", ["phone"]) == []
    assert people.device("phone")
    assert people.sign_out("ann", ["phone", "nothing"]) == ["phone"]
    assert people.device("phone") is None
