"""Web apps of other origins, in a real browser: what they may do once they are listed, and that others may not."""

import threading
import uuid
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, Running

APP = Path(__file__).parent / "app"
SOCKET_IO = ROOT / "tests" / "clients" / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"


class Files(SimpleHTTPRequestHandler):
    """The app's own server: three files."""

    def translate_path(self, path):
        return str(SOCKET_IO) if path == "/socket.io.esm.min.js" else super().translate_path(path)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def origin():
    """Return where the app is served; it is another origin than Beside's, for its port is another."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(APP))) as files:
        threading.Thread(target=files.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{files.server_port}"
        files.shutdown()


@pytest.fixture(scope="module")
def allowing(mongodb, origin, tmp_path_factory):
    """Return a server that lets the app's origin call."""
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/test_{uuid.uuid4().hex[:12]}?{query}"
    directory = tmp_path_factory.mktemp("allowing")
    running = Running(None, MONGODB_URI=uri, DATA_DIR=str(directory), ALLOWED_ORIGINS=f"{origin},https://*.example.org")
    yield running
    running.stop()


@pytest.fixture
def page(browser, origin):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{origin}/index.html")
    page.wait_for_function("window.app")
    yield page
    context.close()


def do(page, name, *args):
    return page.evaluate("([name, args]) => app[name](...args)", [name, list(args)])


@pytest.fixture
def token(page, allowing):
    return do(page, "register", allowing.address, f"ann-{uuid.uuid4().hex}")["body"]["access_token"]


def test_a_page_registers_and_reads_what_was_answered(page, allowing):
    handle = f"ann-{uuid.uuid4().hex}"
    assert do(page, "register", allowing.address, handle)["status"] == 200
    taken = do(page, "register", allowing.address, handle)
    assert (taken["status"], taken["body"]["error"]["code"]) == (409, "id_taken")


def test_a_page_pulls_with_the_tag_of_its_last_pull(page, allowing, token):
    pull = f"{allowing.address}/api/v1/pull"
    first = do(page, "ask", pull, {"token": token})
    last = do(page, "ask", f"{pull}?cursor={first['body']['cursor']}", {"token": token})
    assert last["tag"], "the page can read the ETag"
    tagged = {"token": token, "headers": {"If-None-Match": last["tag"]}, "cache": "no-store"}
    assert do(page, "ask", f"{pull}?cursor={last['body']['cursor']}", tagged)["status"] == 304


def test_a_page_pushes_its_outbox(page, allowing, token):
    mutation = {"id": "01a203fa-fac9-7135-88a2-fe23b915dae1", "name": "note.put", "at": "1-0"}
    mutation["args"] = {"id": "n1", "title": "Monday"}
    pushed = do(page, "post", f"{allowing.address}/api/v1/push", token, {"mutations": [mutation]})
    assert [outcome["ok"] for outcome in pushed["body"]["outcomes"]] == [True]


def test_a_page_connects_a_socket(page, allowing, token):
    assert do(page, "socket", allowing.address, token)["changes"] >= 0


def test_a_page_follows_a_stream_of_rxdb(page, allowing, token):
    note = {"id": "n2", "title": "Tuesday"}
    streamed = do(page, "stream", allowing.address, token, note)
    assert [document["id"] for document in streamed["documents"]] == ["n2"]


def test_a_page_reads_how_long_to_wait_and_what_is_wrong(page, allowing):
    for _ in range(80):
        answer = do(page, "post", f"{allowing.address}/api/v1/refresh", None, {"refresh_token": "x"})
        if answer["status"] == 429:
            break
    assert int(answer["wait"]) > 0
    assert do(page, "ask", f"{allowing.address}/api/v1/nothing/here", {"token": "x"})["status"] == 404
    assert do(page, "ask", f"{allowing.address}/api/v1/push", {"token": "x"})["status"] == 405


def test_a_page_that_is_not_listed_can_do_none_of_it(page, server):
    for name, args in (
        ("register", ["eve"]),
        ("ask", []),
        ("post", ["x", {}]),
    ):
        where = server.address if name == "register" else f"{server.address}/api/v1/pull"
        with pytest.raises(Exception, match="Failed to fetch"):
            do(page, name, where, *args)
    assert do(page, "socket", server.address, server.user()["access_token"]) == {"refused": "websocket error"}
    assert do(page, "stream", server.address, server.user()["access_token"], {}) == {"refused": True}


PATHS = ["/api/v1/pull", "/api/v1/message/send", "/api/v1/spaces/x/history", "/openapi.json", "/nothing", "/healthz"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("asking", ["https://app.example.org", "https://a.b.example.org"])
def test_a_preflight_works_for_every_path(allowing, path, asking):
    asks = {"Origin": asking, "Access-Control-Request-Method": "POST"}
    asks["Access-Control-Request-Headers"] = "authorization,content-type,traceparent"
    answer = httpx.options(allowing.address + path, headers=asks, timeout=20)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == asking
    assert answer.headers["Access-Control-Allow-Headers"] == asks["Access-Control-Request-Headers"]
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) >= 600
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["watermelondb/schema", "rxdb/schemas"])
def test_a_page_that_is_listed_may_read_the_schemas_before_anybody_signs_in(allowing, path):
    where = f"{allowing.address}/api/v1/adapters/{path}"
    answer = httpx.get(where, headers={"Origin": "https://app.example.org"}, timeout=20)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example.org")
    assert "Access-Control-Allow-Origin" not in httpx.get(where, headers={"Origin": "null"}, timeout=20).headers


@pytest.mark.parametrize("asking", ["https://xexample.org.evil.com", "https://example.org", "https://evil.com", "null"])
def test_a_page_of_somebody_else_is_told_which_setting_it_lacks(allowing, asking):
    asks = {"Origin": asking, "Access-Control-Request-Method": "POST"}
    answer = httpx.options(f"{allowing.address}/api/v1/pull", headers=asks, timeout=20)
    assert answer.status_code == 403
    assert "ALLOWED_ORIGINS" in answer.json()["error"]["message"]
    assert "Access-Control-Allow-Origin" not in answer.headers
