"""Sending notifications that are due: if there is still something new for a user, all the user's devices are told."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.backend import Backend
from server.commands.personal.bell import URGENT
from server.commands.personal.quiet import loud_from
from server.notifications.pending import concerns
from server.notifications.provider import Gone, Provider, Sent
from server.store.accounts import AccountStore
from server.store.reader import Reader, Unread
from sync.clock import MINUTE
from sync.record import Key, Record, private

log = structlog.get_logger()

AT_ONCE = 8  # users who are notified at the same time
PATIENCE = 2.0  # seconds to wait for a provider; it may take longer, while other users are served
RETRY = MINUTE  # ms after which a provider that failed is tried again; then twice that, four times that, and so on
TRIES = 8  # tries, over two hours, after which a device that cannot be reached is given up

Fates = dict[str, dict[str, Any]]  # {level: {ring, again, left?, tries?}}, as `bell.settle` takes it


class NotificationSender:
    """Notifies devices. A notification only says that there is something new, and the number on the icon."""

    def __init__(self, backend: Backend, reader: Reader, account_store: AccountStore, provider: Provider) -> None:
        self._backend, self._reader, self._account_store, self.provider = backend, reader, account_store, provider
        self._pools = ThreadPoolExecutor(AT_ONCE), ThreadPoolExecutor(AT_ONCE)  # the second for calls for help
        self._under_way: set[str] = set()

    def push(self, pending: Sequence[Record]) -> None:
        """Notify the users of some due `bell` records. A user whose devices take long keeps no other user waiting."""
        running = []
        for bell in pending:
            if bell.id not in self._under_way:
                self._under_way.add(bell.id)
                running.append(self._pools[str(URGENT) in bell.data["dues"]].submit(self._one, bell))
        wait(running, PATIENCE)

    def _one(self, bell: Record) -> None:
        try:
            badge, done = self._told(bell)
            args = {"user": bell.id, "badge": badge, "done": done}
            self._backend.order("bell.settle", args, str(uuid_utils.uuid7()))
        except (Problem, PyMongoError) as error:
            log.warning("a notification is tried again", error=type(error).__name__)
        except Exception:
            log.exception("a notification failed")
        finally:
            self._under_way.discard(bell.id)

    def _told(self, bell: Record) -> tuple[int, Fates]:
        """Send what is due; return the number that the icons show now, and what became of each level."""
        now = self._backend.now()
        key = Key(private(bell.id), "quiet", "me")
        until = loud_from(self._reader.get([key]).get(key), now)
        due = {level: one for level, one in bell.data["dues"].items() if one["at"] <= now}
        held = {level for level in due if until > now and int(level) < URGENT}
        loud = due.keys() - held
        fates: Fates = {level: {"ring": one["ring"], "again": None} for level, one in due.items()}
        fates |= {level: {**fates[level], "again": until} for level in held}
        if not loud:
            return bell.data["badge"], fates
        badge, left = self._tell(bell, {level: due[level] for level in loud})
        tries = 1 + max(due[level].get("tries", 0) for level in loud)
        if left and tries < TRIES:
            later = {"again": now + RETRY * 2 ** (tries - 1), "left": left, "tries": tries}
            fates |= {level: {**fates[level], **later} for level in loud}
        return badge, fates

    def _tell(self, bell: Record, due: Mapping[str, Mapping[str, Any]]) -> tuple[int, list[str]]:
        """Notify a user if there is news; return the number on the icon, and the devices that must be tried again."""
        unread = self._unread(bell.id)
        badge = sum(one.messages for one in unread.values())
        news = {int(level) for level, one in due.items() if self._is_new(int(level), one["about"], unread)}
        is_left = any(one.get("left") for one in due.values())
        if not news and badge == bell.data["badge"] and not is_left:
            return badge, []
        what = "urgent" if URGENT in news else "new" if news else "badge"
        payload = {"what": what, "badge": badge, "collapse": "urgent" if what == "urgent" else "new"}
        only = {name for one in due.values() for name in one.get("left", ())}
        return badge, self._send(bell.id, payload, only if all(one.get("left") for one in due.values()) else None)

    def _is_new(self, level: int, about: Sequence[Sequence[str]], unread: Mapping[str, Unread]) -> bool:
        """Tell whether a level has news for a user: messages not delivered, or records that the user may still see."""
        if level == 1:
            return any(one.undelivered for one in unread.values())
        keys = [Key(*key) for key in about]
        found = self._reader.get([key for key in keys if key.space in unread])
        return level > 1 and any(concerns(record) for record in found.values())

    def _unread(self, user: str) -> dict[str, Unread]:
        """Return the unread messages of each space of a user. The number on the icon is computed from these only."""
        members = self._reader.memberships(user)
        del members[private(user)]
        return {private(user): Unread(0, 0), **self._reader.unread(user, members)}

    def _send(self, user: str, payload: dict[str, Any], only: set[str] | None) -> list[str]:
        """Send to the devices of a user that can be reached, or only to some of them; return those that failed."""
        failed = []
        for device, platform, token in self._account_store.push_tokens(user):
            if only is not None and device not in only:
                continue
            try:
                self.provider.send(Sent(platform, token, payload))
            except Gone:
                self._account_store.drop_push(token)
            except Exception as error:  # noqa: BLE001 — whatever a provider raises, the others are still told
                log.warning("a push provider failed", error=type(error).__name__)
                failed.append(device)
        return failed
