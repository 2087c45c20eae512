"""Web apps that ALLOWED_ORIGINS does not list: they can do nothing, and their developers are told why."""

import uuid

import httpx
import pytest

from tests.conftest import PASSPHRASE
from tests.pages.web_app import do, opened

API = "/api/v1"
STRANGERS = ["https://xexample.org.evil.com", "https://example.org", "https://evil.com", "http://localhost", "x" * 999]


@pytest.fixture(scope="module")
def page(browser, origin):
    """Return a page of the app: one for all tests, as it keeps nothing."""
    context = browser.new_context()
    yield opened(context.new_page(), f"{origin}/index.html")
    context.close()


def require_told(error, origin):
    """Require that an error names the origin, and the setting that has to list it."""
    assert error["code"] == "forbidden"
    assert "ALLOWED_ORIGINS" in error["message"]
    assert origin in error["message"]
    assert error["details"] == {"field": "Origin", "origin": origin, "setting": "ALLOWED_ORIGINS"}


@pytest.mark.parametrize("content", ["application/json", "text/plain"])  # with a preflight, and without
def test_what_a_page_asks_is_not_done_and_it_reads_why(page, server, origin, content):
    who = {"handle": f"eve-{uuid.uuid4().hex}", "passphrase": PASSPHRASE, "device": "tab"}
    sent = {"method": "POST", "body": httpx.Request("POST", "http://x", json=who).content.decode()}
    answer = do(page, "ask", f"{server.address}{API}/register", {**sent, "headers": {"Content-Type": content}})
    assert answer["status"] == 403
    require_told(answer["body"]["error"], origin)
    assert httpx.post(f"{server.address}{API}/register", json=who, timeout=60).status_code == 200, "it was not done"


@pytest.mark.parametrize("path", [f"{API}/pull", f"{API}/adapters/rxdb/schemas", "/nothing", "/openapi.json", "/docs"])
def test_a_page_reads_nothing_but_the_refusal(page, server, origin, path):
    answer = do(page, "ask", f"{server.address}{path}", {"token": server.user()["access_token"]})
    assert answer["status"] == 403
    require_told(answer["body"]["error"], origin)


def test_a_socket_is_told_in_its_connect_error(page, server, origin):
    told = do(page, "socket", server.address, server.user()["access_token"])
    require_told(told["data"], origin)
    assert told["refused"] == told["data"]["message"]


def test_a_socket_that_polls_first_is_told_in_the_network_panel(page, server, origin):
    with page.expect_response(lambda answer: "/socket.io/" in answer.url) as seen:
        told = do(page, "socket", server.address, server.user()["access_token"], ["polling", "websocket"])
    assert told["status"] == 403
    require_told(seen.value.json()["error"], origin)


def test_a_stream_is_told_in_the_network_panel(page, server, origin):
    """A page cannot read the answer to an EventSource. Its developer sees status and answer in the network panel."""
    with page.expect_response(lambda answer: "/stream" in answer.url) as seen:
        assert do(page, "stream", server.address, "stream", server.user()["access_token"], {}) == {"refused": True}
    assert seen.value.status == 403
    path = seen.value.url.partition("?")[0]
    answer = httpx.get(path, headers={"Origin": origin}, timeout=20)
    require_told(answer.json()["error"], origin)


@pytest.mark.parametrize("asking", STRANGERS)
def test_a_stranger_is_refused_whatever_is_listed(allowing, asking):
    for method, path in (("POST", f"{API}/pull"), ("GET", "/docs"), ("DELETE", f"{API}/account"), ("GET", "/nothing")):
        answer = httpx.request(method, f"{allowing.address}{path}", headers={"Origin": asking}, timeout=20)
        assert answer.status_code == 403
        require_told(answer.json()["error"], asking[:200])


def test_a_client_that_is_no_page_is_not_asked_for_an_origin(server):
    assert httpx.get(f"{server.address}{API}/topics", timeout=20).status_code == 200
