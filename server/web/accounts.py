"""The endpoints of accounts and phones."""

from schemas import account
from schemas.erasure import Receipt
from schemas.errors import BadRequest, Forbidden
from schemas.passkeys import CreateUser
from server.accounts.accounts import Accounts
from server.accounts.factors import Factors
from server.accounts.oidc import OidcSignIn
from server.commands.context import STAFF
from server.web.endpoint import API, Endpoint, Request
from server.web.oidc import oidc_endpoints
from sync.record import Wire


def account_endpoints(accounts: Accounts, oidc: OidcSignIn, factors: Factors) -> list[Endpoint]:
    """Return the endpoints for signing up, in and out."""
    return [*_signing_in(accounts), *oidc_endpoints(oidc), *_signed_in(accounts, factors), _removal(accounts, oidc)]


def _signing_in(accounts: Accounts) -> list[Endpoint]:
    table = [
        ("register", "Make an account and sign this phone in.", accounts.register, account.Register),
        ("login", "Sign a phone in.", accounts.log_in, account.LogIn),
        ("refresh", "Trade a refresh token for a new pair of tokens.", accounts.devices.refresh, account.Refresh),
    ]
    return [
        Endpoint(
            "POST",
            f"{API}/{name}",
            summary,
            lambda request, run=run: run(request.args, request.address),  # type: ignore[misc]  # binds this row's function
            account.Tokens,
            body,
            tag="accounts",
            public=True,
        )
        for name, summary, run, body in table
    ]


def _removal(accounts: Accounts, oidc: OidcSignIn) -> Endpoint:
    def remove(request: Request) -> Wire:
        said = request.args["said"]
        if "oidc" in request.args:
            return oidc.remove(request.caller, request.args["oidc"], said)
        return accounts.remove(request.caller, request.args["passphrase"], request.args.get("code"), said)

    path, summary = f"{API}/account", "Delete my account."
    return Endpoint("DELETE", path, summary, remove, Receipt, account.DeleteAccount, tag="accounts")


def _signed_in(accounts: Accounts, factors: Factors) -> list[Endpoint]:
    def sign_out(request: Request) -> Wire:
        accounts.devices.sign_out(request.caller, request.path.get("device", request.caller.device))
        return {}

    def change(request: Request) -> Wire:
        accounts.change_passphrase(request.caller, request.args)
        return {}

    def create(request: Request) -> Wire:
        if request.caller.role != "operator":
            raise Forbidden("Only operators can make accounts for others.")
        args = request.args
        if args["role"] in STAFF:
            factors.prove(request.caller, _proof(args))
        user = accounts.create(args["handle"], args["passphrase"], args["role"], by=request.caller.user)
        return {"user": user, "handle": args["handle"], "role": args["role"]}

    def devices(request: Request) -> Wire:
        return {"devices": accounts.devices.of(request.caller)}

    done, tag = account.Done, "accounts"
    return [
        Endpoint("POST", f"{API}/logout", "Sign this phone out.", sign_out, done, tag=tag, for_set_up=True),
        Endpoint("GET", f"{API}/devices", "My phones.", devices, account.Devices, tag=tag, for_set_up=True),
        Endpoint(
            "DELETE", f"{API}/devices/<device>", "Sign one of my phones out.", sign_out, done, tag=tag, for_set_up=True
        ),
        Endpoint(
            "POST", f"{API}/passphrase", "Choose another passphrase.", change, done, account.ChangePassphrase, tag=tag
        ),
        Endpoint("POST", f"{API}/users", "Make an account.", create, account.User, CreateUser, tag=tag),
    ]


def _proof(args: Wire) -> Wire:
    """Return the proof of an operator; raises BadRequest if there is none."""
    if "proof" not in args:
        message = "proof: send your passphrase, or a credential: {passphrase, code?} or {credential}."
        raise BadRequest(message, field="proof")
    proof: Wire = args["proof"]
    return proof
