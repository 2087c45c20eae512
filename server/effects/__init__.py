"""Effects: what follows a stored change. An effect cannot undo the change, and a failing effect stops no other."""

from collections.abc import Callable, Mapping, Sequence

import structlog

from sync.record import Record

log = structlog.get_logger()

Effect = Callable[[Record], None]


class Effects:
    """The effects of every change, and the effects of some kinds. ``first`` are run for all changes before all others.

    ``last`` is run for each mutation, with all its changes and the user who made them: it decides who is notified.
    """

    def __init__(
        self,
        first: Sequence[Effect],
        always: Sequence[Effect],
        by_kind: Mapping[str, Sequence[Effect]],
        last: Callable[[Sequence[Record], str], None],
    ) -> None:
        self._first, self._always, self._by_kind, self._last = first, always, by_kind, last

    def follow(self, stored: Sequence[tuple[Sequence[Record], str]]) -> None:
        """Run the effects of some mutations in order. Each is given as its changes and the user who made them."""
        records = [record for changed, _ in stored for record in changed]
        for record in records:
            for effect in self._first:
                _run(effect, record)
        for record in records:
            for effect in (*self._always, *self._by_kind.get(record.kind, ())):
                _run(effect, record)
        for changed, by in stored:
            self._last(changed, by)


def _run(effect: Effect, record: Record) -> None:
    try:
        effect(record)
    except Exception:
        log.exception("an effect failed", effect=effect.__qualname__, kind=record.kind)
