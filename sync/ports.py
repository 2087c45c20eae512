"""The Protocols that `sync` needs from outside. The store, the accounts and the unit of work satisfy them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sync.clock import Stamp
from sync.pull import Extent, Vector
from sync.record import Key, Record, Wire

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
    """Reads records of spaces, in order. Reads only durably stored data."""

    def consistent(self) -> AbstractContextManager[None]:
        """Let each read in the block see at least what the reads before it saw, on whichever shard."""

    def proven(self, spaces: Iterable[str]) -> dict[str, Extent]:
        """Return the extents of spaces as of now, also just after an election, when a new primary may lag behind."""

    def memberships(self, user: str) -> dict[str, str]:
        """Return {space: member} for all spaces that a user may read, their private space first."""

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, Extent]]:
        """Return {space: member} for all spaces that a user may read, and the extents of these spaces and of ``also``.

        Memberships are read again after the heads: a user who reads up to these heads sees nothing that was stored
        after they lost a space.
        """

    def after(self, space: str, seq: int, until: int, limit: int) -> list[Record]:
        """Return the records that changed in a space after ``seq`` and up to ``until``, oldest change first."""

    def changes(self, space: str, seq: int, until: int, limit: int) -> list[Wire]:
        """Return what `after` returns, as phones see it."""

    def lasting(self, space: str, after: int, until: int, limit: int) -> tuple[list[Wire], int | None]:
        """Return records other than messages and notes after a first_seq, as phones see them, and where to read on.

        That is None at the end. Records that changed after the seq ``until`` are left out.
        """

    def newest(self, space: str, until: int) -> tuple[list[Wire], int | None]:
        """Return the newest messages and notes as phones see them, and before which first_seq there are more.

        Records that changed after the seq ``until`` are left out.
        """

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return the records of a kind that changed in a space after one seq and up to another, oldest change first."""

    def born(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return the records of a kind in a space after one first_seq and up to another, in order; tombstones too."""

    def early(self, space: str, kind: str, now: int) -> int | None:
        """Return the smallest seq of the records of a kind whose ``data["due"]`` is after ``now``, in ms, or None."""

    def get(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the stored records under these keys; a tombstone is returned as a tombstone."""

    def pushed(self, user: str, device: str, since: int, recent: int) -> set[Key]:
        """Return the keys of rows that a device has pushed since a time in ms, in pushes that go on or ended recently.

        A push of several commits has ended recently if its last commit was after the time ``recent``.
        """


class Cursors(Protocol):
    """Turns vectors into strings that only their user can use, and back."""

    def cursor(self, caller: Any, vector: Mapping[str, Any], scope: str = "cursor") -> str:
        """Return a vector as one opaque string, valid for one user and one scope only."""

    def vector(self, caller: Any, cursor: str | None, scope: str = "cursor") -> dict[str, Any]:
        """Return the vector in a cursor; it is {} for None, the beginning.

        Raises BadRequest if it is of another user or scope, and ResyncRequired if it is not known any more.
        """


class CursorViews(Protocol):
    """Numbers that stand for vectors, for clients that can keep one number only."""

    def find(self, device: str, number: int) -> Vector | None:
        """Return the vector behind a number, or None if the number is not known any more."""

    def issue(self, device: str, vector: Vector, now: int, used: int = 0) -> int:
        """Return a new number for a vector, larger than all before it; the number ``used`` stays valid."""


class UnitOfWork(Protocol):
    """Several commands of one caller, decided and stored together. Nothing is written until all are decided."""

    @property
    def caller(self) -> Caller:
        """Who asks."""

    @property
    def now(self) -> int:
        """The server's clock, in ms since the epoch."""

    @property
    def name(self) -> str:
        """The name of the work. It stays the same when the work is run again."""

    def get(self, key: Key) -> Record | None:
        """Return a record as the decisions so far leave it, or None."""

    def usage(self, space: str, kind: str | None = None) -> Any:
        """Return how many ``records`` and ``characters`` there are in a space, of one kind or altogether."""

    def read_ahead(self, keys: list[Key]) -> None:
        """Read many records at once that the work will ask for or change."""

    def shape(self, command: str) -> Any:
        """Return the marshmallow schema of a command's arguments; raises UnknownCommand."""

    def decide(self, name: str, args: Any, stamp: Stamp) -> list[Record]:
        """Return the records that a command would change; raises Refused, or NotYet if it is not admitted now."""

    def charge(self, rows: int) -> None:
        """Count rows, for which no command is decided, as mutations; raises NotYet if there were too many lately."""

    def take(self, records: list[Record]) -> None:
        """Add decided records to the unit of work."""


class Commits(Protocol):
    """Stores what a unit of work decides, in one commit."""

    now: Clock

    def together(self, caller: Any, keys: Sequence[Key], work: Callable[[Any], Answer], push: str = "") -> Answer:
        """Run ``work`` on a `UnitOfWork` in one commit, and return its answer; raises the Problem that it raises.

        The work is run again if another worker was faster, so it may only decide and must have no other effect.
        ``push`` is the id of a push whose rows have these keys: `Reader.pushed` finds them for some time.
        """
