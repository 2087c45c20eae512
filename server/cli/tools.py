"""The parts that commands use: each is imported and built when a command first asks for it.

Signing in needs Argon2, passkeys OpenSSL, matching NumPy and SciPy: a command that lists accounts imports none of them.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from server.config import Config

if TYPE_CHECKING:  # what a type needs is imported only here: this is where imports cost
    from server.accounts.accounts import Accounts
    from server.accounts.administration import Administration
    from server.accounts.deletion import AccountDeletion
    from server.accounts.devices import Devices
    from server.accounts.erasure import Receipts
    from server.accounts.rate_limits import RateLimits
    from server.accounts.second_factor import SecondFactor
    from server.accounts.tokens import Tokens
    from server.backend import Backend
    from server.commands.context import Caller, Clock
    from server.jobs.batch_matching import BatchMatching
    from server.jobs.specialist_index import SpecialistIndex
    from server.notifications.pending import PendingNotifications
    from server.observability.security_log import SecurityLog
    from server.queries.figures import Figures
    from server.queries.moderation import Moderation
    from server.queries.operator_lists import OperatorLists
    from server.store.account_lists import AccountLists
    from server.store.accounts import AccountStore
    from server.store.database import Mongo
    from server.store.documents import Records
    from server.store.reader import Reader
    from server.store.sessions import Sessions


class Tools:
    """The parts of one command. ``open_database`` connects to the database, or starts the embedded one.

    The workers disconnect devices that a command signs out, within 5 s: each checks its connections regularly. Phones
    are notified of what a command changes; those that are connected see it with their next pull.
    """

    def __init__(self, config: Config, open_database: Callable[[], "Mongo"], now: "Clock") -> None:
        self.config, self._open_database, self.now = config, open_database, now

    @cached_property
    def operator(self) -> "Caller":
        """The caller of all mutations and queries of a command."""
        from server.commands.context import Caller

        return Caller("command-line", "command-line", "operator")

    @cached_property
    def database(self) -> "Mongo":
        """The database, with no migration pending."""
        from server.store.migrations import migrate

        database = self._open_database()
        migrate(database)
        return database

    @cached_property
    def sessions(self) -> "Sessions":
        """The sessions with the database."""
        from server.store.sessions import Sessions

        return Sessions(self.database)

    @cached_property
    def reader(self) -> "Reader":
        """The reads of records."""
        from server.store.reader import Reader

        return Reader(self.records, self.sessions)

    @cached_property
    def records(self) -> "Records":
        """The records, with the keys that open them."""
        from server.sealing.master_keys import MasterKeys
        from server.store.data_keys import DataKeys
        from server.store.documents import Records

        return Records(self.database, DataKeys(self.database, MasterKeys(self.config.master_keys)))

    @cached_property
    def account_store(self) -> "AccountStore":
        """The collections of accounts and devices."""
        from server.store.accounts import AccountStore

        return AccountStore.keeping_handles(self.database, self.config.secret_keys[-1], self.now)

    @cached_property
    def backend(self) -> "Backend":
        """The path of every change. The only effects of a change here are notifications."""
        import uuid_utils

        from server.accounts.cursors import ShortCursors
        from server.backend import Backend
        from server.concurrency import FairTurns
        from server.effects import Effects
        from server.limits.admission import Admission
        from server.limits.disk import disk_space
        from server.store.group_commit import GroupCommit
        from server.store.long_cursors import LongCursors
        from sync.pull import Puller

        effects, worker = Effects([], [], {}, self._pending.collect), str(uuid_utils.uuid7())
        disk = disk_space(self.config, self.database)
        commits = GroupCommit(self.records, self.sessions, worker, self.now, effects.follow, disk.is_low_now)
        puller = Puller(self.reader, ShortCursors(self._tokens, LongCursors(self.database, self.now)))
        secret = self.config.secret_keys[-1].encode()
        admission = Admission(self.config.limits, disk)
        return Backend(commits, puller, FairTurns(), admission, secret, self.security, self.now)

    @cached_property
    def specialist_index(self) -> "SpecialistIndex":
        """The specialist index."""
        from server.jobs.specialist_index import SpecialistIndex

        return SpecialistIndex(self.reader, self.now)

    @cached_property
    def batch(self) -> "BatchMatching":
        """The matching of many requests at once."""
        from server.jobs.batch_matching import BatchMatching
        from server.jobs.matchmaking import Matchmaker

        matchmaker = Matchmaker(self.backend, self.reader, self.specialist_index, self.now)
        return BatchMatching(self.reader, self.specialist_index, matchmaker, self.now)

    @cached_property
    def accounts(self) -> "Accounts":
        """Accounts and their passphrases."""
        from server.accounts.accounts import Accounts

        devices, tokens = self._devices, self._tokens
        return Accounts(self.account_store, devices, tokens, self._deletion, _nothing, self.now, **self._common)

    @cached_property
    def administration(self) -> "Administration":
        """What operators do with accounts."""
        from server.accounts.administration import Administration
        from server.accounts.passphrase_resets import PassphraseResets
        from server.accounts.role_change import RoleChange
        from server.accounts.security_events import SecurityEvents
        from server.store.reset_codes import ResetCodeStore

        events, store, factor = SecurityEvents(self.backend, self.security), self.account_store, self._second_factor
        codes, accounts = ResetCodeStore(self.database), self.accounts
        resets = PassphraseResets(accounts, store, codes, factor, events, self.security, self.now)
        roles = RoleChange(store, self._devices, self._deletion, self.security)
        remove = accounts.remove_confirmed
        return Administration(
            store, self.account_lists, self._devices, factor, events, resets, roles, remove, now=self.now
        )

    @cached_property
    def account_lists(self) -> "AccountLists":
        """The lists of accounts."""
        from server.store.account_lists import AccountLists

        return AccountLists(self.database)

    @cached_property
    def lists(self) -> "OperatorLists":
        """The lists that operators see."""
        from server.queries.operator_lists import OperatorLists

        return OperatorLists(self.reader, self.account_store, self.account_lists, self.now)

    @cached_property
    def figures(self) -> "Figures":
        """The figures over time."""
        from server.queries.figures import Figures

        return Figures(self.reader, self.specialist_index, self.now)

    @cached_property
    def moderation(self) -> "Moderation":
        """The lists of reports and sanctions."""
        from server.queries.moderation import Moderation

        return Moderation(self.reader, self.account_store)

    @cached_property
    def security(self) -> "SecurityLog":
        """The security log."""
        from server.observability.security_log import SecurityLog

        return SecurityLog(self.config.secret_keys[-1])

    def execute(self, name: str, **args: object) -> None:
        """Run a command of the API as the operator of the command line; raises its Problem if it is refused."""
        import uuid_utils

        mutation = {"name": name, "args": args, "id": str(uuid_utils.uuid7()), "at": f"{self.now()}-0"}
        self.backend.execute(self.operator, mutation)

    def notify(self) -> None:
        """Enqueue the notifications of all changes of this command; the workers send them."""
        if len(self._pending):
            from server.notifications.enqueuer import Enqueuer
            from server.store.push_tokens import PushTokens

            order = self.backend.order_all
            tokens = PushTokens(self.database, self.records.keys)
            enqueuer = Enqueuer(self._pending, self.reader, tokens, lambda _: set(), order, self.now)
            enqueuer.enqueue()

    @cached_property
    def _pending(self) -> "PendingNotifications":
        from server.notifications.pending import PendingNotifications

        return PendingNotifications()

    @cached_property
    def _tokens(self) -> "Tokens":
        from server.accounts.tokens import Tokens

        return Tokens(self.config.secret_keys)

    @cached_property
    def _tries(self) -> "RateLimits":
        from server.accounts.rate_limits import RateLimits

        return RateLimits(self.config.limits)

    @cached_property
    def _second_factor(self) -> "SecondFactor":
        from server.accounts.second_factor import SecondFactor
        from server.accounts.totp import Totp
        from server.store.passkeys import PasskeyStore
        from server.store.totp import TotpStore

        totp = Totp(TotpStore(self.database), self.config.secret_keys, self.now)
        staff = self.config.factors.staff
        return SecondFactor(self.account_store, PasskeyStore(self.database), totp, self._tries, staff)

    @cached_property
    def _devices(self) -> "Devices":
        from server.accounts.devices import Devices

        limits = self.config.limits
        return Devices(self.account_store, self._tokens, _nothing, limits, self.now, **self._common)

    @property
    def _common(self) -> Any:
        return {"tries": self._tries, "second_factor": self._second_factor, "security": self.security}

    @cached_property
    def _deletion(self) -> "AccountDeletion":
        from server.accounts.deletion import AccountDeletion
        from server.accounts.erasure import Erasure
        from server.store.erasures import ErasureStore

        supervised_by = lambda user: self.specialist_index.supervised_by(user)  # noqa: E731, PLW0108 — imported if used
        erasure = Erasure(self.backend, self.reader, ErasureStore(self.records), self.receipts)
        return AccountDeletion(self.backend, self.reader, supervised_by, erasure)

    @cached_property
    def receipts(self) -> "Receipts":
        """The receipts of erasures."""
        from server.accounts.erasure import Receipts

        return Receipts(self.config.secret_keys[-1], self.config.backups_kept_days)


def _nothing(*_: object) -> None:
    """Do nothing: a command has no phones to disconnect, and may make accounts on a disk that is nearly full."""
