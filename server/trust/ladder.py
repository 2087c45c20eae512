"""Who is called when somebody needs a person now, one rung after the other. It is data: see ladder.json."""

from dataclasses import dataclass
from importlib.resources import files
from json import loads

from sync.clock import MINUTE


@dataclass(frozen=True, slots=True)
class Rung:
    """Some people, and how long they are waited for before the next are called as well."""

    who: str  # specialist, on_call, supervisor
    minutes: int


_data = loads((files(__package__) / "ladder.json").read_text(encoding="utf-8"))

RUNGS = tuple(Rung(**row) for row in _data["rungs"])
AGAIN = _data["again_minutes"] * MINUTE  # after the last rung, until all are called anew
