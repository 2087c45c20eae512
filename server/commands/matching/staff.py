"""Who looks after specialists: operators after all of them, a supervisor after those whom they supervise."""

from schemas.errors import Forbidden, NotFound
from server.commands.context import Context
from server.commands.matching import people


def looked_after(context: Context, handle: str) -> str:
    """Return the user of a specialist by handle; raises Forbidden unless the caller looks after them, or NotFound.

    Only operators get NotFound: a supervisor gets Forbidden for another's specialist and for a handle that nobody has.
    Only an operator gives a supervisor to a specialist who has none: otherwise the first supervisor who asks could read
    what the specialist shares.
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
