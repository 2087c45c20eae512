"""The endpoints for staff who look after specialists and queues, and the public lists that apps need."""

from collections.abc import Iterable

import numpy as np

from schemas import figures as figure_shapes
from schemas import overview as shapes
from schemas.agreement import STANDARD, digest
from schemas.errors import NotFound, TooLarge
from schemas.programme import SAFEGUARDS, Programme
from server.commands.pairing.programme import PROGRAMME, USUAL
from server.jobs.batch_matching import BatchMatching
from server.matching.taxonomy import VERSION, described
from server.matching.words import text
from server.queries.figures import Figures
from server.queries.staff import require_staff
from server.queries.staff_overview import Overview
from server.store.reader import Reader
from server.web.endpoint import API, Endpoint, Request
from sync.record import Key, Wire, private

MOST_REQUESTS = 1_000  # requests that a worker assigns at most, because its phones wait meanwhile


def overview(view: Overview, figures: Figures, batch: BatchMatching, reader: Reader) -> list[Endpoint]:
    """Return the endpoints for staff, the short list of a request, and the public lists."""
    return [*_lists(view), _figures(figures), _batch(batch), _shortlist(reader), *_public(), _programme(reader)]


def _figures(figures: Figures) -> Endpoint:
    def read(request: Request) -> Wire:
        asked = request.args
        return figures.read(request.caller, asked["by"], asked.get("from_"), asked.get("to"))

    path, summary = f"{API}/operator/figures", "Searches, waits and pairings, by week or month."
    answer, query = figure_shapes.FiguresOverTime, figure_shapes.AskFigures
    return Endpoint("GET", path, summary, read, answer, query=query, tag="operator", audited=True)


def _batch(batch: BatchMatching) -> Endpoint:
    def run(request: Request) -> Wire:
        require_staff(request.caller, "operator")
        if len(batch.waiting()) > MOST_REQUESTS:
            raise TooLarge(
                "There are too many requests for this endpoint; run `flask match run` on the server.",
                limit=MOST_REQUESTS,
            )
        outcome = batch.run(seed=request.args["seed"], dry_run=request.args["dry_run"])
        report = outcome.report
        return {
            "proposed": outcome.proposed,
            "lost": outcome.lost,
            "waiting": report.peers,
            "served": report.served,
            "quality": round(float(np.mean(report.scores)), 4) if report.served else 0.0,
            "blocking_pairs": report.blocking,
            "load_gini": round(report.load_gini, 4),
            "text": text(report),
        }

    path, summary = f"{API}/operator/match", "Assign those who wait for the first who can."
    return Endpoint("POST", path, summary, run, shapes.BatchResult, shapes.RunBatch, tag="operator", audited=True)


def _shortlist(reader: Reader) -> Endpoint:
    def read(request: Request) -> Wire:
        key = Key(private(request.caller.user), "shortlist", request.path["request"])
        found = reader.get([key]).get(key)
        if found is None or found.deleted:
            raise NotFound("There is no such short list.", field="request")
        return dict(found.data)

    path = f"{API}/requests/<request>/shortlist"
    return Endpoint("GET", path, "The short list of a request of mine.", read, shapes.ShortList, tag="reads")


def _programme(reader: Reader) -> Endpoint:
    def read(_: Request) -> Wire:
        found = reader.get([PROGRAMME]).get(PROGRAMME)
        return {"safeguards": list(SAFEGUARDS), **(USUAL if found is None else found.data)}

    return Endpoint(
        "GET", f"{API}/programme", "What holds in this programme.", read, Programme, tag="reads", public=True
    )


def _lists(view: Overview) -> Iterable[Endpoint]:
    table = (
        ("queue", "Who waits, and how long.", view.queue, shapes.Queue),
        ("load", "How many people each specialist has.", view.load, shapes.Specialists),
        ("leaving", "Specialists who leave or run out.", view.leaving, shapes.Specialists),
        ("orphans", "Pairings that nobody looks after.", view.orphans, shapes.Orphans),
    )
    for name, summary, read, answer in table:
        run = lambda request, read=read: read(request.caller)  # noqa: E731 — one line, used once
        yield Endpoint("GET", f"{API}/operator/{name}", summary, run, answer, tag="operator", audited=True)


def _public() -> list[Endpoint]:
    def topics(_: Request) -> Wire:
        return {"version": VERSION, "licence": "CC0-1.0", "topics": described()}

    def agreements(_: Request) -> Wire:
        return {"agreements": {locale: {"terms": terms, "sha256": digest(terms)} for locale, terms in STANDARD.items()}}

    return [
        Endpoint("GET", f"{API}/topics", "The topics.", topics, shapes.Topics, tag="reads", public=True),
        Endpoint(
            "GET",
            f"{API}/agreements",
            "The standard agreements.",
            agreements,
            shapes.Agreements,
            tag="reads",
            public=True,
        ),
    ]
