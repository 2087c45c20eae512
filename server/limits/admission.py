"""Admission: whether a mutation may be decided now, by the rate limits and quotas of its account and by the disk space.

Calls for help, deletes, blocks and reports are exempt: other mutations of the account and a full disk never stop them.
Only very many of them have to wait. Commands of Beside itself are always admitted.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from schemas.errors import Forbidden, RateLimited, Suspended, TooLarge, TryLater
from server.commands.access import has_readers
from server.commands.context import COMMANDS, SYSTEM, URGENT_COMMAND, Args, Caller, Command, Context, is_demo
from server.limits.disk import DiskSpace
from server.limits.settings import Limits
from server.limits.token_bucket import TokenBuckets
from sync.record import FAR, Record, is_private, private

MINUTE, DAY = 60, 86_400  # seconds
INVITE, SEEK = "pairing.invite", "request.open"
EXEMPT = 100  # exempt mutations, at once and in a minute, that an account may send however low the settings are
REACHES_OTHERS = frozenset({"request.open", "report.file"})  # commands that make work for real people: no demo's
REPORTING = ("report.file", "block.set")  # commands that can file a report

MEGABYTE = 1_000_000  # characters, which are about as many bytes
UNCOUNTED = "message"  # records of this kind are not counted; only their size is limited

WHILE_SUSPENDED = frozenset({  # commands of a suspended user: call for help, appeal, withdraw, delete, leave
    "sos.raise", "sos.say", "sos.close", "sanction.appeal", "block.set", "block.lift", "report.file", "pairing.end",
    "request.withdraw", "disclosure.withdraw", "suggestion.withdraw", "step.withdraw", "strength.withdraw",
    "letter.withdraw", "promise.withdraw_words", "question.withdraw", "repair.withdraw",
    "milestone.unpin", "story.unshare", "message.delete", "note.delete", "fact.delete", "checkin.delete",
    "security_event.dismiss", "unsent.discard",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of every space that users can read; 0 means that there is none."""

    records: int  # of one kind, without messages and deleted records
    megabytes: int  # of all records in a space

    def require_room(self, context: Context, command: Command, records: Iterable[Record]) -> None:
        """Raise TooLarge if a command would add a record to a space that is full.

        Only new records of the command's own kind count, in shared spaces and in the caller's private space: a record
        that a command adds to another user's private space is never refused.
        """
        own = private(context.caller.user)
        for record in records:
            is_anothers = is_private(record.space) and record.space != own
            is_counted = record.kind == command.kind and has_readers(record.space) and not is_anothers
            if is_counted and context.reads.get(record.key) is None:
                self._require_number(context, record)
                self._require_size(context, record)

    def _require_number(self, context: Context, record: Record) -> None:
        kind, most = record.kind, self.records
        if most and kind != UNCOUNTED and context.reads.usage(record.space, kind).records >= most:
            message = f"There are {most} of the kind {kind} here already; delete some of them first."
            raise TooLarge(message, field="records_per_kind", kind=kind, space=record.space, limit=most)

    def _require_size(self, context: Context, record: Record) -> None:
        most = self.megabytes
        if most and context.reads.usage(record.space).characters >= most * MEGABYTE:
            message = f"There are {most} MB in this space already; delete something first."
            raise TooLarge(message, field="megabytes_per_space", space=record.space, limit=most)


