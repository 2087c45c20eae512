"""Receives what other workers publish: on a channel of this worker, and on one channel for all workers."""

import threading
import time
from collections.abc import Callable
from typing import Any

import redis
import structlog

from server.bus import Listener
from server.bus.script import CHANNEL
from server.observability import metrics
from server.sealing.texts import SealedTexts, Unreadable

log = structlog.get_logger()

EVERYBODY = CHANNEL + "everybody"
LINE = "{verb}\t{room}\t{text}"
PATIENCE = 1.0  # seconds to wait for a message before checking whether the subscriber was stopped
SILENT = 2  # pings without an answer after which the connection counts as dead
AGAIN = 0.5  # seconds before Valkey is tried again
MISSED = 15.0  # seconds between two calls of the `missed` listeners while Valkey is down


class Subscriber:
    """Listens until stopped, and reconnects after Valkey was down."""

    def __init__(self, client: Any, worker: str, subscribed: Callable[[], None], texts: SealedTexts) -> None:
        """Take redis-py's client, the worker's name, and a function to call after each subscription to the channels."""
        self._client, self._channel, self._subscribed, self._texts = client, CHANNEL + worker, subscribed, texts
        self._listeners: dict[str, list[Listener]] = {}
        self._stopped, self._unreadable_until = False, 0.0

    def on(self, verb: str, listener: Listener) -> None:
        """Call a listener when other workers publish a verb."""
        self._listeners.setdefault(verb, []).append(listener)

    def start(self) -> None:
        """Start listening, in a thread."""
        threading.Thread(target=self._listen, name="bus subscriber", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._stopped = True

    def _listen(self) -> None:
        was_cut_off, due = False, 0.0
        while not self._stopped:
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as subscriber:
                    subscriber.subscribe(self._channel, EVERYBODY)
                    subscriber.get_message(timeout=PATIENCE)
                    self._subscribed()
                    if was_cut_off:
                        self._miss()
                    was_cut_off, due = False, 0.0
                    self._attend(subscriber)
            except redis.RedisError:
                metrics.BUS_ERRORS.inc()
                if time.monotonic() >= due:
                    self._miss()
                    due = time.monotonic() + MISSED
                was_cut_off = True
            time.sleep(AGAIN)  # nothing tells us when Valkey is back

    def _miss(self) -> None:
        self._take(LINE.format(verb="missed", room="", text=""))

    def _attend(self, subscriber: Any) -> None:
        while not self._stopped:
            message = subscriber.get_message(timeout=PATIENCE)
            if subscriber.health_check_response_counter > SILENT:
                raise redis.TimeoutError("No answer to a ping.")
            if message is not None:
                for line in message["data"].decode().split("\n"):
                    self._take(line)

    def _miss_unreadable(self) -> None:
        """Make phones pull, once in MISSED seconds: a worker with another master key may publish for a long time."""
        if time.monotonic() >= self._unreadable_until:
            self._unreadable_until = time.monotonic() + MISSED
            log.warning("a message from another worker cannot be opened: do all workers have the same MASTER_KEYS?")
            self._miss()

    def _take(self, line: str) -> None:
        """Call the listeners of a line. A failure is logged, and the next lines are still taken.

        A text that cannot be unsealed counts as lost: it comes from a worker with another master key.
        """
        verb, room, sealed = line.split("\t", 2)
        try:
            text = self._texts.open(sealed, f"{verb}|{room}") if sealed else ""
        except Unreadable:
            return self._miss_unreadable()
        metrics.BUS_MESSAGES.labels("in").inc()
        try:
            for listener in self._listeners[verb]:
                listener(room, text)
        except Exception:
            log.exception("an event from another worker failed", verb=verb)
        return None
