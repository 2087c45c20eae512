"""What timers do with bells: see whether there is still something to be told, and tell it to every device of a user."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from server.backend import Backend
from server.commands.bell import URGENT
from server.commands.calm import loud_from
from server.errors import Problem
from server.notify.provider import Gone, Provider, Sent
from server.records import Key, Record, private
from server.store.feed import Feed
from server.store.people import People

log = structlog.get_logger()

AT_ONCE = 8  # users who are notified at the same time: a slow provider keeps no more than these waiting
RETRY = 60_000  # ms after which a provider that failed is asked again


class Pusher:
    """Notifies devices. Content-free: that there is something new, and the number on the icon."""

    def __init__(self, backend: Backend, feed: Feed, people: People, provider: Provider) -> None:
        self._backend, self._feed, self._people, self.provider = backend, feed, people, provider

    def push(self, bells: Sequence[Record]) -> None:
        """Notify the users of some bells that are due."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._one, bells))

    def badge(self, user: str) -> int:
        """Return the number on the icon: the messages not read, in all pairings. It is worked out here alone."""
        return sum(unread for unread, _ in self._waiting(user))

    def _one(self, bell: Record) -> None:
        try:
            self._settle(bell, *self._told(bell))
        except (Problem, PyMongoError) as error:
            log.warning("a notification is tried again", error=type(error).__name__)
        except Exception:
            log.exception("a notification failed")

    def _told(self, bell: Record) -> tuple[int, int | None]:
        """Return the badge that was sent, and when to look again, in ms (None: it is done)."""
        user, level, now = bell.id, bell.data["level"], self._backend.now()
        key = Key(private(user), "quiet", "me")
        until = loud_from(self._feed.get([key]).get(key), now)
        if level < URGENT and until > now:
            return bell.data["badge"], until
        waiting = self._waiting(user)
        badge = sum(unread for unread, _ in waiting)
        is_new = level > 1 or (level == 1 and any(undelivered for _, undelivered in waiting))
        if not is_new and badge == bell.data["badge"]:
            return badge, None
        what = "urgent" if level == URGENT else "new" if is_new else "badge"
        done = self._send(user, {"what": what, "badge": badge, "collapse": "urgent" if level == URGENT else "new"})
        return badge, None if done else now + RETRY

    def _waiting(self, user: str) -> list[tuple[int, int]]:
        """Return, for each pairing, how many messages have not been read, and how many have not arrived."""
        return [
            self._feed.waiting(space, member)
            for space, member in self._feed.memberships(user).items()
            if space != private(user)
        ]

    def _send(self, user: str, payload: dict[str, Any]) -> bool:
        """Send to every device of a user that can be reached; tell whether none has to be tried again."""
        done = True
        for device, platform, token in self._people.push_tokens(user):
            try:
                self.provider.send(Sent(platform, token, payload))
            except Gone:
                self._people.set_push(device, None)
            except Exception as error:  # noqa: BLE001 — whatever a provider raises, the others are still told
                log.warning("a push provider failed", error=type(error).__name__)
                done = False
        return done

    def _settle(self, bell: Record, badge: int, again: int | None) -> None:
        args = {"user": bell.id, "rings": bell.data["rings"], "badge": badge, "again": again}
        self._backend.order("bell.settle", args, str(uuid_utils.uuid7()))