class Admission:
    """Admits mutations. The mutations of one account never make it refuse those of another account."""

    def __init__(self, limits: Limits, disk: DiskSpace) -> None:
        self._limits, self._disk = limits, disk
        self._mutations = TokenBuckets(limits.mutations_at_once, limits.mutations_per_minute / MINUTE)
        exempt = [most and max(most, EXEMPT) for most in (limits.mutations_at_once, limits.mutations_per_minute)]
        self._exempt = TokenBuckets(exempt[0], exempt[1] / MINUTE)
        self._reports, self._invitations, self._requests = (
            TokenBuckets(most, most / DAY, debt=DAY)  # one batch may have more than a day's; they are owed
            for most in (limits.reports_per_day, limits.invitations_per_day, limits.requests_per_day)
        )
        self._quotas = Quotas(limits.records_per_kind, limits.megabytes_per_space)

    def decide(self, context: Context, command: Command, args: Args) -> list[Record]:
        """Return the records that a command changes; raises Refused, or RateLimited or TryLater if not admitted now."""
        if context.caller.role == SYSTEM.role:
            return command.decide(context, args)
        user = context.caller.user
        if command.name not in WHILE_SUSPENDED:
            require_standing(context)
        require_real(user, command, args)
        if command.exempt:
            name = _exempt_name(user, command.name)
            require_rate(self._exempt, name, "mutations_per_minute", self._limits.mutations_per_minute)
            if files_report(command.name, args):
                require_rate(self._reports, user, "reports_per_day", self._limits.reports_per_day)
            return command.decide(context, args)
        self.require_disk()
        self.require_mutations(context.caller)
        if command.name == INVITE:
            require_rate(self._invitations, user, "invitations_per_day", self._limits.invitations_per_day)
        if command.name == SEEK:
            require_rate(self._requests, user, "requests_per_day", self._limits.requests_per_day)
        records = command.decide(context, args)
        self._quotas.require_room(context, command, records)
        return records

    def require_mutations(self, caller: Caller) -> None:
        """Raise RateLimited if an account has used up its mutations."""
        require_rate(self._mutations, caller.user, "mutations_per_minute", self._limits.mutations_per_minute)

    def spend(self, caller: Caller, commands: Collection[str]) -> None:
        """Count the commands of the mutations that an account has sent."""
        if caller.role != SYSTEM.role:
            self._mutations.spend(caller.user, len(commands))
            for name in commands:
                if name in COMMANDS and COMMANDS[name].exempt:
                    self._exempt.spend(_exempt_name(caller.user, name))

    def spend_daily(self, caller: Caller, commands: Collection[str], reports: int) -> None:
        """Count the commands that an account has executed now, and how many of them filed a report.

        A mutation that is sent again, or was refused, makes nothing, and costs nothing of these.
        """
        if reports:
            self._reports.spend(caller.user, reports)
        if INVITE in commands and caller.role != "operator":
            self._invitations.spend(caller.user, sum(name == INVITE for name in commands))
        if SEEK in commands:
            self._requests.spend(caller.user, sum(name == SEEK for name in commands))

    def require_disk(self) -> None:
        """Raise TryLater if the database's disk has no room for anything new."""
        if self._disk.is_low:
            raise TryLater(
                "The server's disk is nearly full; nothing new is stored now.", field="disk", retry_after=MINUTE
            )


def files_report(command: str, args: Args) -> bool:
    """Tell whether a command files a report: a block can carry one."""
    return command == REPORTING[0] or (command in REPORTING and args.get("report") is not None)


def require_standing(context: Context) -> None:
    """Raise Suspended if moderators have suspended the caller."""
    until = context.caller.suspended_until
    if context.now < until:
        message = "Moderators have suspended this account. The record `sanction` says why; appeal there."
        raise Suspended(message, until=None if until == FAR else until)


def require_real(user: str, command: Command, args: Args) -> None:
    """Raise Forbidden if a demo account sends a command that would reach real people."""
    if is_demo(user) and (command.name in REACHES_OTHERS or args.get("report") is not None):
        message = "This is a demo: nobody is looked for here, and nothing is reported."
        raise Forbidden(message, field="name", name=command.name)


def _exempt_name(user: str, command: str) -> str:
    """Return the name of the bucket of an exempt command: calls for help have a bucket of their own."""
    return f"{user} {command if command == URGENT_COMMAND else ''}"


def require_rate(buckets: TokenBuckets, name: str, setting: str, limit: int) -> None:
    """Raise RateLimited unless the bucket of a name has a token. ``setting`` and ``limit`` are for the message."""
    wait = buckets.wait(name)
    if wait:
        what = setting.replace("_", " ")
        message = f"This account has used up its {limit} {what}; repeat this later."
        raise RateLimited(message, field=setting, limit=limit, retry_after=max(1, round(wait)))
