"""What a WatermelonDB app asks for besides what is new, because it has new tables or columns since it last pulled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.table import Table
from sync.record import Wire


@dataclass(frozen=True, slots=True)
class Migration:
    """Tables of which every row is asked for, and columns of which every row that has something in them is."""

    tables: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def concerns(self, table: Table) -> bool:
        """Tell whether anything of a table is asked for."""
        return table.kind in self.tables or table.kind in self.columns

    def asks_for(self, table: Table, row: Wire) -> bool:
        """Tell whether a row is asked for."""
        columns = self.columns.get(table.kind, frozenset()) & set(table.columns)
        return table.kind in self.tables or any(row[name] != table.columns[name].nothing for name in columns)


NONE = Migration()
