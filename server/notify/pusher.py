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

Done = dict[str, tuple[int, int | None]]  # {level: (which ring was seen, when it is due again)}


class Pusher:
    """Notifies devices. Content-free: that there is something new, and the number on the icon."""

    def __init__(self, backend: Backend, feed: Feed, people: People, provider: Provider) -> None:
        self._backend, self._feed, self._people, self.provider = backend, feed, people, provider

    def push(self, bells: Sequence[Record]) -> None:
        """Notify the users of some bells that are due."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._one, bells))

    def _one(self, bell: Record) -> None:
        try:
            badge, done = self._told(bell)
            args = {"user": bell.id, "badge": badge, "done": done}
            self._backend.order("bell.settle", args, str(uuid_utils.uuid7()))
        except (Problem, PyMongoError) as error:
            log.warning("a notification is tried again", error=type(error).__name__)
        except Exception:
            log.exception("a notification failed")

    def _told(self, bell: Record) -> tuple[int, Done]:
        """Tell what is due, and return the number that the icons show now, and what became of each level."""
        now = self._backend.now()
        key = Key(private(bell.id), "quiet", "me")
        until = loud_from(self._feed.get([key]).get(key), now)
        due = {level: ring for level, (at, ring) in bell.data["dues"].items() if at <= now}
        held = {level for level in due if until > now and int(level) < URGENT}
        loudest = max((int(level) for level in due.keys() - held), default=None)
        done: Done = {level: (ring, until if level in held else None) for level, ring in due.items()}
        if loudest is None:
            return bell.data["badge"], done
        badge, sent = self._tell(bell, loudest)
        if sent:
            return badge, done
        later = now + RETRY
        return bell.data["badge"], {level: (ring, again or later) for level, (ring, again) in done.items()}

    def _tell(self, bell: Record, level: int) -> tuple[int, bool]:
        """Tell a user what there is to tell; return the number on the icon, and whether nobody has to be told again."""
        waiting = self._waiting(bell.id)
        badge = sum(unread for unread, _ in waiting)
        is_new = level > 1 or (level == 1 and any(undelivered for _, undelivered in waiting))
        if not is_new and badge == bell.data["badge"]:
            return badge, True
        what = "urgent" if level == URGENT else "new" if is_new else "badge"
        collapse = "urgent" if level == URGENT else "new"
        return badge, self._send(bell.id, {"what": what, "badge": badge, "collapse": collapse})

    def _waiting(self, user: str) -> list[tuple[int, int]]:
        """Return, for each pairing, how many messages have not been read, and how many have not arrived.

        From it the number on the icon is worked out, here alone.
        """
        return [
            self._feed.waiting(space, member)
            for space, member in self._feed.memberships(user).items()
            if space != private(user)
        ]

    def _send(self, user: str, payload: dict[str, Any]) -> bool:
        """Send to every device of a user that can be reached; tell whether none has to be tried again."""
        done = True
        for platform, token in self._people.push_tokens(user):
            try:
                self.provider.send(Sent(platform, token, payload))
            except Gone:
                self._people.drop_push(token)
            except Exception as error:  # noqa: BLE001 — whatever a provider raises, the others are still told
                log.warning("a push provider failed", error=type(error).__name__)
                done = False
        return done
