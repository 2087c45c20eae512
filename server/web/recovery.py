"""The endpoints of recovery codes, and of linking a new device."""

from schemas import account, recovery
from schemas.passkeys import Proof
from server.accounts.links import Links
from server.accounts.recovery_codes import RecoveryCodes
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire

TAG = "accounts"


def recovery_endpoints(codes: RecoveryCodes, links: Links) -> list[Endpoint]:
    """Return the endpoints for recovery codes and for linking a device."""
    return [*_of_codes(codes), *_of_links(links)]


def _of_codes(codes: RecoveryCodes) -> list[Endpoint]:
    def make(request: Request) -> Wire:
        return {"codes": codes.renew(request.caller, request.args)}

    def left(request: Request) -> Wire:
        return codes.left(request.caller)

    def recover(request: Request) -> Wire:
        return codes.recover(request.args, request.address)

    path = f"{API}/recovery-codes"
    return [
        Endpoint("POST", path, "Make recovery codes.", make, recovery.RecoveryCodes, Proof, tag=TAG),
        Endpoint("GET", path, "My recovery codes that are left.", left, recovery.RecoveryCodesLeft, tag=TAG),
        Endpoint(
            "POST",
            f"{API}/recover",
            "Get back in with a recovery code.",
            recover,
            account.Tokens,
            recovery.Recover,
            tag=TAG,
            public=True,
        ),
    ]


def _of_links(links: Links) -> list[Endpoint]:
    def show(request: Request) -> Wire:
        return links.show(request.caller, request.args)

    def enter(request: Request) -> Wire:
        return links.enter(request.args, request.address)

    return [
        Endpoint("POST", f"{API}/links", "Make a code for a new device.", show, recovery.Link, Proof, tag=TAG),
        Endpoint(
            "POST",
            f"{API}/login/link",
            "Sign a new device in with the code.",
            enter,
            account.Tokens,
            recovery.EnterLink,
            tag=TAG,
            public=True,
        ),
    ]
