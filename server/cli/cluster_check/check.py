"""The whole check, in order. Its database is always dropped at the end, even after an error."""

from collections.abc import Callable, Iterator
from functools import partial

from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.cli.cluster_check import commits, facts
from server.cli.cluster_check.load import Load
from server.cli.cluster_check.own_database import PREFIX, OwnDatabase
from server.cli.cluster_check.report import FAILED, NOT_CHECKED, OK, Report, Row, words
from server.cli.cluster_check.target import Target
from server.store import transaction
from server.store.migrations import MIGRATIONS, migrate
from server.store.sessions import Unanswered
from server.store.topology import UnfitDatabase, require_usable

ANYWHERE = (
    f"The check writes to a database {PREFIX}… of its own, and so needs a user with the roles readWriteAnyDatabase and "
    "dbAdminAnyDatabase. Beside itself needs readWrite and dbAdmin on its own database."
)
SHARD_BY_HAND = "To shard the check's collections, the user needs the role clusterManager."


def check(target: Target, report: Report) -> None:
    """Check a deployment, and report what was found."""
    report.begin()
    try:
        if not _is_fit(target, report):
            return
        own = OwnDatabase(target.main)
        try:
            if _is_laid_out(target, own, report):
                _promises(target, own, report)
        finally:
            _tidy(own, report)
    finally:
        report.end()


def _is_fit(target: Target, report: Report) -> bool:
    try:
        require_usable(target.main)
    except UnfitDatabase as error:
        report.add([Row("connected to", FAILED, str(error), "Beside does not start here.")])
        return False
    for one in (facts.kind, facts.members, facts.write_concern, facts.lifetime, facts.clock, facts.sharding):
        report.add(_tried(one.__name__, partial(one, target)))
    return True


def _is_laid_out(target: Target, own: OwnDatabase, report: Report) -> bool:
    """Make the check's database, as the product and deploy/shard.js do; return False if that is not possible."""
    if missing := own.find_missing_rights():
        found = "; ".join(f"not possible: {what}: {words(error)}" for what, error in missing)
        report.add([Row("permissions", FAILED, found, ANYWHERE)])
        return False
    report.add(_sharded(target, own))
    try:
        migrate(own.database)
        require_usable(own.database)
    except (PyMongoError, UnfitDatabase) as error:
        said = words(error) if isinstance(error, PyMongoError) else str(error)
        report.add([Row("permissions", FAILED, f"the database could not be laid out: {said}", ANYWHERE)])
        return False
    report.add([Row("permissions", OK, f"collections, indexes and validators: all {len(MIGRATIONS)} migrations ran")])
    return True


def _sharded(target: Target, own: OwnDatabase) -> Iterator[Row]:
    if not target.is_cluster:
        return
    try:
        own.shard()
    except PyMongoError as error:
        found = f"the load runs on one shard only: {words(error)}"
        yield Row("sharding", NOT_CHECKED, found, SHARD_BY_HAND)
    else:
        yield Row("sharding", OK, "collections are sharded by hashes, in zones, as deploy/shard.js does")


def _promises(target: Target, own: OwnDatabase, report: Report) -> None:
    for one in (commits.transactions, commits.commit_time, commits.layout_number, commits.lease):
        report.add(_tried(one.__name__, partial(one, own.database)))
    report.add(_tried("load", Load(target, own.name).rows))


def _tried(name: str, rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Give the rows of one check; after an error of the database, a row that says so: the next check is run."""
    try:
        yield from rows()
    except (PyMongoError, Problem, Unanswered, transaction.Moved, transaction.Outdated, TimeoutError) as error:
        said = words(error) if isinstance(error, PyMongoError) else f"{type(error).__name__} {error}".strip()
        advice = "Run the check again; if it says the same, look at the database's log."
        yield Row(name.replace("_", " "), FAILED, f"the check came to no end: {said}", advice)


def _tidy(own: OwnDatabase, report: Report) -> None:
    try:
        own.tidy_up()
    except PyMongoError as error:
        advice = f'Drop it: db.getSiblingDB("{own.name}").dropDatabase().'
        report.add([Row("tidied up", FAILED, f"{own.name} could not be dropped: {words(error)}", advice)])
    else:
        report.add([Row("tidied up", OK, f"the check's database, {own.name}, is dropped")])
