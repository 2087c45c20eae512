"""Pairs of demo accounts: made for a visitor, paired as any two people are, and removed after an hour.

A pair is a peer, Ann, and a specialist, Sam. A specialist can be paired only with a supervisor. So a supervisor's
account without a passphrase is made as well. It is removed as soon as the two are paired: Sam then has no supervisor
and, like any such specialist, can take no other peer (ADR 57).
"""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import structlog
import uuid_utils
from pymongo.errors import PyMongoError

from schemas.errors import Forbidden, NotFound, Problem, TryLater
from server.accounts.accounts import Accounts
from server.accounts.passphrase_rules import chosen
from server.accounts.rate_limits import RateLimits, origin
from server.backend import Backend
from server.commands.context import DEMO, Caller, is_demo
from server.store.demo_pairs import DemoPairStore
from sync.clock import HOUR, MINUTE
from sync.record import Record, Wire

log = structlog.get_logger()

LASTING = HOUR  # ms from making a pair until it is removed
CERTIFIED = MINUTE  # ms for which the specialist is certified: time enough to be paired
CLAIMED = 5 * MINUTE  # ms that removing a pair may take; then another worker tries
SWEEP_EVERY = 30.0  # seconds between two looks for pairs whose time is over
PROGRAMME = Caller(f"{DEMO}programme", "demo", "operator")  # certifies the specialist; no account has this id
ROLES = {"ann": "peer", "sam": "specialist", "vera": "supervisor"}
WHOLE_WEEK = [[day, 0, 1440] for day in range(7)]
STAND_IN = "Tina"  # name of the stand-in that the peer is told when the specialist is gone; not a real person


class DemoPairs:
    """Makes pairs of demo accounts, and removes them. ``require_room`` raises TryLater if nothing can be stored."""

    def __init__(
        self,
        accounts: Accounts,
        backend: Backend,
        store: DemoPairStore,
        tries: RateLimits,
        require_room: Callable[[], None],
        *,
        is_allowed: bool,
    ) -> None:
        self._accounts, self._backend, self._store, self._tries = accounts, backend, store, tries
        self._require_room, self._is_allowed, self._stopped = require_room, is_allowed, threading.Event()

    def make(self, address: str) -> Wire:
        """Make a pair and return {ann, sam, space, until}.

        Raises NotFound if there is no demo here, RateLimited, or TryLater if there are as many pairs as there can be.
        """
        if not self._is_allowed:
            raise NotFound("There is no demo on this server: the setting DEMO is off.")
        self._tries.demo(origin(address))
        self._require_room()
        now, name = self._backend.now(), secrets.token_hex(5)
        users = {person: f"{DEMO}{_new_id()}" for person in ROLES}
        place = self._store.take(list(users.values()), now + LASTING)
        if place is None:
            wait = max(1, (self._store.free_at() - now) // 1000)
            raise TryLater("As many demos are open as there can be; come back later.", retry_after=wait)
        try:
            accounts = {person: self._account(user, f"demo-{person}-{name}", person) for person, user in users.items()}
            space = self._paired(users, accounts)
        except BaseException:
            self._store.end(place, now)
            raise
        return {"ann": accounts["ann"], "sam": accounts["sam"], "space": space, "until": now + LASTING}

    def vanish(self, caller: Caller) -> Wire:
        """Deactivate the calling specialist of a demo, as a programme does when a specialist is suddenly gone.

        Raises Forbidden for other callers, and NotFound if the demo is over.
        """
        if not is_demo(caller.user) or caller.role != "specialist":
            raise Forbidden("Only the specialist of a demo can vanish like this.")
        account = self._accounts.account_store.by_id(caller.user)
        if account is None:
            raise NotFound("This demo is over.")
        self._do(PROGRAMME, "specialist.deactivate", specialist=account["handle"], sudden=True, stand_in=STAND_IN)
        return {}

    def sweep(self) -> None:
        """Remove every pair whose time is over."""
        now = self._backend.now()
        while (pair := self._store.claim(now, now + CLAIMED)) is not None:
            for user in pair["users"]:
                self._remove(user)
            self._store.free(pair["_id"])

    def start(self) -> None:
        """Sweep every SWEEP_EVERY seconds, in a thread, until stopped; also with DEMO off, for pairs made before."""
        threading.Thread(target=self._loop, name="demo pairs", daemon=True).start()

    def stop(self) -> None:
        """Stop sweeping."""
        self._stopped.set()

    def _loop(self) -> None:
        while not self._stopped.wait(SWEEP_EVERY):
            try:
                self.sweep()
            except (PyMongoError, Problem) as error:
                log.warning("demo accounts could not be removed; this is tried again", error=type(error).__name__)

    def _account(self, user: str, handle: str, person: str) -> Wire:
        """Make an account and return {handle, passphrase}. The supervisor's is stored without a passphrase."""
        passphrase = secrets.token_urlsafe(24)
        hashed = None if person == "vera" else chosen(passphrase, handle, "passphrase")
        self._accounts.account_store.add(user, handle, hashed, ROLES[person], self._backend.now())
        self._accounts.security.note("account_made", user=user, by=PROGRAMME.user, role=ROLES[person])
        return {"handle": handle, "passphrase": passphrase}

    def _paired(self, users: dict[str, str], accounts: dict[str, Wire]) -> str:
        """Pair the two and return their space: certified, invited, joined and signed, as any two people are."""
        ann, sam = (Caller(users[person], "demo", ROLES[person]) for person in ("ann", "sam"))
        until, handles = (
            self._backend.now() + CERTIFIED,
            {name: account["handle"] for name, account in accounts.items()},
        )
        self._do(PROGRAMME, "specialist.certify", specialist=handles["sam"], supervisor=handles["vera"], until=until)
        self._do(sam, "availability.set", zone="UTC", weekly=WHOLE_WEEK)  # so that Sam is there when Ann calls for help
        invited = self._do(sam, "pairing.invite", name="Sam", terms={"receipts": True})
        data = next(record.data for record in invited if record.kind == "pairing")
        joined = self._do(ann, "pairing.join", code=data["code"], name="Ann", agreement=data["proposed"])
        self._remove(users["vera"])
        return next(record.space for record in joined if record.kind == "pairing")

    def _do(self, caller: Caller, name: str, /, **args: Any) -> list[Record]:
        mutation = {"id": _new_id(), "name": name, "args": args, "at": f"{self._backend.now()}-0"}
        return self._backend.execute(caller, mutation)

    def _remove(self, user: str) -> None:
        """Delete an account as its own user could; nothing if it is gone already."""
        account = self._accounts.account_store.by_id(user)
        if account is not None:
            self._accounts.remove_confirmed(Caller(user, "demo", account["role"]), PROGRAMME.user)


def _new_id() -> str:
    return str(uuid_utils.uuid7())
