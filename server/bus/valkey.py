"""The bus over Valkey or Redis: a set of workers for each room, and a channel for each worker."""

import threading
import time
from collections import deque

import redis
import structlog

from server.bus import Bus, Listener
from server.bus.script import SCRIPT, SETS
from server.bus.subscriber import AGAIN, EVERYBODY, LINE, Subscriber
from server.observability import metrics

log = structlog.get_logger()

TIMEOUT = 1.0  # seconds that anything asked of it may take
PING = 5  # seconds without a word after which a connection is tried
MOST_ASKS = 1_000  # things asked at once
WAITING = 20_000  # things that may wait to be asked; more are dropped, and phones are told to pull
HELD = 600.0  # seconds after which every room is held anew: less than a set is kept

Ask = tuple[str, str, str]  # a room, a verb, a text


class Valkey(Bus):
    """One worker's end of it. Whoever says something leaves it in a queue; a thread of the bus's own asks."""

    def __init__(self, url: str) -> None:
        """Take the address, ``redis://host:port/0``."""
        super().__init__()
        self._client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=PING, retry=None
        )
        self._script = self._client.register_script(SCRIPT)
        self._subscriber = Subscriber(self._client, self.worker, self._resubscribe)
        self._asked: deque[Ask] = deque()
        self._rooms: set[str] = set()
        self._called, self._progress = threading.Event(), threading.Condition()
        self._put, self._done = 0, 0
        self._up: bool | None = None  # None: it is not known yet
        self._lost, self._stopped = False, False
        self._again_at = 0.0

    def on(self, verb: str, listener: Listener) -> None:
        """Call this when others publish a verb; ``missed`` comes when something may not have arrived."""
        self._subscriber.on(verb, listener)

    def start(self) -> None:
        """Begin to publish, and to receive."""
        self._subscriber.start()
        threading.Thread(target=self._speak, name="bus", daemon=True).start()

    def stop(self) -> None:
        """End it; what others publish from now on reaches nobody here."""
        self._stopped = True
        self._subscriber.stop()
        self._called.set()

    def subscribe(self, room: str) -> None:
        """Receive from now on what others publish in a room."""
        self._rooms.add(room)
        self.publish(room, "hold")

    def unsubscribe(self, room: str) -> None:
        """Receive it no more."""
        self._rooms.discard(room)
        self.publish(room, "release")

    def flush(self) -> None:
        """Wait, for a moment at most, until others know of the subscriptions; not at all while Valkey is down."""
        if self._asked:
            with self._progress:
                mine = self._put
                self._progress.wait_for(lambda: self._done >= mine or not self._up, TIMEOUT)

    def publish(self, room: str, verb: str, text: str = "") -> None:
        """Tell the other workers that hold a room. ``text`` has no line breaks."""
        if self._up and len(self._asked) < WAITING:
            self._put += 1
            self._asked.append((room, verb, text))
            self._called.set()
        else:
            self._lost = True

    def _speak(self) -> None:
        while not self._stopped:
            try:
                if not self._up:
                    self._come_back()
                if time.monotonic() >= self._again_at:
                    self._subscribe_all()
                while self._asked:
                    self._tell()
                self._called.wait(HELD)
                self._called.clear()
            except redis.RedisError as error:
                self._go_down(error)

    def _tell(self) -> None:
        """Run the script for what has gathered."""
        some = [self._asked.popleft() for _ in range(min(MOST_ASKS, len(self._asked)))]
        self._run(some)
        with self._progress:
            self._done += len(some)
            self._progress.notify_all()

    def _run(self, asks: list[Ask]) -> None:
        words = [word for _, verb, text in asks for word in (verb, text)]
        told = self._script(keys=[SETS + room for room, _, _ in asks], args=[self.worker, *words])
        metrics.BUS_MESSAGES.labels("out").inc(told)

    def _resubscribe(self) -> None:
        """Subscribe to every room anew: workers that published while we could not receive have taken us out."""
        self._again_at = 0.0
        self._called.set()

    def _come_back(self) -> None:
        """Subscribe to every room anew. What was published meanwhile is lost, and every worker is told so."""
        self._client.ping()
        self._up = True
        self._subscribe_all()
        if self._lost:
            self._client.publish(EVERYBODY, LINE.format(verb="missed", room="", text=""))
            self._lost = False

    def _subscribe_all(self) -> None:
        self._again_at = time.monotonic() + HELD
        rooms = list(self._rooms)
        for start in range(0, len(rooms), MOST_ASKS):
            self._run([(room, "hold", "") for room in rooms[start : start + MOST_ASKS]])

    def _go_down(self, error: Exception) -> None:
        """Publish no more until Valkey answers again; nobody waits for it meanwhile."""
        metrics.BUS_ERRORS.inc()
        if self._up is not False:
            log.warning("the bus does not answer: live frames reach this worker's phones only", error=str(error))
        self._up, self._lost = False, True
        with self._progress:
            self._asked.clear()
            self._done = self._put
            self._progress.notify_all()
        time.sleep(AGAIN)  # nothing tells us when Valkey is back
