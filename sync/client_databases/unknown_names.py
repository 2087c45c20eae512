"""Tables in a request of WatermelonDB that Beside does not have: refused with advice, unless they are pushed empty."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from schemas.errors import BadRequest
from schemas.table import TABLES

FORM = "Send {table: {created, updated, deleted}}, and last_pulled_at in the query."
LEAVE_OUT = "Leave out your own (`local` of `syncer`)."
EMPTY: Any = {"created": [], "updated": [], "deleted": []}
SHOWN_CHARACTERS = 64  # characters of a name that an error message repeats
CURSORS = {"last_pulled_at", "lastPulledAt"}


def require_empty(name: str, changes: Any) -> None:
    """Raise BadRequest, with advice, unless this is an empty table of the app's own: then nothing can be lost."""
    if name and changes == EMPTY:
        return
    shown = name[:SHOWN_CHARACTERS]
    raise BadRequest(f"{shown}: {_advice(name)}", field=shown, tables=list(TABLES))


def require_known(names: Iterable[str]) -> None:
    """Raise BadRequest, with advice, for the first of the tables named by a pull that does not exist."""
    for name in names:
        if name not in TABLES:
            shown = name[:SHOWN_CHARACTERS]
            raise BadRequest(
                f"tables: There is no table '{shown}'. {_guess(name)}{LEAVE_OUT}", field="tables", tables=list(TABLES)
            )


def _advice(name: str) -> str:
    if name in CURSORS:
        return f"The cursor goes into the query: ?last_pulled_at=… {FORM}"
    if name == "changes":
        return f"Send what is in it, the tables themselves. {FORM}"
    return f"There is no such table, and what is in it would be lost. {_guess(name)}{LEAVE_OUT}"


def _guess(name: str) -> str:
    meant = get_close_matches(_snake(name[:SHOWN_CHARACTERS]), TABLES, 1, 0.75)
    return f"Do you mean '{meant[0]}'? " if meant else ""


def _snake(name: str) -> str:
    """Return 'storyCard' and 'STORY_CARD' as 'story_card'."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()).lower()
