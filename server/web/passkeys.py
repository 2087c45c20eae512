"""The endpoints of passkeys."""

from schemas import account
from schemas import passkeys as shapes
from server.accounts.factors import Factors
from server.web.endpoint import Endpoint, Request
from server.web.sync import API
from sync.record import Wire

PASSKEYS = f"{API}/passkeys"
SIGN_IN = f"{API}/login/passkey"
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
        Endpoint(method, path, summary, run, answer, body, tag=TAG, for_set_up=True)
        for method, path, summary, run, answer, body in table
    ]


def _signing_in(factors: Factors) -> list[Endpoint]:
    def options(_: Request) -> Wire:
        return factors.request_options()

    def sign_in(request: Request) -> Wire:
        return factors.sign_in(request.args, request.address)

    summary, tokens = "Sign a phone in by a passkey.", account.Tokens
    return [
        Endpoint(
            "POST",
            f"{SIGN_IN}/options",
            "Begin to sign in by a passkey.",
            options,
            shapes.RequestOptions,
            tag=TAG,
            public=True,
        ),
        Endpoint("POST", SIGN_IN, summary, sign_in, tokens, shapes.PasskeySignIn, tag=TAG, public=True),
    ]
