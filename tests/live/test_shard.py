"""deploy/shard.js on a small cluster: what it changes, in which order, and what it refuses."""

import json
import subprocess
from typing import Any

import pytest

from tests.adapters.program import CLIENTS
from tests.conftest import ROOT

KEYS = {
    "beside.records": {"space": "hashed"},
    **{f"beside.{name}": {"_id": "hashed"} for name in ("spaces", "ledger", "devices", "refresh_tokens")},
}
TWO = [{"_id": "shard0"}, {"_id": "shard1"}]
OWN = {"SHARDS": ""}  # use the shards of the cluster
THIRD = {"SHARDS": "shard0=a/a:1,shard1=b/b:1,shard2=c/c1:1,c2:1"}  # the third has two members


def cluster(*runs: dict[str, Any], **scenario: Any) -> list[dict[str, Any]]:
    """Run the script on a cluster, once for each environment, and return what came of each run."""
    command = ["node", CLIENTS / "cluster.mjs", ROOT / "deploy/shard.js", json.dumps({"runs": runs, **scenario})]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["runs"]


def only(run: dict[str, Any], *names: str) -> list[list[Any]]:
    return [change for change in run["changes"] if change[0] in names]


def ranges(run: dict[str, Any], collection: str) -> list[tuple[str, str, str]]:
    """Return the ranges of a collection in order: (min, max, zone)."""
    [field] = KEYS[f"beside.{collection}"]
    tags = [tag for tag in run["zones"] if tag["ns"] == f"beside.{collection}"]
    return [(tag["min"][field], tag["max"][field], tag["tag"]) for tag in tags]


def width(found: list[tuple[str, str, str]]) -> list[int]:
    """Return how many hashes each range has."""
    ends = {"MinKey": -(2**63), "MaxKey": 2**63}
    value = {edge: ends.get(edge) or int(edge) for low, high, _ in found for edge in (low, high)}
    return [value[high] - value[low] for low, high, _ in found]


def test_every_collection_is_sharded_by_the_hash_of_its_key():
    [run] = cluster({})
    assert {name: key for _, name, key in only(run, "shardCollection")} == KEYS
    assert only(run, "addShard") == [
        ["addShard", "shard0", "shard0/shard0:27017"],
        ["addShard", "shard1", "shard1/shard1:27017"],
    ]
    assert run["code"] == 0


@pytest.mark.parametrize("number", [1, 2, 3, 7, 12])
def test_each_shard_has_one_equal_range_of_hashes_and_it_is_the_same_for_heads_and_records(number):
    """With twelve shards, shard10 comes after shard9."""
    [run] = cluster(OWN, shards=[{"_id": f"shard{n}"} for n in reversed(range(number))])
    found = ranges(run, "records")
    assert found == ranges(run, "spaces")
    assert (found[0][0], found[-1][1]) == ("MinKey", "MaxKey")
    assert [high for _, high, _ in found[:-1]] == [low for low, _, _ in found[1:]]
    assert [zone for _, _, zone in found] == [f"beside-shard{n}" for n in range(number)]
    assert max(width(found)) - min(width(found)) <= 1
    assert {shard["_id"]: shard["tags"] for shard in run["shards"]} == {
        f"shard{n}": [f"beside-shard{n}"] for n in range(number)
    }


def test_collections_that_hold_something_get_the_index_of_their_key_before_they_are_sharded():
    """The cluster refuses to shard them without it, so that the order matters."""
    [run] = cluster(OWN, shards=TWO, filled=list(KEYS))
    order = only(run, "createIndex", "shardCollection")
    for name, key in KEYS.items():
        made = order.index(["createIndex", name.removeprefix("beside."), key, {}])
        assert made < order.index(["shardCollection", name, key])
    assert order[0] == ["createIndex", "records", {"space": 1, "seq": 1}, {"unique": True}]


def test_an_empty_collection_is_laid_out_at_once_because_its_ranges_are_there_before():
    [run] = cluster(OWN, shards=TWO)
    names = [change[0] for change in run["changes"]]
    assert names.index("shardCollection") > len(names) - 1 - names[::-1].index("updateZoneKeyRange")


@pytest.mark.parametrize("environment", [{}, OWN])
def test_a_second_run_changes_nothing_and_says_the_same(environment):
    first, second = cluster({}, environment)
    assert first["changes"]
    assert second["changes"] == []
    assert second["printed"] == first["printed"]


