"""Who looks after specialists: operators after all of them, a supervisor after those who were given to them."""

from schemas.errors import Forbidden, NotFound
from server.commands.context import Context
from server.commands.matching import people


def looked_after(context: Context, handle: str) -> str:
    """Return the specialist behind a handle, whom the caller looks after; raises Forbidden, or NotFound for operators.

    A supervisor is told the same of the specialists of others as of handles that nobody has. Who has no supervisor is
    given one by an operator: to be the first to ask is no ground to read what a specialist shares.
    """
    user = context.reads.person(handle, "specialist")
    if context.caller.role == "operator":
        if user is None:
            raise NotFound("There is no such specialist.", field="specialist")
        return user
    is_supervisor = context.caller.role == "supervisor"
    if not is_supervisor or user is None or people.supervisor_of(context, user) != context.caller.user:
        raise Forbidden("Only operators and the specialist's own supervisor may do this.", field="specialist")
    return user
