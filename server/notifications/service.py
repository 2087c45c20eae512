"""Notifying, put together: what has changed is gathered, rung, and pushed when it is due."""

from server.backend import Backend
from server.commands.context import Clock
from server.effects.live_frames import Rooms
from server.jobs.scheduler import Timers
from server.notifications.pending import Bells
from server.notifications.provider import Recorder
from server.notifications.recovery import Heart
from server.notifications.sender import Pusher
from server.store.accounts import People
from server.store.database import Mongo
from server.store.reader import Feed


class Notices:
    """The parts of it. ``pushes`` are timers of their own: a slow provider keeps no other timer waiting."""

    def __init__(self, database: Mongo, feed: Feed, rooms: Rooms, now: Clock, worker: str) -> None:
        """Take a name for this worker that no other has."""
        self._feed, self._people = feed, People(database)
        self.bells = Bells(feed, self._people, rooms.is_connected, now)
        self.heart = Heart(database, feed, self.bells, now, worker)
        self.pushes = Timers(database, feed, now, worker, "pushes")
        self.provider = Recorder()

    def serve(self, backend: Backend) -> None:
        """Begin to ring and to push, by this backend."""
        self.bells.order = backend.order
        self.pushes.acts = {"bell": Pusher(backend, self._feed, self._people, self.provider).push}
