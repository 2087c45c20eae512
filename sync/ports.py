"""What reconciliation asks of the outside, as Protocols. The store, the accounts and the unit of work satisfy them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sync.clock import Stamp
from sync.pull import Extent, Vector
from sync.record import Key, Record

Clock = Callable[[], int]  # ms since the epoch
Answer = TypeVar("Answer")


class Caller(Protocol):
    """Who asks: a user, on one of their devices."""

    @property
    def user(self) -> str:
        """The user's account id."""

    @property
    def device(self) -> str:
        """The id of the device."""


class Reader(Protocol):
    """Reads records of spaces, in order, and only what is safely stored."""

    def memberships(self, user: str) -> dict[str, str]:
        """Return {space: member} for all that a user may read, their private space first."""

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, Extent]]:
        """Return {space: member} for all that a user may read, and where these spaces, and some others, stand.

        Membership is looked at again after the heads: who reads no further never sees what came after they lost it.
        """

    def after(self, space: str, seq: int, until: int, limit: int) -> list[Record]:
        """Return what changed in a space after a seq and not past another, oldest first."""

    def newest(self, space: str, until: int) -> tuple[list[Record], int | None]:
        """Return what a phone needs to show a space, and the first_seq before which there is more (None: nothing)."""

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return what changed of one kind in a space after a seq and not past another, oldest first."""

    def born(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return one kind of a space, tombstones too, first stored after a place and not past another, in order."""

    def early(self, space: str, kind: str, now: int) -> int | None:
        """Return the seq of the first record of a kind whose time has not come, or None."""

    def get(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return those of some records that there are; a tombstone is returned as such."""


class Cursors(Protocol):
    """Turns vectors into strings that only their user can use, and back."""

    def cursor(self, user: str, vector: Mapping[str, Any], scope: str = "cursor") -> str:
        """Return a vector as one opaque string, good for one user and one scope."""

    def vector(self, user: str, cursor: str | None, scope: str = "cursor") -> dict[str, Any]:
        """Return the vector in a cursor; None is the beginning. Raises BadRequest for any but the user's own."""


class CursorViews(Protocol):
    """Numbers that stand for vectors, for clients that can keep one number only."""

    def find(self, device: str, number: int) -> Vector | None:
        """Return the vector behind a number, or None if it is not known any more."""

    def issue(self, device: str, vector: Vector, now: int, used: int = 0) -> int:
        """Return a new number for a vector, larger than all before it; the ``used`` one is kept."""


class UnitOfWork(Protocol):
    """Several commands of one caller, decided together and stored together. Nothing is written until it is done."""

    @property
    def caller(self) -> Caller:
        """Who asks."""

    @property
    def now(self) -> int:
        """The server's clock, in ms since the epoch."""

    @property
    def name(self) -> str:
        """The same for the same work, however often it is decided."""

    def get(self, key: Key) -> Record | None:
        """Return a record as the decisions leave it, or None."""

    def read_ahead(self, keys: list[Key]) -> None:
        """Read many records at once, which are going to be asked for or changed."""

    def shape(self, command: str) -> Any:
        """Return the marshmallow schema of a command's arguments; raises UnknownCommand."""

    def decide(self, name: str, args: Any, stamp: Stamp) -> list[Record]:
        """Return what a command would change; raises Refused."""

    def take(self, records: list[Record]) -> None:
        """Take in what was decided."""


class Commits(Protocol):
    """Stores what a unit of work decides, in one commit."""

    now: Clock

    def together(self, caller: Any, keys: Sequence[Key], work: Callable[[Any], Answer]) -> Answer:
        """Do some work on a `UnitOfWork` in one commit, and return its answer; raises the Problem it raises.

        The work is done again if another worker was faster, so it must do nothing but decide.
        """
