"""Live changes of a collection: each stream has its own checkpoint, and a signal that tells it when to read on.

RxDB stores the checkpoint of the rows that it is sent, without looking for gaps. So a stream sends only the rows that
the reader finds after the stream's checkpoint, in order; a signal is only a reason to read.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from pymongo.errors import PyMongoError

from schemas.errors import TryLater
from schemas.table import Table
from server.bus import Bus
from server.commands.context import Caller
from sync.client_databases.corrections import correction_spaces
from sync.client_databases.pager import Page, Pager
from sync.record import Record, private

Watched = tuple[str, str]  # a space, and a kind of record

PAGE = 100  # rows sent at once
SOON = 1_000  # ms after which a database that did not answer is asked again
QUIET = 15.0  # seconds without a change after which a client is told that the stream is still open


class ChangeSignals:
    """The signals that are raised when a record of a kind is stored in a space."""

    def __init__(self, bus: Bus) -> None:
        """Take the bus to other workers."""
        self._signals: dict[str, set[threading.Event]] = {}
        self._bus = bus
        bus.on("ring", lambda place, _: self._notify(place))
        bus.on("missed", lambda *_: self._notify_all())

    def notify(self, record: Record) -> None:
        """Raise the signals for a record's space and kind, on every worker."""
        place = _name((record.space, record.kind))
        self._notify(place)
        self._bus.publish(place, "ring")

    def subscribe(self, signal: threading.Event, places: set[Watched]) -> None:
        """Also raise a signal for changes in some places, each of which is a space and a kind."""
        for place in map(_name, places):
            if place not in self._signals:
                self._signals[place] = set()
                self._bus.subscribe(place)
            self._signals[place].add(signal)
        self._bus.flush()

    def unsubscribe(self, signal: threading.Event, places: set[Watched]) -> None:
        """Stop raising a signal for changes in some places."""
        for place in map(_name, places):
            self._signals[place].discard(signal)
            if not self._signals[place]:
                del self._signals[place]
                self._bus.unsubscribe(place)

    def _notify(self, place: str) -> None:
        for signal in list(self._signals.get(place, ())):
            signal.set()

    def _notify_all(self) -> None:
        for place in list(self._signals):
            self._notify(place)


def _name(place: Watched) -> str:
    """Return the room of the bus for changes to records of a kind in a space."""
    return "|".join(place)


class StreamLimits(NamedTuple):
    """How many streams there may be; 0: any number."""

    device: int  # of one device
    account: int  # of all its devices
    table: int = 4  # of one collection on one device: two, and two whose end is not noticed yet


class Stream:
    """The live changes of one collection for one user. A stream misses no change from its creation on."""

    open: ClassVar[dict["Stream", None]] = {}  # oldest first

    def __init__(self, pager: Pager, signals: ChangeSignals, caller: Caller, table: Table, most: StreamLimits) -> None:
        """Subscribe to the changes; raises PyMongoError or TryLater. At a limit, the oldest ends: it may be dead."""
        self.device, self._user, self._table = caller.device, caller.user, table
        theirs = [stream for stream in list(Stream.open) if stream._user == self._user]  # noqa: SLF001 — other streams
        of_device = [stream for stream in theirs if stream.device == self.device]
        of_table = [stream for stream in of_device if stream._table is table]  # noqa: SLF001
        for mine, limit in ((of_table, most.table), (of_device, most.device), (theirs, most.account)):
            for stream in mine[: max(0, len(mine) + 1 - limit)] if limit else ():
                stream.close()
        self._pager, self._signals = pager, signals
        self._signal, self._places = threading.Event(), set[Watched]()
        self.closed = False
        Stream.open[self] = None
        try:
            corrections = {(space, table.kind) for space in correction_spaces(self._user)}
            self._listen({(private(self._user), "membership"), *corrections})
            self._listen({(space, table.kind) for space in pager.scheme(self._user).spaces})
            self._checkpoint = pager.now_at(self._user, table)
        except BaseException:
            self.close()
            raise
        self._signal.set()  # read at once: a correction may be about to fall due

    def pages(self, require_may_listen: Callable[[], Any]) -> Iterator[Page | None]:
        """Yield pages of new rows, and None after each wait without new rows, until the stream is closed.

        ``require_may_listen`` is called before each read, and raises if the user may not listen any more.
        """
        again_at: int | None = None
        try:
            while True:
                self._signal.wait(self._patience(again_at))
                self._signal.clear()
                if self.closed:
                    return
                page = self._read(require_may_listen)
                again_at = page.again_at if page else self._pager.now() + SOON
                yield page if page and page.rows else None
        finally:
            self.close()

    def close(self) -> None:
        """End the stream. Any greenlet may call this, more than once."""
        self.closed = True
        self._signal.set()
        Stream.open.pop(self, None)
        self._signals.unsubscribe(self._signal, self._places)
        self._places = set()

    def _read(self, require_may_listen: Callable[[], Any]) -> Page | None:
        """Return the next page; None if the database does not answer, or too many clients read at once.

        The stream reads on at once after a full page, and after a page with a new space: a record may have been stored
        in that space before the stream subscribed to it.
        """
        try:
            require_may_listen()
            page = self._pager.page(self._user, self._table, self._checkpoint, PAGE)
        except (PyMongoError, TryLater):
            return None
        self._checkpoint = page.checkpoint
        new = {(space, self._table.kind) for space in page.spaces} - self._places
        self._listen(new)
        if new or len(page.rows) == PAGE:
            self._signal.set()
        return page

    def _patience(self, again_at: int | None) -> float:
        """Return for how many seconds to wait without a signal."""
        return QUIET if again_at is None else min(QUIET, max(0.0, (again_at - self._pager.now()) / 1000) + 0.01)

    def _listen(self, places: set[Watched]) -> None:
        self._signals.subscribe(self._signal, places)
        self._places |= places
