"""The database sessions of one worker: causally consistent reads, and transactions whose outcome may stay unknown.

Why reads need a session: on a sharded cluster, the head of a space and its records, or two spaces, may be on different
shards, and a commit is visible on one shard a moment before the other. After an election, a majority read may be older
than a commit that was acknowledged before. A cursor that moves by such reads can skip a change for ever. In a causally
consistent session each read sends the database the time of the read before it, and every shard answers as of that time
or later. Source: MongoDB manual, "Causal Consistency" and "Production Considerations (Sharded Clusters)", section
"Outside Reads During Commit".
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from bson import Timestamp
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError

from server.store.database import DURABLE, Mongo

SUSPECT = 60.0  # seconds for which an abandoned transaction may hold locks, or be about to begin
LONGEST_TRANSACTION = 10.0  # seconds that a transaction and its commit may take together
COMMITS = 3  # attempts of one commit, if its answer is lost
UNKNOWN_RESULT = "UnknownTransactionCommitResult"  # error label of a lost answer, in MongoDB's driver specification
TOO_LARGE = {320, 10334}  # error codes: TransactionTooLargeForCache, BSONObjectTooLarge


class Unanswered(Exception):
    """A commit was sent, and it is not known whether the transaction is stored."""


class Sessions:
    """The sessions of one worker. No read in them is older than what the worker has read or stored before."""

    def __init__(self, database: Mongo) -> None:
        self._client, self._seen = database.client, Timestamp(0, 0)
        self._abandoned = deque[Abandoned]()

    @contextmanager
    def reads(self) -> Iterator[None]:
        """Make all reads of this greenlet in the block consistent, with one another and with earlier blocks."""
        with self._client.start_session(causal_consistency=True) as session, session.bind():
            if self._seen.time:
                session.advance_operation_time(self._seen)
            try:
                yield
            finally:
                self._note(session)

    @contextmanager
    def transaction(self) -> Iterator[ClientSession]:
        """Give a session with a transaction; commit at the end of the block, or abort after an error.

        Raises Unanswered if it is not known whether the transaction is committed.
        """
        with self._client.start_session(causal_consistency=False) as session:
            session.start_transaction(write_concern=DURABLE)
            try:
                with pymongo.timeout(LONGEST_TRANSACTION):
                    yield session
                    _commit(session)
            except Unanswered:
                self._abandon(session)
                raise
            except PyMongoError:
                if session.in_transaction:
                    session.abort_transaction()
                if _server_session(session).dirty:  # a command was on its way when the connection broke
                    self._abandon(session)
                raise
            finally:
                self._note(session)

    def end_abandoned(self) -> None:
        """Kill the sessions whose transactions were abandoned; raises PyMongoError.

        Such a transaction may still hold locks: in MongoDB until its lifetime ends, in the embedded database for ever.
        """
        while self._abandoned and self._abandoned[0].until <= time.monotonic():
            self._abandoned.popleft()
        alive = [one for one in list(self._abandoned) if not one.is_killed]
        if alive:
            self._client.admin.command("killSessions", [one.session_id for one in alive])
            for one in alive:
                one.is_killed = True

    def suspect_abandoned(self) -> None:
        """Mark all abandoned sessions to be killed again. This is called after a conflict, and regularly.

        A command that was on its way when its connection broke may have begun its transaction after the kill. Such a
        transaction also blocks other workers, which do not know its session.
        """
        for one in list(self._abandoned):
            one.is_killed = False

    def _abandon(self, session: ClientSession) -> None:
        """Remember a session to be killed. pymongo must not reuse it: the kill would end another transaction."""
        _server_session(session).mark_dirty()
        self._abandoned.append(Abandoned(session.session_id))

    def _note(self, session: ClientSession) -> None:
        if session.operation_time is not None:
            self._seen = max(self._seen, session.operation_time)


class Abandoned:
    """A session whose transaction has an unknown outcome."""

    def __init__(self, session_id: Any) -> None:
        self.session_id, self.is_killed = session_id, False
        self.until = time.monotonic() + SUSPECT


def _commit(session: ClientSession) -> None:
    """Commit, and repeat the commit if its answer is lost: a commit is idempotent.

    Raises OperationFailure with a code of TOO_LARGE, and Unanswered after any other failure, even an error from the
    database: pymongo may have repeated the commit by itself, to a database that stored the transaction and then lost
    its session in a crash.
    """
    for attempt in range(1, COMMITS + 1):
        try:
            return session.commit_transaction()
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code in TOO_LARGE:
                raise
            if attempt == COMMITS or not error.has_error_label(UNKNOWN_RESULT):
                raise Unanswered from error
    return None


def _server_session(session: ClientSession) -> Any:
    return session._server_session  # noqa: SLF001 — pymongo has no public way to give a session up
