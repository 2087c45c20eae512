"""The endpoints of operators, all noted in the security log, and the use of a reset code, which needs no token."""

from collections.abc import Callable, Iterable
from typing import Any

from schemas import operator as shapes
from schemas.account import Tokens
from schemas.passkeys import Proof
from server.accounts.administration import Administration
from server.accounts.factors import Factors
from server.accounts.passphrase_resets import PassphraseResets
from server.commands.context import Caller
from server.queries.operator_lists import OperatorLists
from server.queries.staff import require_staff
from server.store.database import Document
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire

Act = Callable[[Caller, Document, Wire], Wire]


def operator_endpoints(
    administration: Administration, lists: OperatorLists, factors: Factors, resets: PassphraseResets
) -> list[Endpoint]:
    """Return the endpoints of operators, and the public one that takes a reset code."""
    return [*_lists(lists), *_changes(administration, factors), _reset(resets)]


def _lists(lists: OperatorLists) -> Iterable[Endpoint]:
    table: list[tuple[str, str, Callable[[Request], Wire], Any, Any]] = [
        ("users", "Accounts.", lambda one: lists.users(one.caller, one.args), shapes.FoundUsers, shapes.FindUsers),
        ("on-call", "Who is on call.", lambda one: lists.on_call(one.caller), shapes.OnCallList, None),
        ("sos", "Open calls for help.", lambda one: lists.open_sos(one.caller), shapes.OpenCalls, None),
        (
            "never-began",
            "Specialists who have not begun.",
            lambda one: lists.never_began(one.caller, one.args["days"]),
            shapes.NeverBegan,
            shapes.SinceDays,
        ),
    ]
    for name, summary, read, answer, query in table:
        path = f"{API}/operator/{name}"
        yield Endpoint("GET", path, summary, read, answer, query=query, tag="operator", audited=True)


def _changes(act: Administration, factors: Factors) -> Iterable[Endpoint]:
    """Yield the endpoints that change another account. All but signing out ask for a fresh proof of the operator."""
    table: list[tuple[str, str, Act, Any, Any]] = [
        (
            "POST reset-passphrase",
            "Make a code for another passphrase.",
            _plain(act.reset_passphrase),
            shapes.ResetCode,
            Proof,
        ),
        ("POST reset-factors", "Remove the second factors.", _plain(act.reset_factors), shapes.ResetFactors, Proof),
        (
            "POST role",
            "Give another role.",
            lambda by, account, args: act.change_role(by, account, args["role"]),
            shapes.ChangedRole,
            shapes.ChangeRole,
        ),
        ("POST sign-out", "Sign all devices out.", _plain(act.sign_out), shapes.SignedOut, None),
        ("DELETE", "Delete the account.", _plain(act.delete), shapes.Deleted, Proof),
    ]
    for name, summary, run, answer, body in table:
        method, _, last = name.partition(" ")
        path = f"{API}/operator/users/<id>/{last}".rstrip("/")
        asked = _proven(act, factors, run, needs_proof=body is not None)
        yield Endpoint(method, path, summary, asked, answer, body, tag="operator", audited=True)


def _proven(
    administration: Administration, factors: Factors, act: Act, *, needs_proof: bool
) -> Callable[[Request], Wire]:
    """Return an endpoint's function, which runs ``act`` for an operator only, after a fresh proof if one is needed."""

    def run(request: Request) -> Wire:
        require_staff(request.caller, "operator")
        if needs_proof:
            factors.prove(request.caller, request.args)
        return act(request.caller, administration.of(request.path["id"]), request.args)

    return run


def _plain(act: Callable[[Caller, Document], Wire]) -> Act:
    return lambda by, account, _: act(by, account)


def _reset(resets: PassphraseResets) -> Endpoint:
    def use(request: Request) -> Wire:
        return resets.use(request.args, request.address)

    path, said = f"{API}/reset-passphrase", "Choose another passphrase with a code of an operator."
    return Endpoint("POST", path, said, use, Tokens, shapes.ResetPassphrase, tag="accounts", public=True)
