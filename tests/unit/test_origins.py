"""Which web apps may call: what is listed, with wildcards that end at a dot, and the server's own host."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import Schema
from structlog.testing import capture_logs

from schemas.errors import CATALOG, Forbidden
from server.limits.pacing import Pacing
from server.limits.settings import Limits
from server.limits.under_way import UnderWay
from server.observability.security_log import SecurityLog
from server.web.endpoint import Endpoint
from server.web.flask_app import SAFE
from server.web.origin_entries import problem
from server.web.origins import EXPOSED, LOGGED_ORIGINS, LONGEST_ORIGIN, Origins
from server.web.routes import serve

ROOT = Path(__file__).parent.parent.parent
APP = "https://app.example.org"
PACING = Pacing(Limits())
NOT_FOR_APPS = {*SAFE, "Content-Type", "Content-Length", "Content-Encoding", "Vary"}  # for browsers, or always readable

GOOD = [
    "*", "https://app.example.org", "http://localhost:5173", "https://*.example.org", "capacitor://localhost",
    "http://[::1]:3000", "https://*.example.org:8443", "http://127.0.0.1:8080", "tauri://localhost",
    "ionic://localhost", "null",
]  # fmt: skip
WRONG = {  # and the word that helps
    " https://a.example.org": "Write https://a.example.org instead",
    "https://a.example.org ": "Write https://a.example.org instead",
    "https://a.example.org/": "Write https://a.example.org instead",
    "https://a.example.org/app?x#y": "Write https://a.example.org instead",
    "https://A.Example.org": "Write https://a.example.org instead",
    "https://a.example.org:443": "Write https://a.example.org instead",
    "http://a.example.org:80": "Write http://a.example.org instead",
    "a.example.org": "Write https://a.example.org instead",
    "*.example.org": "Write https://*.example.org instead",
    "": "is no origin", "https://": "is no origin", "https://*": "is no origin", "https://*.org": "is no origin",
    "https://a.*.org": "is no origin", "https://*a.example.org": "is no origin", "http://localhost:*": "is no origin",
    "https://u:p@a.example.org": "is no origin", "file://": "Write null instead", "https://a b.org": "is no origin",
    "https://[::1": "is no origin", "https://.example.org": "is no origin", "//a.example.org": "is no origin",
}  # fmt: skip


@pytest.mark.parametrize("entry", GOOD)
def test_an_origin_is_taken_as_a_browser_sends_it(entry):
    assert problem(entry) is None


@pytest.mark.parametrize("entry", WRONG)
def test_what_is_no_origin_is_refused_with_a_sentence(entry):
    assert WRONG[entry] in (problem(entry) or "")


@pytest.mark.parametrize("origin", ["https://a.example.org", "https://a.b.example.org"])
def test_a_wildcard_stands_for_labels(origin):
    assert Origins(["https://*.example.org"]).allows(origin, "api.test")


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org", "https://xexample.org", "https://xexample.org.evil.com", "https://a.example.org.evil.com",
        "http://a.example.org", "https://a.example.org:8443", "https://evil.com/a.example.org", "https://.example.org",
        "https://a.example.org\n", "https://a.exampleXorg", "https://evil.com?a.example.org", "", "null", "*",
    ],
)  # fmt: skip
def test_a_wildcard_lets_nobody_else_in(origin):
    assert not Origins(["https://*.example.org"]).allows(origin, "api.test")


def test_a_dot_in_an_entry_is_a_dot():
    assert not Origins(["https://app.example.org"]).allows("https://appXexample.org", "api.test")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://api.test", "api.test"), ("https://api.test", "api.test"), ("wss://api.test", "api.test"),
        ("app://api.test:8080", "api.test:8080"), ("https://api.test:443", "api.test"), ("HTTP://API.test", "api.test"),
    ],
)  # fmt: skip
def test_a_native_app_that_says_the_servers_own_host_is_let_in(origin, host):
    assert Origins([]).allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.com", "api.test"), ("https://api.test.evil.com", "api.test"), ("https://xapi.test", "api.test"),
        ("http://api.test:8080", "api.test"), ("api.test", "api.test"), ("https://", ""), ("", ""), ("null", "null"),
    ],
)  # fmt: skip
def test_nobody_else_is_let_in_where_nobody_is_listed(origin, host):
    assert not Origins([]).allows(origin, host)


def test_all_are_let_in_where_the_operator_says_so():
    assert Origins(["*"]).allows("https://anybody.test", "api.test")


def test_a_page_that_may_not_call_is_told_and_the_log_has_each_origin_once():
    origins = Origins([])
    with capture_logs() as logged:
        for _ in range(3):
            for origin in ("https://evil.com", "null", "x" * 999):
                with pytest.raises(Forbidden, match="ALLOWED_ORIGINS") as refused:
                    origins.require(origin, "api.test")
                assert refused.value.details["origin"] == origin[:LONGEST_ORIGIN]
    assert [line["origin"] for line in logged] == ["https://evil.com", "null", "x" * LONGEST_ORIGIN]


def test_the_log_does_not_grow_with_the_origins_that_a_stranger_makes_up():
    origins = Origins([])
    with capture_logs() as logged:
        for number in range(2 * LOGGED_ORIGINS):
            with pytest.raises(Forbidden):
                origins.require(f"https://{number}.evil.com", "api.test")
    assert len(logged) == LOGGED_ORIGINS


def test_a_client_that_sends_no_origin_is_no_page():
    Origins([]).require(None, "api.test")


def served(origins, problem=None):
    """Return a client of an app with one endpoint, which answers with a problem if there is one."""

    def run(_request):
        if problem is not None:
            raise problem
        return {"secret": "of the caller"}

    app = Flask("test")
    endpoint = Endpoint("GET", "/it", "It.", run, Schema, public=True)
    serve(app, [endpoint], None, origins, PACING, UnderWay(0), SecurityLog("secret"), lambda: 1)
    return app.test_client()


@pytest.mark.parametrize("code", CATALOG)
def test_a_page_that_may_call_reads_every_error_and_all_its_headers(code):
    problem = CATALOG[code]("It failed.", retry_after=3)
    answer = served(Origins([APP]), problem).get("/it", headers={"Origin": APP})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (problem.status, code)
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    sent = {name for name in answer.headers.keys() if not name.startswith("Access-Control-")}  # noqa: SIM118 — no dict
    assert "Retry-After" in sent
    assert sent - NOT_FOR_APPS <= set(exposed)


def test_a_page_that_may_not_call_reads_nothing_else():
    answer = served(Origins([APP])).get("/it", headers={"Origin": "https://evil.com"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert "secret" not in answer.text
    assert served(Origins([APP])).get("/it", headers={"Origin": APP}).get_json()["secret"]


def test_a_page_that_may_not_call_is_slowed_down_as_a_stranger_is():
    slow = Pacing(replace(Limits(), requests_at_once=2, requests_per_second=1))
    app, waited = Flask("test"), []
    slow.wait_for_connection = lambda connection, size: waited.append((connection, size))
    Origins([]).serve(app, slow)
    app.test_client().get("/it", headers={"Origin": "https://evil.com"}, environ_base={"REMOTE_PORT": 7})
    assert waited == [("127.0.0.1 7", 0)]


def test_every_header_that_the_server_sends_can_be_read_by_pages_or_is_of_no_use_to_them():
    sent = {
        name
        for path in (ROOT / "server" / "web").glob("*.py")
        for name in re.findall(r'headers(?:\[|\.setdefault\()"([A-Za-z-]+)"', path.read_text())
    }
    assert {"Retry-After", "Allow"} <= sent, "the pattern still finds them"
    assert {name for name in sent if not name.startswith("Access-Control-")} - NOT_FOR_APPS <= set(EXPOSED.split(", "))
