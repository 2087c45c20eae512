"""The programme: one record with what its operators have decided, in a space that no phone reads."""

from collections.abc import Mapping
from typing import Any

from schemas.errors import Forbidden
from schemas.programme import EditProgramme
from server.commands.context import Args, Context, command
from server.commands.states import with_data
from sync.record import Key, Record

PROGRAMME = Key("programme:all", "programme", "all")
USUAL: Mapping[str, Any] = {"invitations_without": []}  # the defaults


@command("programme.edit", EditProgramme)
def edit(context: Context, args: Args) -> list[Record]:
    """Change the settings of this programme."""
    if context.caller.role != "operator":
        raise Forbidden("Only operators can say what holds in this programme.")
    found = context.reads.get(PROGRAMME) or Record(PROGRAMME.id, PROGRAMME.kind, PROGRAMME.space, "", USUAL)
    return [with_data(found, **{name: sorted(set(args[name])) for name in USUAL if name in args})]


def invitations_without(context: Context) -> set[str]:
    """Return the safeguards that an invitation does not ask for in this programme."""
    found = context.reads.get(PROGRAMME)
    return set() if found is None else set(found.data["invitations_without"])
