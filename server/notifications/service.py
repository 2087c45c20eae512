"""The parts of notifications, put together: changes are collected, enqueued, and sent when they are due."""

import threading
import time

from server.backend import Backend
from server.effects.live_frames import Rooms
from server.jobs.scheduler import DueSignal, Scheduler
from server.notifications.delivery import Delivery
from server.notifications.enqueuer import Enqueuer
from server.notifications.pending import PendingNotifications
from server.notifications.provider import Gone, Recorder
from server.notifications.recovery import CrashRecovery
from server.notifications.sender import NotificationSender
from server.notifications.services import PushServices
from server.notifications.situation import Situations, sent_to
from server.store.database import Mongo
from server.store.push_tokens import PushTokens
from server.store.reader import Reader

TEST_WITHIN = 8.0  # seconds in which a test notification must have been sent


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
        services: PushServices,
    ) -> None:
        """Take ``pending``, into which an effect collects changes, and a name for this worker that no other has."""
        now, self.push_tokens = backend.now, PushTokens(database, reader.records.keys)
        self.pending, self.services = pending, services
        self.provider = next(iter(services.providers.values()), None)
        self.enqueuer = Enqueuer(pending, reader, self.push_tokens, rooms.connected, backend.order_all, now)
        self.recovery = CrashRecovery(
            database, backend.group_commit.settle, reader, pending, self.enqueuer, now, worker
        )
        is_recorded = isinstance(self.provider, Recorder)
        self._delivery = Delivery(services, (lambda: now() / 1000) if is_recorded else time.monotonic)
        self.situations = Situations(reader, self.push_tokens, rooms.connected)
        sender = NotificationSender(backend, self.situations, self.push_tokens, self._delivery)
        self.scheduler = Scheduler(database, reader, now, worker, signal, {"bell": sender.push}, "pushes")

    def test(self, device: str) -> str:
        """Send a test notification to a device, and return what became of it.

        That is "sent", "gone" if the push service does not know the token any more, "failed", or "no_token".
        """
        row = self.push_tokens.of(device)
        if row is None:
            return "no_token"
        sent = sent_to(row)
        payload = {"what": "test", "badge": self.situations.badge(row["user"]), "collapse": "test"}
        over, errors = threading.Event(), list[Exception | None]()

        def done(error: Exception | None) -> None:
            errors.append(error)
            over.set()

        self._delivery.send([sent._replace(payload=payload)], done)
        over.wait(TEST_WITHIN)
        if isinstance(next(iter(errors), None), Gone):
            self.push_tokens.forget(sent.token)
            return "gone"
        return "sent" if errors == [None] else "failed"
