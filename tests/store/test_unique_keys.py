"""Keys that must be unique, and may become free again, are in documents that are only inserted and deleted.

The embedded database keeps the unique key with which a document was inserted as long as the document exists, also after
the document was changed. So whatever rests on a key that an update has made free works on MongoDB only.
"""

import ast
from datetime import UTC

import pytest

from schemas.errors import IdTaken
from server.store.accounts import AccountStore
from server.store.identities import IdentityStore
from server.store.migrations import migrate
from tests.conftest import ROOT
from tests.sealed import records_of

UPDATES = {"update_one", "update_many", "find_one_and_update", "replace_one"}
UNIQUE = {("records", ("space", "seq")), ("users", ("handle",))}


def test_these_keys_are_unique(mongo):
    migrate(mongo)
    found = {
        (name, tuple(field for field, _ in index["key"]))
        for name in mongo.list_collection_names()
        for index in mongo[name].index_information().values()
        if index.get("unique")
    }
    assert found == UNIQUE, "for a new one: may its key become free again, and by what?"


def updates(path):
    """Give (collection, source of the arguments) for each update in a file of the product."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in UPDATES:
            yield ast.unparse(call.func.value), " ".join(map(ast.unparse, call.args[1:]))


def test_no_update_changes_a_handle():
    found = [one for path in (ROOT / "server").rglob("*.py") for one in updates(path)]
    assert any("passphrase" in what for _, what in found), "need to see updates of accounts"
    assert [(where, what) for where, what in found if "handle" in what] == []


def test_identities_used_nonces_and_kept_handles_are_never_updated():
    """An identity is free again once its account is gone; a nonce once its id_token is too old; a handle by time."""
    found = [where for path in (ROOT / "server").rglob("*.py") for where, _ in updates(path)]
    assert any("devices" in where for where in found), "need to see updates"
    assert [where for where in found if "identities" in where or "used" in where or "kept" in where] == []


def test_an_identity_belongs_to_the_first_user_until_that_account_is_gone(mongo):
    migrate(mongo)
    identities = IdentityStore(mongo, records_of(mongo).keys)
    assert identities.bind("digest", "1", 0) == "1"
    assert identities.bind("digest", "2", 0) == identities.find("digest") == "1"
    AccountStore(mongo).remove("1")
    assert identities.find("digest") is None
    assert identities.bind("digest", "2", 0) == "2"


def test_a_nonce_is_used_once_and_forgotten_when_its_id_token_is_too_old(mongo):
    migrate(mongo)
    identities, until = IdentityStore(mongo, records_of(mongo).keys), 1_795_352_768_209
    assert identities.use("digest", until)
    assert not identities.use("digest", until + 1)
    [row] = mongo.used_nonces.find()
    assert row["until"].replace(tzinfo=UTC).timestamp() * 1000 == until
    assert mongo.used_nonces.index_information()["until_1"]["expireAfterSeconds"] == 0


def test_the_key_of_a_handle_is_free_again_once_its_account_is_gone(mongo):
    """Who may take it, and when, is a rule of its own: see tests/accounts/test_kept_handles.py."""
    migrate(mongo)
    accounts = AccountStore(mongo)
    accounts.add("1", "ann", "hash", "peer", 0)
    with pytest.raises(IdTaken):
        accounts.add("2", "Ann", "hash", "peer", 0)
    accounts.remove("1")
    accounts.add("3", "ann", "hash", "peer", 0)


def test_no_seq_is_ever_taken_again(world, ann):
    """A record that changes leaves its seq; the next one is one more than the head, and the head never goes back."""
    for text in ("a", "b", "c"):
        assert ann.do("note.put", id="n1", title=text)["ok"]
    assert ann.do("note.delete", id="n1")["ok"]
    assert ann.do("note.put", id="n2", title="d")["ok"]
    seqs = {row["id"]: row["seq"] for row in world.mongo.records.find({"kind": "note"})}
    assert seqs == {"n1": 4, "n2": 5}
