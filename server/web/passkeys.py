"""The endpoints of passkeys."""

from schemas import account
from schemas import passkeys as shapes
from server.accounts.factors import Factors
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire

PASSKEYS = f"{API}/passkeys"
SIGN_IN = f"{API}/login/passkey"
LARGEST_CREDENTIAL = 16 * 1024  # bytes of a body with a credential; those of common devices have 1 to 6 kB
TAG = "accounts"


def passkey_endpoints(factors: Factors) -> list[Endpoint]:
    """Return the endpoints for adding, listing and removing passkeys, and for signing in with one."""
    return [*_own(factors), *_signing_in(factors)]


def _own(factors: Factors) -> list[Endpoint]:
    def options(request: Request) -> Wire:
        return factors.creation_options(request.caller, request.args)

    def add(request: Request) -> Wire:
        return factors.add_passkey(request.caller, request.args["name"], request.args["credential"])

    def listed(request: Request) -> Wire:
        return {"passkeys": factors.passkeys(request.caller)}

    def remove(request: Request) -> Wire:
        factors.remove_passkey(request.caller, request.path["id"], request.args)
        return {}

    table = [
        ("POST", f"{PASSKEYS}/options", "Begin to add a passkey.", options, shapes.CreationOptions, shapes.Proof),
        ("POST", PASSKEYS, "Add a passkey.", add, shapes.AddedPasskey, shapes.AddPasskey),
        ("GET", PASSKEYS, "My passkeys.", listed, shapes.Passkeys, None),
        ("DELETE", f"{PASSKEYS}/<id>", "Remove a passkey.", remove, account.Done, shapes.Proof),
    ]
    return [
        Endpoint(method, path, summary, run, answer, body, tag=TAG, for_set_up=True, largest=LARGEST_CREDENTIAL)
        for method, path, summary, run, answer, body in table
    ]


def _signing_in(factors: Factors) -> list[Endpoint]:
    def options(_: Request) -> Wire:
        return factors.request_options()

    def sign_in(request: Request) -> Wire:
        return factors.sign_in(request.args, request.address)

    table = [
        (f"{SIGN_IN}/options", "Begin to sign in by a passkey.", options, shapes.RequestOptions, None),
        (SIGN_IN, "Sign a phone in by a passkey.", sign_in, account.Tokens, shapes.PasskeySignIn),
    ]
    return [
        Endpoint("POST", path, summary, run, answer, body, tag=TAG, public=True, largest=LARGEST_CREDENTIAL)
        for path, summary, run, answer, body in table
    ]
