"""The parts of notifications, put together: changes are collected, enqueued, and sent when they are due."""

from server.backend import Backend
from server.effects.live_frames import Rooms
from server.jobs.scheduler import DueSignal, Scheduler
from server.notifications.enqueuer import Enqueuer
from server.notifications.pending import PendingNotifications
from server.notifications.provider import Recorder
from server.notifications.recovery import CrashRecovery
from server.notifications.sender import NotificationSender
from server.store.accounts import AccountStore
from server.store.database import Mongo
from server.store.reader import Reader


class Notifications:
    """The parts of notifications. Their scheduler is their own, so that a slow provider delays no other due record."""

    def __init__(
        self,
        backend: Backend,
        database: Mongo,
        reader: Reader,
        rooms: Rooms,
        pending: PendingNotifications,
        signal: DueSignal,
        worker: str,
    ) -> None:
        """Take ``pending``, into which an effect collects changes, and a name for this worker that no other has."""
        accounts, now = AccountStore(database), backend.now
        self.pending, self.provider = pending, Recorder()
        self.enqueuer = Enqueuer(pending, reader, accounts, rooms.is_connected, backend.order, now)
        self.recovery = CrashRecovery(
            database, backend.group_commit.settle, reader, pending, self.enqueuer, now, worker
        )
        sender = NotificationSender(backend, reader, accounts, self.provider)
        self.scheduler = Scheduler(database, reader, now, worker, signal, {"bell": sender.push}, "pushes")
