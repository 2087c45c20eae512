"""Every refusal Beside can give, with what the phone should do about it.

======================  ======  ============================================================================
code                    status  what the phone should do
======================  ======  ============================================================================
bad_request             400     a final no: correct the field named in ``details``; a mutation may be dropped
unknown_command         400     a final no: the app is newer than the server, or misspelt
unauthenticated         401     refresh the access token, or sign in again
second_factor_required  401     send what ``details.factors`` names, too; 403 if signed in: prove it, or set it up first
forbidden               403     a final no: this role may not do it
suspended               403     a final no: moderators have suspended the user until ``details.until`` (null: for good)
not_found               404     a final no: it is not there, or is not yours to see
method_not_allowed      405     a final no: use one of the HTTP methods in ``details.allow``
wrong_state             409     a final no: show ``details.state``; it changed before the mutation arrived
id_taken                409     a final no: choose another id
conflict                409     a final no: read again, then decide again
push_unavailable        409     a final no: tell the user that this server cannot ring such a phone; see ``details``
resync_required         410     a final no: empty the replica, keep the outbox, and start over without a cursor
outdated                426     a final no: install a newer app, or start over (rxdb-server only)
too_large               413     a final no: send less; ``details`` has the limit
rate_limited            429     keep it and repeat it unchanged after ``details.retry_after`` seconds
try_later               503     keep it and repeat it unchanged; nothing was stored
======================  ======  ============================================================================

A code keeps its meaning for ever. ``rate_limited`` and ``try_later`` may be repeated unchanged; every other answer
to a mutation is final and remembered with its id.

    Problem
    ├─ Refused     BadRequest   UnknownCommand   Unauthenticated   SecondFactorRequired   Forbidden   Suspended
    │              NotFound   MethodNotAllowed   WrongState   IdTaken   Conflict   PushUnavailable
    │              ResyncRequired   Outdated   TooLarge
    └─ NotYet      RateLimited   TryLater
"""

from typing import Any, ClassVar


class Problem(Exception):
    """A refusal, or no answer yet. ``details`` is data for the app, never anything a person wrote."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str, **details: Any) -> None:
        """Take a sentence for people, and data for programs."""
        super().__init__(message)
        self.message, self.details = message, details

    def body(self) -> dict[str, Any]:
        """Return ``{code, message, details}``, as it crosses the wire."""
        return {"code": self.code, "message": self.message, "details": self.details}


class Refused(Problem):
    """A final no."""


class NotYet(Problem):
    """No answer yet: nothing was stored and nothing is remembered."""


class BadRequest(Refused):
    """The request cannot be understood."""

    code, status = "bad_request", 400


class UnknownCommand(Refused):
    """There is no such command; /docs lists all commands."""

    code, status = "unknown_command", 400


class Unauthenticated(Refused):
    """The caller is not known, or not any more."""

    code, status = "unauthenticated", 401


class SecondFactorRequired(Refused):
    """The passphrase is right, and is not enough. ``details.factors`` are those that the account has."""

    code, status = "second_factor_required", 401


class SecondFactorMissing(SecondFactorRequired):
    """A signed-in caller needs a second factor for this; a new access token would change nothing."""

    status = 403


class Forbidden(Refused):
    """The role does not allow it."""

    code, status = "forbidden", 403


class Suspended(Refused):
    """Moderators have suspended the user until ``details.until`` (ms; None: for good)."""

    code, status = "suspended", 403


class NotFound(Refused):
    """The record does not exist, or the caller may not see it: strangers cannot tell which."""

    code, status = "not_found", 404


class MethodNotAllowed(Refused):
    """The path does not take this HTTP method; ``details.allow`` lists the methods that it takes."""

    code, status = "method_not_allowed", 405


class WrongState(Refused):
    """The command cannot be done in the record's state."""

    code, status = "wrong_state", 409


class IdTaken(Refused):
    """The id already names something else."""

    code, status = "id_taken", 409


class Conflict(Refused):
    """The request contradicts what is stored."""

    code, status = "conflict", 409


class PushUnavailable(Refused):
    """The server cannot notify devices of ``details.platform``; it can those of ``details.available``."""

    code, status = "push_unavailable", 409


class ResyncRequired(Refused):
    """The server does not know any more what a client database is missing; the client has to start over."""

    code, status = "resync_required", 410


class Outdated(Refused):
    """The client is too old to go on."""

    code, status = "outdated", 426


class TooLarge(Refused):
    """The request is larger than the limit."""

    code, status = "too_large", 413


class RateLimited(NotYet):
    """Too many such requests in a short time."""

    code, status = "rate_limited", 429


class TryLater(NotYet):
    """The server cannot answer now."""

    code, status = "try_later", 503


CATALOG: dict[str, type[Problem]] = {
    problem.code: problem for family in (Refused, NotYet) for problem in family.__subclasses__()
}


def remembered(body: dict[str, Any]) -> Problem:
    """Return a refusal that was given before, from its ``{code, message, details}``."""
    return CATALOG[body["code"]](body["message"], **body["details"])
