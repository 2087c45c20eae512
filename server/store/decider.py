"""Deciding a group of mutations on what is stored or remembered, and storing what was decided."""

from schemas.errors import NotYet
from server.commands.context import Clock
from server.store import ledger, transaction
from server.store.abandoned import Orphans
from server.store.change_set import Draft
from server.store.database import Mongo
from server.store.pending import Batch
from server.store.space_cache import Memory


class Decider:
    """What one worker knows, and with it decides.

    It hopes: everything is taken for new, no mutation for known from before, no record that is to be made for there
    already. That saves two looks into the database, and to store it proves it, by unique keys. After hope in vain
    there is none, until nothing was known from before.
    """

    def __init__(self, database: Mongo, now: Clock) -> None:
        self._database, self._now = database, now
        self._memory, self._orphans = Memory(), Orphans(database)
        self._hopeful = True

    def decided(self, group: list[Batch], *, again: bool) -> Draft | None:
        """Decide a group, ``again`` without hope; None if what was decided rests on what is not proven."""
        self._orphans.end()
        hopeful = self._hopeful and not again
        jobs = [job for batch in group for job in batch.jobs]
        names = [] if hopeful else [job.name for job in jobs if job.name is not None]
        entries = ledger.find(self._database, names)
        self._hopeful = not entries
        draft = Draft(self._database, self._memory)
        draft.assume_absent(job.creates for job in jobs if hopeful and job.creates is not None)
        draft.read_ahead(key for job in jobs if job.name not in entries for key in job.targets)
        draft.rows = [entry.row(self._now()) for batch in group for entry in batch.judge(draft, entries)]
        if draft.drop_unproven() or (hopeful and any(isinstance(job.problem, NotYet) for job in jobs)):
            return None
        return draft

    def is_stored(self, draft: Draft) -> bool:
        """Store a draft, if there is anything to store; False if somebody else was faster."""
        try:
            if draft.rows or draft.changed:
                transaction.store(self._database, draft, self._orphans)
        except transaction.Moved:
            draft.forget()
            return False
        except BaseException:
            draft.forget()
            raise
        draft.keep()
        return True