def test_a_third_shard_gets_its_part():
    before, after = cluster({}, THIRD)
    assert only(after, "addShard") == [["addShard", "shard2", "c/c1:1,c2:1"]]
    assert only(after, "shardCollection", "createIndex") == []
    assert only(after, "addShardToZone") == [["addShardToZone", "shard2", "beside-shard2"]]
    found = ranges(after, "records")
    assert found == ranges(after, "spaces")
    assert [zone for *_, zone in found] == ["beside-shard0", "beside-shard1", "beside-shard2"]
    assert max(width(found)) - min(width(found)) <= 1
    assert found != ranges(before, "records")


def test_only_ranges_that_differ_are_removed_and_made_anew():
    """The first range of records is right; the second one belongs to a zone of the operator's; spaces have none."""
    first, second, whole = ("MinKey", "0", "beside-shard0"), ("0", "MaxKey", "beside-shard1"), ("0", "MaxKey", "europe")
    shards = [{"_id": "shard0", "tags": ["beside-shard0"]}, {"_id": "shard1", "tags": ["europe"]}]
    zones = [{"ns": "beside.records", "field": "space", "range": one} for one in (first, whole)]
    [run] = cluster(OWN, shards=shards, zones=zones)
    assert ranges(run, "records") == ranges(run, "spaces") == [first, second]
    assert only(run, "addShardToZone", "removeRangeFromZone", "updateZoneKeyRange") == [
        ["addShardToZone", "shard1", "beside-shard1"],
        ["removeRangeFromZone", "beside.records", {"space": "0"}, {"space": "MaxKey"}],
        ["updateZoneKeyRange", "beside.records", {"space": "0"}, {"space": "MaxKey"}, "beside-shard1"],
        ["updateZoneKeyRange", "beside.spaces", {"_id": "MinKey"}, {"_id": "0"}, "beside-shard0"],
        ["updateZoneKeyRange", "beside.spaces", {"_id": "0"}, {"_id": "MaxKey"}, "beside-shard1"],
    ]


@pytest.mark.parametrize("going", [{"LEAVING": "shard0"}, {"draining": ["shard0"]}])
def test_a_shard_that_is_to_be_removed_or_is_being_removed_has_no_range_any_more(going):
    _, after = cluster({}, OWN | going)
    assert ranges(after, "records") == ranges(after, "spaces") == [("MinKey", "MaxKey", "beside-shard1")]


def test_what_there_is_in_the_end_is_printed():
    [run] = cluster({})
    assert run["printed"][:3] == [
        'beside.records is sharded by {"space":"hashed"}.',
        "  beside-shard0: MinKey to 0",
        "  beside-shard1: 0 to MaxKey",
    ]
    assert run["printed"][3] == 'beside.spaces is sharded by {"_id":"hashed"}.'
    assert run["printed"][-1] == 'beside.refresh_tokens is sharded by {"_id":"hashed"}.'


def test_a_collection_that_was_only_moved_to_another_shard_is_not_yet_sharded():
    [run] = cluster(OWN, shards=TWO, sharded={"beside.ledger": {"key": {"_id": 1}, "unsplittable": True}})
    assert ["shardCollection", "beside.ledger", {"_id": "hashed"}] in run["changes"]


def test_it_signs_in_if_it_is_given_the_password():
    first, second = cluster({**OWN, "MONGO_PASSWORD": "secret"}, OWN, shards=TWO)
    assert first["changes"][0] == ["auth", "root", "secret"]
    assert only(second, "auth") == []


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"msg": None}, "This is no mongos. Connect to a mongos of the sharded cluster."),
        ({"version": "6.0.19"}, "This mongos is version 6.0.19. A sharded cluster needs MongoDB 7 or later."),
        ({"shards": []}, "The cluster has no shard to use. Name the shards to add in SHARDS."),
    ],
)
def test_it_refuses_a_server_that_will_not_do(scenario, said):
    [run] = cluster(OWN, **{"shards": TWO, **scenario})
    assert run == run | {"code": 1, "printed": [said], "changes": []}


def test_it_refuses_a_collection_with_another_key_and_says_how_to_change_it():
    sharded = {"beside.records": {"key": {"space": 1}}, "beside.spaces": {"key": {"_id": "hashed"}}}
    [run] = cluster({}, sharded=sharded)
    assert run == run | {"code": 1, "changes": []}
    assert run["printed"] == [
        'beside.records is sharded by {"space":1}. Beside needs {"space":"hashed"}.',
        '  Change it: sh.reshardCollection("beside.records", {"space":"hashed"})',
        "Nothing was changed. Resharding copies the collection. Run this script again after it.",
    ]
