"""The endpoints of the factors beside the passphrase: passkeys, and the authenticator app."""

from schemas import account
from schemas import second_factor as shapes
from schemas.passkeys import Proof
from server.accounts.factors import Factors
from server.web.endpoint import API, Endpoint, Request
from server.web.passkeys import passkey_endpoints
from sync.record import Wire


def factor_endpoints(factors: Factors) -> list[Endpoint]:
    """Return the endpoints for passkeys, for the authenticator app, and for reading the caller's second factors."""
    return [*passkey_endpoints(factors), *_second_factor(factors)]


def _second_factor(factors: Factors) -> list[Endpoint]:
    def found(request: Request) -> Wire:
        return factors.second_factor(request.caller)

    def start(request: Request) -> Wire:
        return factors.start_totp(request.caller, request.args)

    def confirm(request: Request) -> Wire:
        factors.confirm_totp(request.caller, request.args["code"])
        return {}

    def remove(request: Request) -> Wire:
        factors.remove_totp(request.caller, request.args)
        return {}

    totp, confirmed = f"{API}/totp", f"{API}/totp/confirm"
    table = [
        ("GET", f"{API}/second-factor", "Which second factors I have.", found, shapes.SecondFactors, None),
        ("POST", totp, "Begin to set up an authenticator app.", start, shapes.StartedTotp, Proof),
        ("POST", confirmed, "Finish setting it up.", confirm, account.Done, shapes.ConfirmTotp),
        ("DELETE", totp, "Remove my authenticator app.", remove, account.Done, Proof),
    ]
    return [
        Endpoint(method, path, summary, run, answer, body, tag="accounts", for_set_up=True)
        for method, path, summary, run, answer, body in table
    ]
