"""Attempts to sign in, for the security log: each sign-in method is one function, labelled with its name."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from schemas.errors import Problem
from server.accounts.rate_limits import origin
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from sync.record import Wire


class Logs(Protocol):
    """A class with sign-in methods that are logged."""

    security: SecurityLog
    account_store: AccountStore


Self = TypeVar("Self", bound=Logs)
SignIn = Callable[[Self, Wire, str], Wire]  # takes the arguments and the address, and returns tokens


def signing_in(way: str) -> Callable[[SignIn[Self]], SignIn[Self]]:
    """Log each call of a sign-in function to the security log, with its success or its Problem; ``way`` names it."""

    def marked(function: SignIn[Self]) -> SignIn[Self]:
        @wraps(function)
        def run(self: Self, args: Wire, address: str) -> Wire:
            try:
                tokens = function(self, args, address)
            except Problem as problem:
                known = self.account_store.by_handle(args["handle"]) if "handle" in args else None
                user = None if known is None else known["_id"]
                self.security.note("sign_in", problem.code, user=user, address=origin(address), way=way)
                raise
            whose: Any = {"user": tokens["user"], "by": tokens["user"], "device": tokens["device"]}
            self.security.note("sign_in", address=origin(address), way=way, **whose)
            return tokens

        return run

    return marked
