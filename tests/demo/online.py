"""People of the first story: their phones reach a running server by HTTP and by a socket, over a network that fails."""

import time

from tests.conftest import Running
from tests.demo.actors import Actor
from tests.phone import Lost, Phone, Wire
from tests.transports import Http, Socket


class Flaky(Http):
    """HTTP with a bad network: the next answer can be lost, or the next request sent twice."""

    lose_next = twice_next = False

    def call(self, verb: str, body: Wire) -> Wire:
        if self.twice_next:
            self.twice_next = False
            super().call(verb, body)
        answer = super().call(verb, body)
        if self.lose_next:
            self.lose_next = False
            raise Lost
        return answer


class Online(Actor):
    """Somebody whose phone is connected to a running server, or is not."""

    def __init__(self, name: str, server: Running, tokens: Wire) -> None:
        self.server, self.tokens = server, tokens
        self.http = Flaky(server.address, tokens["access_token"])
        super().__init__(name, Phone(self.http, tokens["user"], tokens["device"], lambda: int(time.time() * 1000)))
        self.live: Socket | None = None

    def online(self) -> None:
        self.live = Socket(self.server.address, self.tokens["access_token"], self.phone)

    def offline(self) -> None:
        if self.live is not None:
            self.live.close()
            self.live = None

    def waits_for(self, text: str, space: str, started: float) -> None:
        assert self.live is not None
        self.live.wait(lambda: text in self.phone.texts(space))
        self.says(f"sees “{text}” live, {1000 * (time.perf_counter() - started):.0f} ms later")

    def is_shown(self, kind: str) -> Wire:
        """Wait until the phone is shown a record of some kind, and return it."""
        assert self.live is not None
        frames = self.live.frames
        self.live.wait(lambda: any(frame.get("change", {}).get("kind") == kind for frame in frames))
        self.phone.pull()
        return self.phone.records(kind)[0]
