"""The endpoints of moderators and supervisors."""

from collections.abc import Callable
from typing import Any

from schemas import trust as shapes
from schemas.operator import WhichReports
from server.queries.moderation import Moderation
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire


def staff(cases: Moderation) -> list[Endpoint]:
    """Return the endpoints for reports and escalations."""

    def report(request: Request) -> Wire:
        return cases.report(request.caller, request.path["id"])

    def reports(request: Request) -> Wire:
        is_open = request.args["state"] == "open"
        return cases.queue(request.caller) if is_open else cases.closed(request.caller)

    def escalations(request: Request) -> Wire:
        return cases.escalations(request.caller)

    table: list[tuple[str, str, Callable[[Request], Wire], Any, Any]] = [
        ("reports", "Reports that are open, or closed.", reports, shapes.Reports, WhichReports),
        ("reports/<id>", "A report, and what was selected.", report, shapes.Report, None),
        ("sanctions", "Appeals, and sanctions.", lambda asked: cases.sanctions(asked.caller), shapes.Sanctions, None),
        ("escalations", "What was told to others.", escalations, shapes.Escalations, None),
    ]
    return [
        Endpoint("GET", f"{API}/operator/{name}", summary, run, answer, query=query, tag="operator", audited=True)
        for name, summary, run, answer, query in table
    ]
