"""The endpoints for prompts, check-in items and crisis lines, and for the path, which a pair makes together."""

from dataclasses import asdict
from functools import partial

from schemas import trust as shapes
from schemas.checkin import ITEMS
from server.commands import access
from server.queries.crisis_lines import CrisisLines
from server.store.documents import EVERYTHING
from server.store.reader import Reader
from server.trust import prompts, rupture
from server.web.endpoint import API, Endpoint, Request
from sync.record import Record, Wire

PATH = ("milestone", "letter", "strength", "step", "question", "disclosure", "promise")
UNPROVEN = "These items are our own, CC0, and have not been validated as a measure of anything."


def trust(reader: Reader, lines: CrisisLines) -> list[Endpoint]:
    """Return the endpoints; all but the path are public."""
    return [*_public(lines), _path(reader)]


def _public(lines: CrisisLines) -> list[Endpoint]:
    def library(request: Request) -> Wire:
        return prompts.library(request.args["after"])

    def bundle(request: Request) -> Wire:
        return lines.bundle(request.path["country"])

    def countries(_: Request) -> Wire:
        return lines.countries()

    def items(_: Request) -> Wire:
        return {"licence": "CC0-1.0", "note": UNPROVEN, "items": ITEMS, "constants": asdict(rupture.CONSTANTS)}

    table = [
        ("prompts", "Open questions; those that are new since a version.", library, shapes.Prompts, shapes.After),
        ("checkin-items", "The items of the private check-in.", items, shapes.Items, None),
        ("lines", "Countries with crisis lines, and the key that signs them.", countries, shapes.Countries, None),
        ("lines/<country>", "The crisis lines of a country, signed.", bundle, shapes.Bundle, None),
    ]
    return [
        Endpoint("GET", f"{API}/{name}", summary, run, answer, query=query, tag="reads", public=True)
        for name, summary, run, answer, query in table
    ]


def _path(reader: Reader) -> Endpoint:
    def read(request: Request) -> Wire:
        space = request.path["space"]
        is_member = partial(reader.is_member, request.caller.user, space)
        with reader.consistent():
            found = access.read_as_member(is_member, space, lambda: _whole_path(reader, space))
        return {"changes": [one.change() for one in sorted(found, key=lambda one: one.first_seq) if not one.deleted]}

    path, summary = f"{API}/spaces/<space>/path", "What two people keep of their way, to export or print."
    return Endpoint("GET", path, summary, read, shapes.Path, tag="reads")


def _whole_path(reader: Reader, space: str) -> list[Record]:
    return [one for kind in PATH for one in reader.of_kind(space, kind, 0, EVERYTHING, EVERYTHING)]
