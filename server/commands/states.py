"""Helpers for records of every kind: set fields and states, check due times. No record is changed in place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import TryLater
from server.commands.context import Args, Context
from sync.record import Key, Record


def with_data(record: Record, **fields: Any) -> Record:
    """Return a record with some fields set."""
    return replace(record, data={**record.data, **fields})


def without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a mapping without one name."""
    return {key: value for key, value in fields.items() if key != name}


def written_by(writer: str, record: Record, *fields: str) -> Record:
    """Return a record that stores ``writer`` as the writer of some fields, by name, instead of the record's author.

    ``writer`` is a member handle of the record's space, or the name of an account's private space.
    """
    writers = {**record.hidden.get("writers", {}), **dict.fromkeys(fields, writer)}
    return replace(record, hidden={**record.hidden, "writers": writers})


def in_state(record: Record, state: str, **data: Any) -> Record:
    """Return a record in another state, with some data set, without a due time. Phones are notified again."""
    hidden = without(record.hidden, "is_taken_back")
    return replace(record, data={**record.data, "state": state, **data}, hidden=hidden, due=None)


def taken_back(record: Record, **data: Any) -> Record:
    """Return a record from which its author took words back, with some of its data set. Phones are not notified."""
    return replace(with_data(record, **data), hidden={**record.hidden, "is_taken_back": True})


def is_taken_back(record: Record) -> bool:
    """Tell whether the last change of a record was that its author took words back."""
    return bool(record.hidden.get("is_taken_back"))


def idle(record: Record) -> Record:
    """Return a record without a due time. This change alone does not send the record to phones again."""
    return replace(record, due=None)


def due_now(context: Context, kind: str, args: Args) -> Record | None:
    """Return the record that is due, or None if there is nothing to do; raises TryLater if it is too early."""
    found = context.reads.get(Key(args["space"], kind, args["id"]))
    if found is None or found.due is None:
        return None
    require_due(context, found.due)
    return found


def require_due(context: Context, due: int) -> None:
    """Raise TryLater, which the ledger does not remember, if the clock went back since the record was found due."""
    if context.now < due:
        raise TryLater("It is not time yet.", retry_after=1)
