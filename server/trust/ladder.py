"""The ladder of an SOS: the people who are called, one rung after the other. The rungs are data: see ladder.json."""

from dataclasses import dataclass
from importlib.resources import files
from json import loads

from sync.clock import MINUTE


@dataclass(frozen=True, slots=True)
class Rung:
    """The people of one rung, and the minutes to wait for them before the next rung is called as well."""

    who: str  # specialist, on_call, supervisor
    minutes: int


_data = loads((files(__package__) / "ladder.json").read_text(encoding="utf-8"))

RUNGS = tuple(Rung(**row) for row in _data["rungs"])
AGAIN = _data["again_minutes"] * MINUTE  # ms after the last rung until all are called again
