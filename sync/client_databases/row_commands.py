"""Row commands: the commands that a changed row asks for. A refused one changes nothing, and its row is corrected."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from schemas.errors import NotFound, Refused, TooLarge
from schemas.table import TABLES, Column, RowCommand, Table
from schemas.text import one_line
from sync.client_databases import unsent
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import blank, differs, row
from sync.client_databases.value_repair import repaired
from sync.clock import LAST_MS, Stamp, clamped
from sync.ports import UnitOfWork
from sync.record import Key, Record

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Pushed:
    """A row that a client changed."""

    table: Table
    id: str
    key: Key | None  # of the record that it stands for; None: a new row, in no space that this user may read
    cells: Mapping[str, Any]  # the columns that the client set
    space: Any = None  # the space that the client names, if any
    deleted: bool = False
    whole: Mapping[str, Any] = field(default_factory=dict)  # the row, with the columns that did not change


def written_at(table: Table, cells: Mapping[str, Any]) -> float:
    """Return when a new row was written according to its client, or 0. Rows of one push are ordered by this time."""
    at = cells.get(table.time or "")
    return at if isinstance(at, int | float) else 0


def references_first(rows: Sequence[Row], names: Callable[[Row], tuple[Hashable, Hashable]]) -> list[Row]:
    """Return rows in the same order, except that a row comes after the row of this push that it refers to.

    ``names`` returns the name of a row, and the name of the row that it refers to. Clocks may be wrong: an answer can
    seem to have been written before the message that it answers.
    """
    first = {names(row)[0]: at for at, row in reversed([*enumerate(rows)])}
    ordered, placed = list[Row](), set[int]()
    for start in range(len(rows)):
        chain, at = list[Row](), start if start not in placed else None
        while at is not None and at not in placed:
            placed.add(at)
            chain.append(rows[at])
            at = first.get(names(rows[at])[1])
        ordered += reversed(chain)
    return ordered


def referred_row(table: Table, cells: Mapping[str, Any]) -> Hashable:
    """Return the id of the row of the same table that a row refers to, or None."""
    found = next(
        (cells.get(name) for name, column in table.columns.items() if column.type == "row" and not column.of), None
    )
    return found if isinstance(found, str) else None


def grant(unit: UnitOfWork, scheme: RowIdScheme, pushed: Pushed) -> bool:
    """Execute the row commands of a row, except refused ones; tell whether the record is then as the client has it."""
    if pushed.key is None or (pushed.table.shared and pushed.space and pushed.space != pushed.key.space):
        unsent.keep(unit, pushed, NotFound("There is no such space.", field="space"))
        return False  # a row that was written for one space is never stored in another
    before = unit.get(pushed.key)
    for row_command in _row_commands(pushed, before, scheme):
        _do(unit, scheme, pushed, row_command)
    after = unit.get(pushed.key)
    if pushed.deleted or after is None or after.deleted:
        return pushed.deleted and (after is None or after.deleted)
    asked = _known(pushed) - ({pushed.table.time} if before is None else set())
    return not differs(pushed.table, row(pushed.table, after, scheme), pushed.cells, asked)


def _do(unit: UnitOfWork, scheme: RowIdScheme, pushed: Pushed, row_command: RowCommand) -> None:
    """Execute one row command. If the row has a record, decided records are kept only if this record is among them."""
    key = pushed.key
    if key is None:
        raise AttributeError("A row without a place asks for nothing.")
    before = unit.get(key)
    changed = _changed(pushed, before, scheme)
    cells = {**pushed.cells, "id": key.id, "space": key.space}
    args = {arg: cells[name] for arg, name in row_command.args.items() if name in {*changed, "id", "space"}}
    args |= {arg: pushed.whole[name] for arg, name in row_command.also.items() if pushed.whole.get(name)}
    for arg, name in {**row_command.args, **row_command.also}.items():
        column = pushed.table.columns.get(name)
        if arg in args and column is not None and column.type == "row":
            args[arg] = _referred(unit, scheme, pushed, key.space, column, args[arg])
    try:
        fitting = repaired(unit.shape(row_command.command), args)
        if _is_cut(args, fitting):
            unsent.keep(unit, pushed, TooLarge("This is too long; the rest of it was not sent."))
        records = unit.decide(row_command.command, {**row_command.otherwise, **fitting}, _stamp(unit, pushed, before))
    except Refused as refused:
        unsent.keep(unit, pushed, refused)
        return
    if before is None or any(record.key == key for record in records):
        unit.take(records)


def _is_cut(args: Mapping[str, Any], fitting: Mapping[str, Any]) -> bool:
    """Tell whether a text has lost words, so that it would fit."""
    texts = {name: value for name, value in args.items() if isinstance(value, str)}
    return any(len(one_line(fitting.get(name, ""))) < len(one_line(text)) for name, text in texts.items())


def _row_commands(pushed: Pushed, before: Record | None, scheme: RowIdScheme) -> Iterator[RowCommand]:
    """Give the row commands that a row asks for, compared with the record ``before``."""
    table = pushed.table
    if pushed.deleted:
        if table.delete and before is not None and not before.deleted:
            yield table.delete
        return
    if before is None and table.create:
        yield table.create
        return
    changed = _changed(pushed, before, scheme)
    wanted = [
        row_command for row_command in table.updates if row_command.columns & changed and _is_meant(row_command, pushed)
    ]
    empty = [
        row_command for row_command in table.updates[:1] if before is None and not row_command.on
    ]  # a new row whose columns are all empty
    yield from wanted or empty


def _is_meant(row_command: RowCommand, pushed: Pushed) -> bool:
    return all(pushed.cells.get(name) == value for name, value in row_command.on.items())


def _changed(pushed: Pushed, before: Record | None, scheme: RowIdScheme) -> set[str]:
    """Return the columns in which a pushed row differs from its record."""
    table = pushed.table
    if before is None and table.create:
        empty = blank(table, pushed.id)
        return {name for name in _known(pushed) if pushed.cells[name] is not None and pushed.cells[name] != empty[name]}
    ours = blank(table, pushed.id) if before is None else row(table, before, scheme)
    return differs(table, ours, pushed.cells, _known(pushed))


def _known(pushed: Pushed) -> set[str]:
    return set(pushed.cells) & set(pushed.table.columns)


def _referred(
    unit: UnitOfWork, scheme: RowIdScheme, pushed: Pushed, space: str, column: Column, row_id: Any
) -> str | None:
    """Return the id of the record that a cell refers to, or None.

    A reference to a record that does not exist is left out if the column is optional: the rest of the row is kept.
    """
    if not isinstance(row_id, str) or not row_id:
        return None
    key = scheme.key(TABLES.get(column.of, pushed.table), space, row_id)
    return None if column.optional and unit.get(key) is None else key.id


def _stamp(unit: UnitOfWork, pushed: Pushed, before: Record | None) -> Stamp:
    """Return the stamp of a change: later than all stamps of the record, because the client had seen their values."""
    written = pushed.cells.get(pushed.table.time) if pushed.table.time and before is None else None
    at = written if type(written) is int and 0 < written <= LAST_MS else unit.now
    stamp = clamped(Stamp(at, 0, unit.caller.device), unit.now)
    if before is None or not before.stamps:
        return stamp
    return max(stamp, max(before.stamps.values()).next()._replace(device=stamp.device))
