"""The endpoints for signing in through an employer."""

from schemas import oidc as shapes
from server.accounts.oidc import OidcSignIn
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire

PATH = f"{API}/login"


def oidc_endpoints(oidc: OidcSignIn) -> list[Endpoint]:
    """Return the endpoint that lists the providers, and the one that takes their id_tokens."""

    def offered(_: Request) -> Wire:
        return {"providers": oidc.offered()}

    def log_in(request: Request) -> Wire:
        return oidc.log_in(request.args, request.address)

    summary, said = "Through which providers employees can sign in.", "Sign a phone in through an employer."
    providers, tokens, body, tag = shapes.OfferedProviders, shapes.OidcTokens, shapes.OidcLogIn, "accounts"
    return [
        Endpoint("GET", f"{PATH}/providers", summary, offered, providers, tag=tag, public=True),
        Endpoint("POST", f"{PATH}/oidc", said, log_in, tokens, body, tag=tag, public=True),
    ]
