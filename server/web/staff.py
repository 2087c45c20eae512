"""The endpoints of moderators and supervisors."""

from schemas import trust as shapes
from server.queries.moderation import Moderation
from server.web.endpoint import Endpoint, Request
from sync.record import Wire

API = "/api/v1"


def staff(cases: Moderation) -> list[Endpoint]:
    """Return the endpoints for reports and escalations."""

    def report(request: Request) -> Wire:
        return cases.report(request.caller, request.path["id"])

    table = [
        ("reports", "Reports that are open.", lambda asked: cases.queue(asked.caller), shapes.Reports),
        ("reports/<id>", "A report, and what was selected.", report, shapes.Report),
        ("sanctions", "Appeals, and sanctions.", lambda asked: cases.sanctions(asked.caller), shapes.Sanctions),
        ("escalations", "What was told to others.", lambda asked: cases.escalations(asked.caller), shapes.Escalations),
    ]
    return [
        Endpoint("GET", f"{API}/operator/{name}", summary, run, answer, tag="operator")
        for name, summary, run, answer in table
    ]
