"""The endpoints of accounts and phones."""

from schemas import account
from schemas.errors import Forbidden
from server.accounts.accounts import Accounts
from server.web.endpoint import Endpoint, Request
from server.web.sync import API
from sync.record import Wire


def account_endpoints(accounts: Accounts) -> list[Endpoint]:
    """Return the endpoints for signing up, in and out."""
    return [*_signing_in(accounts), *_signed_in(accounts)]


def _signing_in(accounts: Accounts) -> list[Endpoint]:
    table = [
        ("register", "Make an account and sign this phone in.", accounts.register, account.Register),
        ("login", "Sign a phone in.", accounts.log_in, account.LogIn),
        ("refresh", "Trade a refresh token for a new pair of tokens.", accounts.refresh, account.Refresh),
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


def _signed_in(accounts: Accounts) -> list[Endpoint]:
    def sign_out(request: Request) -> Wire:
        accounts.sign_out(request.caller, request.path.get("device", request.caller.device))
        return {}

    def change(request: Request) -> Wire:
        accounts.change_passphrase(request.caller, request.args)
        return {}

    def remove(request: Request) -> Wire:
        accounts.remove(request.caller, request.args["passphrase"])
        return {}

    def create(request: Request) -> Wire:
        if request.caller.role != "operator":
            raise Forbidden("Only operators can make accounts for others.")
        args = request.args
        user = accounts.create(args["handle"], args["passphrase"], args["role"])
        return {"user": user, "handle": args["handle"], "role": args["role"]}

    def devices(request: Request) -> Wire:
        return {"devices": accounts.devices(request.caller)}

    done, tag = account.Done, "accounts"
    return [
        Endpoint("POST", f"{API}/logout", "Sign this phone out.", sign_out, done, tag=tag),
        Endpoint("GET", f"{API}/devices", "My phones.", devices, account.Devices, tag=tag),
        Endpoint("DELETE", f"{API}/devices/<device>", "Sign one of my phones out.", sign_out, done, tag=tag),
        Endpoint(
            "POST", f"{API}/passphrase", "Choose another passphrase.", change, done, account.ChangePassphrase, tag=tag
        ),
        Endpoint("DELETE", f"{API}/account", "Delete my account.", remove, done, account.Confirm, tag=tag),
        Endpoint("POST", f"{API}/users", "Make an account.", create, account.User, account.CreateUser, tag=tag),
    ]
