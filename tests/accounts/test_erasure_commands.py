"""The commands of operators for sealed content: proving an erasure, sealing, and wrapping keys anew."""

import json

import orjson
import pytest

from tests.sealed import records_of

pytestmark = pytest.mark.in_memory


@pytest.fixture
def run(world):
    """Return a function that runs a command, and gives its exit code and what it prints."""

    def run(*args):
        done = world.parts.app.test_cli_runner().invoke(args=["records", *args])
        return done.exit_code, done.output

    return run


@pytest.fixture
def receipt(world, sam, ann, pair, tmp_path):
    """Return a file with the receipt of ann, and what the collection `keys` was before."""
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    before = list(world.mongo["keys"].find({"wrapped": {"$exists": True}}))
    signed = world.parts.accounts.remove_confirmed(ann.transport.caller)
    path = tmp_path / "receipt.json"
    path.write_bytes(orjson.dumps(signed))
    return path, before


def test_an_erasure_is_proven_by_its_receipt(run, receipt):
    code, said = run("verify-erasure", str(receipt[0]))
    assert code == 0, said
    assert "can open anything" in said
    found = json.loads(run("verify-erasure", str(receipt[0]), "--json")[1])
    assert found["keys"] >= 2
    assert found["destroyed"] == 0


def test_a_restore_that_brings_keys_back_is_noticed_and_put_right(world, run, receipt):
    path, before = receipt
    for row in before:
        world.mongo["keys"].replace_one({"_id": row["_id"]}, row)
    code, said = run("verify-erasure", str(path))
    assert code == 1
    assert "--again" in said
    assert run("verify-erasure", str(path), "--again")[0] == 0
    assert run("verify-erasure", str(path))[0] == 0
    assert [row for row in before if row["_id"] in set(records_of(world.mongo).keys.live())] != before


def test_a_whole_restore_of_before_is_noticed(world, run, receipt):
    """Records and keys are as they were; the account has to be deleted again."""
    path, before = receipt
    world.mongo["keys"].delete_many({})
    world.mongo["keys"].insert_many(before)
    assert run("verify-erasure", str(path))[0] == 1


@pytest.mark.parametrize("forged", [b"", b"{}", b"[]", b'{"receipt": "{}", "signature": "AAAA"}'])
def test_what_is_no_receipt_of_this_server_is_refused(run, tmp_path, forged):
    path = tmp_path / "forged.json"
    path.write_bytes(forged)
    code, said = run("verify-erasure", str(path))
    assert (code, "no receipt of this server" in said) == (1, True)


def test_sealing_and_wrapping_say_what_they_did(world, ann, run):
    ann.do("note.put", id="n1", body="mine")
    assert run("seal")[0] == 0
    code, said = run("rewrap", "--json")
    assert code == 0, said
    assert json.loads(said.splitlines()[-1])["keys"] == sum("wrapped" in row for row in world.mongo["keys"].find())
