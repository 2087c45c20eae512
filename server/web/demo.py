"""The endpoints of the demo: a pair of accounts with which a visitor can try Beside."""

from schemas.account import Done
from schemas.demo import DemoPair
from server.accounts.demo_pairs import DemoPairs
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire


def demo_endpoints(pairs: DemoPairs) -> list[Endpoint]:
    """Return the endpoints that make a pair of demo accounts, and that take its specialist out of service."""

    def make(request: Request) -> Wire:
        return pairs.make(request.address)

    def vanish(request: Request) -> Wire:
        return pairs.vanish(request.caller)

    return [
        Endpoint(
            "POST", f"{API}/demo", "Two people who are paired, for an hour.", make, DemoPair, tag="demo", public=True
        ),
        Endpoint("POST", f"{API}/demo/vanish", "Take the demo's specialist out of service.", vanish, Done, tag="demo"),
    ]
