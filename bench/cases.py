"""What somebody's clients have not got: messages that were written while they were away, or before they were there."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from bench import past
from bench.client import Client, account, pairings, person, phone
from bench.readers import Reader, place_after
from bench.stage import Stage

SPACES = 20


class Case(NamedTuple):
    """Messages that are missing. Clients do not tell when they have got them, so each can do so many times."""

    name: str
    count: int
    after: dict[str, int]  # {space: seq}: those after these
    phones: dict[Reader, tuple[str, Any]]  # the access token and the place of a client of each sort


class Person:
    """Somebody in 20 conversations, in which somebody else writes."""

    def __init__(self, stage: Stage) -> None:
        self._mongo, self._address, self._user = stage.mongo, stage.server.address, account(stage.mongo, "peer")
        specialist = Client(self._address, person(stage.mongo, "specialist"))
        peer = Client(self._address, self._phone())
        self._spaces = pairings(specialist, peer, SPACES)
        specialist.close()
        peer.close()

    def is_written(self, count: int) -> None:
        """Let somebody else write messages."""
        past.write(self._mongo, self._spaces, count // SPACES)

    def new(self, count: int, readers: Iterable[Reader]) -> Case:
        """Return the case of clients that have nothing yet."""
        phones = {reader: (self._phone(), None) for reader in readers}
        return Case(f"{count:,} at first", count, dict.fromkeys(self._spaces, 0), phones)

    def away(self, count: int, readers: Iterable[Reader]) -> Case:
        """Return the case of clients that have all there is, and will miss what is written next."""
        phones = {reader: self._up_to_date(reader) for reader in readers if not reader.partial}
        return Case(f"{count:,} missed", count, past.heads(self._mongo, self._spaces), phones)

    def _up_to_date(self, reader: Reader) -> tuple[str, Any]:
        token = self._phone()
        client = Client(self._address, token)
        places = [place_after(answer.body) for answer in reader.read(client, None)]
        client.close()
        return token, next(place for place in reversed(places) if place is not None)

    def _phone(self) -> str:
        return phone(self._mongo, self._user, "peer")
