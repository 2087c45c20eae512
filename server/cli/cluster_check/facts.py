"""What the deployment says of itself: members, settings, clock. Nothing is written."""

import re
import time
from collections.abc import Iterator
from datetime import UTC

from pymongo.errors import OperationFailure

from server.cli.cluster_check.report import FAILED, NOT_CHECKED, OK, WARNING, Row, words
from server.cli.cluster_check.target import UNKNOWN_COMMAND, Target
from server.store.database import Document
from server.store.topology import SHARD_KEYS, UNAUTHORIZED

LIFETIME = 10  # seconds: the longest lifetime of a transaction that docs/operations.md asks for
SKEW, WORST_SKEW = 1.0, 30.0  # seconds
LOOKS = 5  # readings of the clock; the quickest one counts
GRANT = "Give the user of MONGODB_URI the role clusterMonitor."
SET_LIFETIME = "Start every member with --setParameter transactionLifetimeLimitSeconds=10 (docs/operations.md)."


def kind(target: Target) -> Iterator[Row]:
    """Say what the URI leads to."""
    version = target.main.client.server_info()["version"]
    if target.is_embedded:
        yield Row("connected to", OK, f"the embedded database ({version})")
    elif target.is_cluster:
        yield Row("connected to", OK, f"a sharded cluster of MongoDB {version}")
    else:
        yield Row("connected to", OK, f"the replica set {target.hello['setName']} of MongoDB {version}")


def members(target: Target) -> Iterator[Row]:
    """Check whether the members with data are still a majority when one of them is away."""
    if target.is_embedded:
        yield Row("members", NOT_CHECKED, "one program on one machine")
        return
    if target.is_cluster:
        yield from _shards(target)
        return
    config = asked(target, "replSetGetConfig")
    if isinstance(config, Row):
        hello = target.hello
        with_data, arbiters = [*hello.get("hosts", ()), *hello.get("passives", ())], hello.get("arbiters", [])
        is_of_voters = False
    else:
        voters = [one for one in config["config"]["members"] if one.get("votes", 1)]
        with_data = [one["host"] for one in voters if not one.get("arbiterOnly")]
        arbiters = [one["host"] for one in voters if one.get("arbiterOnly")]
        is_of_voters = True
    votes = len(with_data) + len(arbiters)
    found = f"{len(with_data)} with data, {len(arbiters)} arbiters" + ("" if is_of_voters else " (as `hello` says)")
    if len(with_data) - 1 < votes // 2 + 1:
        advice = (
            "A commit is acknowledged by a majority of all members, and an arbiter stores nothing. So when one member "
            "with data is away, nothing can be stored. Have three members with data, and no arbiter."
        )
        yield Row("members", WARNING, found, advice)
    elif arbiters:
        yield Row("members", WARNING, found, "An arbiter stores nothing: a member with data instead is safer.")
    else:
        yield Row("members", OK, found)


def _shards(target: Target) -> Iterator[Row]:
    listed = asked(target, "listShards")
    if isinstance(listed, Row):
        yield listed._replace(check="members")
        return
    hosts = {shard["_id"]: shard["host"].partition("/")[2].split(",") for shard in listed["shards"]}
    found = "; ".join(f"{name}: {len(each)} with data" for name, each in sorted(hosts.items()))
    few = [name for name, each in hosts.items() if len(each) < 3]  # noqa: PLR2004 — see `members`
    if few:
        advice = "A shard with fewer than three members with data stores nothing when one of them is away."
        yield Row("members", WARNING, found, advice)
    else:
        yield Row("members", OK, found)
    advice = "A router does not tell of them. Run rs.conf() on each shard: none should have arbiterOnly."
    yield Row("arbiters", NOT_CHECKED, "of the shards", advice)


