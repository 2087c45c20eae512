"""Admission: whether a mutation may be decided now, by what its account has done before and by the room there is.

Calls for help, deletes, blocks and reports are exempt, and so is what Beside itself does: they are always admitted.
"""

from collections.abc import Collection

from schemas.errors import RateLimited, TryLater
from server.commands.context import SYSTEM, Args, Caller, Command, Context
from server.limits.disk import DiskSpace
from server.limits.quotas import Quotas
from server.limits.settings import Limits
from server.limits.token_bucket import TokenBuckets
from sync.record import Record

MINUTE, DAY = 60, 86_400  # seconds
INVITE = "pairing.invite"


class Admission:
    """Admits mutations. What one account has done is no reason to refuse another account's mutation."""

    def __init__(self, limits: Limits, disk: DiskSpace) -> None:
        self._limits, self._disk = limits, disk
        self._mutations = TokenBuckets(limits.mutations_at_once, limits.mutations_per_minute / MINUTE)
        self._invitations = TokenBuckets(limits.invitations_per_day, limits.invitations_per_day / DAY)
        self._quotas = Quotas(limits.records_per_kind, limits.megabytes_per_space)

    def decide(self, context: Context, command: Command, args: Args) -> list[Record]:
        """Return the records that a command changes; raises Refused, or RateLimited or TryLater if not admitted now."""
        if command.exempt or context.caller.role == SYSTEM.role:
            return command.decide(context, args)
        self.require_disk()
        require_rate(self._mutations, context.caller, "mutations_per_minute", self._limits.mutations_per_minute)
        if command.name == INVITE:
            require_rate(self._invitations, context.caller, "invitations_per_day", self._limits.invitations_per_day)
        records = command.decide(context, args)
        self._quotas.require_room(context, command, records)
        return records

    def spend(self, caller: Caller, commands: Collection[str]) -> None:
        """Count the commands of the mutations that an account has sent."""
        if caller.role != SYSTEM.role:
            self._mutations.spend(caller.user, len(commands))
        if INVITE in commands and caller.role != "operator":
            self._invitations.spend(caller.user)

    def require_disk(self) -> None:
        """Raise TryLater if the database's disk has no room for anything new."""
        if self._disk.is_low:
            raise TryLater("The server has no room for anything new.", field="disk", retry_after=MINUTE)


def require_rate(buckets: TokenBuckets, caller: Caller, setting: str, limit: int) -> None:
    """Raise RateLimited unless the account of a caller has a token."""
    wait = buckets.wait(caller.user)
    if wait:
        what = setting.replace("_", " ")
        message = f"This account has used up its {limit} {what}; repeat this later."
        raise RateLimited(message, field=setting, limit=limit, retry_after=max(1, round(wait)))
