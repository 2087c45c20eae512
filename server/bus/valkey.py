"""The bus over Valkey or Redis: a set of workers for each room, and a channel for each worker."""

import threading
import time
from collections import deque
from collections.abc import Sequence

import redis
import structlog

from server.bus import Bus, Listener
from server.bus.script import CHANNEL, SCRIPT, SETS
from server.bus.subscriber import AGAIN, EVERYBODY, LINE, Subscriber
from server.observability import metrics
from server.sealing.texts import SealedTexts

log = structlog.get_logger()

TIMEOUT = 1.0  # seconds that a call to Valkey may take
PING = 5  # seconds without traffic after which a connection is checked with a ping
MOST_MESSAGES = 1_000  # messages in one call of the script
WAITING = 20_000  # messages that may wait; more are dropped, and phones are told to pull
HELD = 600.0  # seconds between two renewals of all subscriptions: less than KEPT, the lifetime of a set in Valkey

Message = tuple[str, str, str, str]  # a room, a verb, a sealed text, and the set of a room that is joined or ""


class Valkey(Bus):
    """One worker's end of the bus. Callers put messages into a queue; a thread of the bus sends them to Valkey."""

    def __init__(self, url: str, master_keys: Sequence[bytes]) -> None:
        """Take the address, ``redis://host:port/0``, and the keys that seal what workers publish."""
        super().__init__()
        self._texts = SealedTexts(master_keys, "bus")
        self._client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=PING, retry=None
        )
        self._script = self._client.register_script(SCRIPT)
        self._subscriber = Subscriber(self._client, self.worker, self._resubscribe, self._texts)
        self._waiting: deque[Message] = deque()
        self._rooms: set[str] = set()
        self._called, self._progress = threading.Event(), threading.Condition()
        self._put, self._done = 0, 0
        self._up: bool | None = None  # None: not known yet
        self._lost, self._stopped = False, False
        self._again_at = 0.0

    def on(self, verb: str, listener: Listener) -> None:
        """Call a listener when other workers publish a verb; ``missed`` means that messages may have been lost."""
        self._subscriber.on(verb, listener)

    def start(self) -> None:
        """Start publishing and receiving, each in a thread."""
        self._subscriber.start()
        threading.Thread(target=self._speak, name="bus", daemon=True).start()

    def stop(self) -> None:
        """Stop publishing and receiving; what other workers publish from now on does not arrive here."""
        self._stopped = True
        self._subscriber.stop()
        self._called.set()

    def subscribe(self, room: str) -> None:
        """Receive from now on what other workers publish in a room."""
        self._rooms.add(room)
        self.publish(room, "hold")

    def unsubscribe(self, room: str) -> None:
        """Stop receiving what other workers publish in a room."""
        self._rooms.discard(room)
        self.publish(room, "release")

    def flush(self) -> None:
        """Wait until this worker's subscriptions are in force: TIMEOUT at most, and not at all while Valkey is down."""
        if self._waiting:
            with self._progress:
                mine = self._put
                self._progress.wait_for(lambda: self._done >= mine or not self._up, TIMEOUT)

    def publish(self, room: str, verb: str, text: str = "") -> None:
        """Publish to the other workers that are subscribed to a room. ``text`` has no line breaks."""
        if self._up and len(self._waiting) < WAITING:
            self._put += 1
            sealed = self._texts.seal(text, f"{verb}|{room}") if text else ""
            self._waiting.append((room, verb, sealed, SETS + text if verb == "join" else ""))
            self._called.set()
        else:
            self._lost = True

    def held(self, rooms: Sequence[str]) -> set[str]:
        """Return those of the rooms to which a worker is subscribed; none while Valkey is down.

        A worker that died stays in the sets for a while. It does not count, because its channel has no subscriber.
        """
        if not self._up or not rooms:
            return set()
        try:
            asked = self._client.pipeline(transaction=False)
            for room in rooms:
                asked.smembers(SETS + room)
            asked.pubsub_channels(CHANNEL + "*")
            *sets, channels = asked.execute()
            alive = {channel.removeprefix(CHANNEL.encode()) for channel in channels}
            return {room for room, workers in zip(rooms, sets, strict=True) if workers & alive}
        except redis.RedisError:
            metrics.BUS_ERRORS.inc()
            return set()

    def _speak(self) -> None:
        while not self._stopped:
            try:
                if not self._up:
                    self._come_back()
                if time.monotonic() >= self._again_at:
                    self._subscribe_all()
                while self._waiting:
                    self._tell()
                self._called.wait(HELD)
                self._called.clear()
            except redis.RedisError as error:
                self._go_down(error)

    def _tell(self) -> None:
        """Run the script once for the messages that wait, MOST_MESSAGES at most."""
        some = [self._waiting.popleft() for _ in range(min(MOST_MESSAGES, len(self._waiting)))]
        self._run(some)
        with self._progress:
            self._done += len(some)
            self._progress.notify_all()

    def _run(self, messages: list[Message]) -> None:
        words = [word for message in messages for word in message[1:]]
        told = self._script(keys=[SETS + message[0] for message in messages], args=[self.worker, *words])
        metrics.BUS_MESSAGES.labels("out").inc(told)

    def _resubscribe(self) -> None:
        """Subscribe to every room again: while this worker could not receive, others took it out of the sets."""
        self._again_at = 0.0
        self._called.set()

    def _come_back(self) -> None:
        """Subscribe to every room again, and tell every worker if messages were lost meanwhile."""
        self._client.ping()
        self._up = True
        self._subscribe_all()
        if self._lost:
            self._client.publish(EVERYBODY, LINE.format(verb="missed", room="", text=""))
            self._lost = False

    def _subscribe_all(self) -> None:
        self._again_at = time.monotonic() + HELD
        rooms = list(self._rooms)
        for start in range(0, len(rooms), MOST_MESSAGES):
            self._run([(room, "hold", "", "") for room in rooms[start : start + MOST_MESSAGES]])

    def _go_down(self, error: Exception) -> None:
        """Publish nothing until Valkey answers again; no caller waits for Valkey meanwhile."""
        metrics.BUS_ERRORS.inc()
        if self._up is not False:
            log.warning("the bus does not answer: live frames reach this worker's phones only", error=str(error))
        self._up, self._lost = False, True
        with self._progress:
            self._waiting.clear()
            self._done = self._put
            self._progress.notify_all()
        time.sleep(AGAIN)  # nothing tells us when Valkey is back