def write_concern(target: Target) -> Iterator[Row]:
    """Say what the default write concern is. Beside sends its own, majority and journal, with every write."""
    said = asked(target, "getDefaultRWConcern")
    if isinstance(said, Row):
        yield said._replace(check="write concern")
        return
    default = said.get("defaultWriteConcern", {}).get("w", "not said")
    yield Row("write concern", OK, f"the default is {default}; Beside always asks for majority and journal")


def lifetime(target: Target) -> Iterator[Row]:
    """Check the longest lifetime of a transaction: for so long the spaces of a killed worker stay locked."""
    if target.is_cluster:
        yield Row(
            "lifetime", NOT_CHECKED, "of transactions: a router does not tell; each shard has to have it", SET_LIFETIME
        )
        return
    said = asked(target, "getParameter", transactionLifetimeLimitSeconds=1)
    if isinstance(said, Row):
        yield said._replace(check="lifetime", advice=f"{said.advice} {SET_LIFETIME}".strip())
    elif "transactionLifetimeLimitSeconds" not in said:
        yield Row("lifetime", NOT_CHECKED, "of transactions: the database has no such setting")
    elif said["transactionLifetimeLimitSeconds"] > LIFETIME:
        found = f"a transaction may live for {said['transactionLifetimeLimitSeconds']} s"
        yield Row("lifetime", WARNING, found, f"The spaces of a killed worker stay locked as long. {SET_LIFETIME}")
    else:
        found = f"a transaction may live for {said['transactionLifetimeLimitSeconds']} s, on the primary"
        yield Row("lifetime", OK, found)


def clock(target: Target) -> Iterator[Row]:
    """Compare the clock of this machine with the database's."""
    looks = []
    for _ in range(LOOKS):
        before = time.time()
        there = target.main.client.admin.command("hello")["localTime"].replace(tzinfo=UTC).timestamp()
        after = time.time()
        looks.append((after - before, there - (before + after) / 2))
    took, ahead = min(looks)
    found = f"the database is {abs(ahead):.2f} s {'ahead of' if ahead > 0 else 'behind'} this machine"
    found += f"; an answer takes {took * 1000:.1f} ms"
    advice = "Let all machines keep time by NTP or chrony."
    if abs(ahead) > WORST_SKEW:
        yield Row(
            "clock", FAILED, found, f"{advice} Beside's timers, such as for calls for help, would be late or early."
        )
    elif abs(ahead) > SKEW:
        yield Row("clock", WARNING, found, advice)
    else:
        yield Row("clock", OK, found)


def sharding(target: Target) -> Iterator[Row]:
    """Check which collections of the database that the URI names are sharded, if this is a cluster."""
    if not target.is_cluster:
        return
    name = target.main.name
    try:
        rows = list(target.main.client.config.collections.find({"_id": {"$regex": f"^{re.escape(name)}\\."}}))
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:
            raise
        found = "the user may not read config.collections, so Beside cannot look at start how collections are sharded"
        yield Row("shard keys", WARNING, found, GRANT)
        return
    sharded = {row["_id"].removeprefix(f"{name}.") for row in rows if not row.get("unsplittable")}
    missing = ", ".join(sorted(SHARD_KEYS.keys() - sharded))
    if missing:
        advice = "Run deploy/shard.js before you go live (docs/operations.md)."
        yield Row("shard keys", WARNING, f"not sharded in {name}: {missing}", advice)
    else:
        yield Row("shard keys", OK, f"the collections of {name} are sharded as they should be")


def asked(target: Target, command: str, **more: int) -> Document | Row:
    """Return the answer to a command to the database `admin`, or a row that says why there is no answer."""
    try:
        answer: Document = target.main.client.admin.command({command: 1, **more})
    except OperationFailure as error:
        if error.code == UNAUTHORIZED:
            return Row(command, WARNING, f"the user may not run {command}", GRANT)
        if error.code == UNKNOWN_COMMAND:
            return Row(command, NOT_CHECKED, f"the database has no {command}")
        return Row(command, NOT_CHECKED, f"{command}: {words(error)}")
    return answer
