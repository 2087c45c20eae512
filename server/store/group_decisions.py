"""Deciding a group of mutations on what is stored or cached, and storing what was decided."""

from schemas.errors import NotYet
from server.commands.context import Clock
from server.store import ledger, transaction
from server.store.abandoned import AbandonedTransactions
from server.store.change_set import ChangeSet
from server.store.database import Mongo
from server.store.pending import Submission
from server.store.space_cache import SpaceCache


class GroupDecisions:
    """Decides groups with what one worker has cached.

    Optimistic first attempt: it skips the ledger lookup and assumes that new ids are free. The unique keys reject the
    commit if not; the group is then decided again with reads. After a group in which a mutation was repeated, the next
    ones are decided with reads as well, until no mutation of a group is in the ledger.
    """

    def __init__(self, database: Mongo, now: Clock) -> None:
        self._database, self._now = database, now
        self._space_cache, self._abandoned = SpaceCache(), AbandonedTransactions(database)
        self._optimistic = True

    def decided(self, group: list[Submission], *, again: bool) -> ChangeSet | None:
        """Return the change set of a group; ``again``: with reads. None if it rests on what is not proven."""
        self._abandoned.end()
        optimistic = self._optimistic and not again
        mutations = [pending for submission in group for pending in submission.mutations]
        names = [] if optimistic else [pending.name for pending in mutations if pending.name is not None]
        entries = ledger.find(self._database, names)
        self._optimistic = not entries
        change_set = ChangeSet(self._database, self._space_cache)
        change_set.assume_absent(pending.creates for pending in mutations if optimistic and pending.creates is not None)
        change_set.read_ahead(key for pending in mutations if pending.name not in entries for key in pending.targets)
        change_set.rows = [
            entry.row(self._now()) for submission in group for entry in submission.judge(change_set, entries)
        ]
        if change_set.drop_unproven() or (
            optimistic and any(isinstance(pending.problem, NotYet) for pending in mutations)
        ):
            return None
        return change_set

    def is_stored(self, change_set: ChangeSet) -> bool:
        """Store a change set, if there is anything in it; False if another worker was faster."""
        try:
            if change_set.rows or change_set.changed:
                transaction.store(self._database, change_set, self._abandoned)
        except transaction.Moved:
            change_set.forget()
            return False
        except BaseException:
            change_set.forget()
            raise
        change_set.keep()
        return True
