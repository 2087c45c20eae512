"""Sending notifications that are due: decides from the state what each device of a user is told now, and sends it."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.backend import Backend
from server.commands.personal.bell import URGENT
from server.notifications.decision import decide, told_nothing
from server.notifications.delivery import Delivery
from server.notifications.provider import Gone, Sent
from server.notifications.round import Fates, Round
from server.notifications.situation import Situations
from server.notifications.unsettled import Unsettled
from server.observability import metrics
from server.store.in_flight import GROUP
from server.store.push_tokens import PushTokens
from sync.record import Record, Wire

log = structlog.get_logger()

AT_ONCE = 8  # users whose notifications are decided at the same time
PATIENCE = 0.2  # seconds that a run waits for its rounds; slower rounds go on while the next run begins


class NotificationSender:
    """Notifies devices. A notification only says that there is something new, and the number on the icon."""

    def __init__(self, backend: Backend, situations: Situations, push_tokens: PushTokens, delivery: Delivery) -> None:
        self._backend, self._situations, self._push_tokens = backend, situations, push_tokens
        self._delivery = delivery
        self._pools = ThreadPoolExecutor(AT_ONCE), ThreadPoolExecutor(AT_ONCE)  # the second for calls for help
        self._under_way: set[str] = set()
        self._over: deque[Round] = deque()  # rounds that wait to be settled
        self._unsettled = Unsettled()

    def push(self, pending: Sequence[Record]) -> None:
        """Notify the users of some due `bell` records. A user whose devices take long keeps no other user waiting."""
        running: list[Future[None]] = []
        now = self._backend.now()
        for bell in pending:
            if bell.id not in self._under_way and not self._unsettled.waits(bell, now):
                self._under_way.add(bell.id)
                found = self._round(bell)
                running.append(found.over)
                self._pool(bell).submit(self._begin, found)
        wait(running, PATIENCE)

    def _round(self, bell: Record) -> Round:
        """Return a round with the levels of a bell that are due now; `_decided` puts off those in quiet hours."""
        now = self._backend.now()
        due = {level: one for level, one in bell.data["dues"].items() if one["at"] <= now}
        fates: Fates = {level: {"ring": one["ring"], "again": None} for level, one in due.items()}
        return Round(bell, fates, bell.data["badge"], {})

    def _begin(self, one: Round) -> None:
        """Decide what each device of a user is told, and hand it to the delivery."""
        try:
            jobs = self._decided(one)
            one.begin(device for device, _, _ in jobs)
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one user, the others are still told
            _report(error, "a notification is tried again")
            self._end(one)
        else:
            for device, sents, after in jobs:
                self._delivery.send(sents, partial(self._answered, one, device, sents[0].token, after))
            if not jobs:
                self._settle(one)

    def _decided(self, one: Round) -> list[tuple[str, list[Sent], Wire]]:
        """Return [(device, payloads, what it has been told once they are sent)] for devices that get a payload."""
        now, bell = self._backend.now(), one.bell
        one.told = self._unsettled.told(bell)
        until = self._situations.loud_from(bell.id, now)
        for level, fate in one.fates.items():
            fate["again"] = until if until > now and int(level) < URGENT else None
        loud = [level for level, fate in one.fates.items() if fate["again"] is None]
        if not loud:
            return []
        situation, jobs = self._situations.read(bell, loud, now), []
        before, one.badge, one.told = one.told, situation.badge, {}
        for device, sent in self._situations.devices(bell.id):
            told = before.get(device.id, told_nothing(bell.data["badge"]))
            payloads, after = decide(situation, device, told)
            one.told[device.id] = told if payloads else after
            if payloads:
                jobs.append((device.id, [sent._replace(payload=payload) for payload in payloads], after))
        return jobs

    def _answered(self, one: Round, device: str, token: str, after: Wire, error: Exception | None) -> None:
        """Take the outcome of one device; raises nothing. After the last device, the round is settled."""
        if isinstance(error, Gone):
            self._pool(one.bell).submit(self._push_tokens.forget, token)
        if one.answered(device, after, error):
            self._pool(one.bell).submit(self._settle, one)

    def _settle(self, one: Round) -> None:
        """Settle a round together with all other rounds that are over: in one commit, GROUP rounds at most."""
        self._over.append(one)
        rounds = list[Round]()
        while self._over and len(rounds) < GROUP:
            with suppress(IndexError):  # another thread took the last
                rounds.append(self._over.popleft())
        if not rounds:
            return
        try:
            now = self._backend.now()
            self._backend.order_all("bell.settle", [(each.settled(now), str(uuid_utils.uuid7())) for each in rounds])
        except Exception as error:  # noqa: BLE001 — a round that is not ended would never be tried again
            self._unsettled.add(rounds, self._backend.now())
            _report(error, "notifications could not be settled")
        else:
            self._unsettled.forget(rounds)
        finally:
            for each in rounds:
                self._end(each)

    def _end(self, one: Round) -> None:
        self._under_way.discard(one.bell.id)
        one.over.set_result(None)

    def _pool(self, bell: Record) -> ThreadPoolExecutor:
        return self._pools[str(URGENT) in bell.data["dues"]]


def _report(error: Exception, what: str) -> None:
    """Log a failure: in one line if it is expected, as while the database is away, and else with a traceback."""
    if isinstance(error, Problem | PyMongoError):
        metrics.failed(error)
        log.warning(what, error=type(error).__name__)
    else:
        log.error(what, exc_info=error)
