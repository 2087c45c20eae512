"""What phones did and saw, line by line: all that the checker is given.

Each phone writes one JSONL file. A line has `t` (ns, one clock for all phones of a run), `phone`, `user`, `event`, and:

==========  ===================================================================================
invoke      `mutation`, `name`, `args`: somebody did something, from now on it may be stored
ok          `mutation`, `changes`: done, as the server says
fail        `mutation`, `code`: a final no
info        `mutations`: no answer; they may have been done, or may still be, or not
saw         `change`: a record reached the phone, whichever way
lost        `space`, `seq`: the phone may receive nothing that is stored in the space after this seq
replica     `changes`: all that the phone has in the end
==========  ===================================================================================
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.push import settled
from tests.phone import Lost, Phone, Transport, Wire
from tests.transports import Failed


class Pen:
    """Writes the history of one phone."""

    def __init__(self, directory: Path, phone: str, user: str) -> None:
        self._file = (directory / f"{phone}.jsonl").open("w")
        self._who, self._lock = {"phone": phone, "user": user}, threading.Lock()

    def write(self, event: str, **what: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"t": time.monotonic_ns(), **self._who, "event": event, **what}) + "\n")

    def close(self) -> None:
        self._file.close()


class CheckedPhone(Phone):
    """A phone that writes down what it does and sees, and remembers all that it ever did."""

    def __init__(self, transport: Transport, user: str, device: str, now: Any, pen: Pen) -> None:
        super().__init__(transport, user, device, now)
        self.pen, self.done = pen, []

    def does(self, name: str, /, **args: Any) -> Wire:
        mutation = super().does(name, **args)
        self.pen.write("invoke", mutation=mutation["id"], name=name, args=args)
        self.done.append(mutation)
        return mutation

    def push(self) -> list[Wire]:
        with self._asking_for(self._load()):
            return super().push()

    def sync(self, limit: int = 500) -> list[Wire]:
        with self._asking_for(self._load()):
            return super().sync(limit)

    def whole(self) -> None:
        """Fetch everything, history included, and write down what there is."""
        self.pull()
        for space in list(self.older):
            while self.scroll(space):
                pass
        self.pen.write("replica", changes=list(self.replica.values()))

    @contextmanager
    def _asking_for(self, mutations: list[Wire]) -> Iterator[None]:
        try:
            yield
        except (Lost, Failed):
            self.pen.write("info", mutations=[mutation["id"] for mutation in mutations])
            raise

    def _settle(self, outcomes: list[Wire]) -> list[Wire]:
        for outcome in outcomes:
            if outcome["ok"]:
                self.pen.write("ok", mutation=outcome["id"], changes=outcome["changes"])
            elif settled(outcome):
                self.pen.write("fail", mutation=outcome["id"], code=outcome["error"]["code"])
            else:
                self.pen.write("info", mutations=[outcome["id"]])
        return super()._settle(outcomes)

    def hear(self, frame: Wire) -> None:
        self.pen.write("saw", change=frame["change"])  # whether it is kept or not
        super().hear(frame)

    def _take(self, page: Wire, asked: str | None) -> bool:
        self._see(page["changes"])
        return super()._take(page, asked)

    def scroll(self, space: str, limit: int = 100) -> bool:
        more = super().scroll(space, limit)
        self._see(change for change in self.replica.values() if change["space"] == space)
        return more

    def _see(self, changes: Iterable[Wire]) -> None:
        for change in changes:
            self.pen.write("saw", change=change)


def read(directory: Path) -> list[Wire]:
    """Return the lines of all histories, in the order in which they happened."""
    lines = [json.loads(line) for path in directory.glob("*.jsonl") for line in path.read_text().splitlines()]
    return sorted(lines, key=lambda line: line["t"])
