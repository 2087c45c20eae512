"""Web apps of other origins, in a real browser: what they may do once they are listed, and what they can read."""

import uuid

import httpx
import pytest
import uuid_utils

from schemas.table import VERSION
from tests.conftest import PASSPHRASE, Running
from tests.pages.web_app import do, opened

API = "/api/v1"
SIX_MEGABYTES = 6_000_000


@pytest.fixture(scope="module")
def open_page(browser, origin, allowing):
    """Return a function that opens the app in a profile of its own, under the policy of docs/web-apps.md."""
    contexts = []

    def make():
        contexts.append(browser.new_context())
        return opened(contexts[-1].new_page(), f"{origin}/index.html?server={allowing.address}")

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def page(open_page):
    """Return a page of the app: one for all tests, as it keeps nothing."""
    return open_page()


@pytest.fixture
def ann(allowing):
    return allowing.user()


@pytest.fixture
def ask(page, allowing, ann):
    """Return a function by which the page asks the server, as ann if not said otherwise."""

    def send(method: str, path: str, json=None, **how):
        return do(page, "ask", f"{allowing.address}{path}", {"method": method, "json": json, **ask_as(ann), **how})

    return send


def ask_as(user):
    return {"token": user["access_token"]}


def test_a_page_signs_up_trades_its_tokens_and_signs_out(page, allowing, ask):
    who = {"handle": f"ann-{uuid.uuid4().hex}", "passphrase": PASSPHRASE, "device": "tab"}
    first = ask("POST", f"{API}/register", who, token=None)["body"]
    fresh = ask("POST", f"{API}/refresh", {"refresh_token": first["refresh_token"]}, token=None)["body"]
    devices = ask("GET", f"{API}/devices", token=fresh["access_token"])["body"]["devices"]
    assert [device["id"] for device in devices] == [first["device"]]
    assert ask("DELETE", f"{API}/devices/{first['device']}", token=fresh["access_token"])["status"] == 200
    assert ask("GET", f"{API}/devices", token=fresh["access_token"])["status"] == 401


def test_a_page_writes_and_reads_by_every_way(ask, ann):
    put = {"id": str(uuid_utils.uuid7()), "name": "note.put", "at": "1-0", "args": {"id": "n1", "title": "Monday"}}
    assert ask("POST", f"{API}/mutate", put)["body"]["ok"]
    again = {**put, "id": str(uuid_utils.uuid7()), "args": {"id": "n2", "title": "Tuesday"}}
    assert [one["ok"] for one in ask("POST", f"{API}/push", {"mutations": [again]})["body"]["outcomes"]] == [True]
    key = {"Idempotency-Key": str(uuid_utils.uuid7())}
    assert ask("POST", f"{API}/note/put", {"id": "n3", "title": "Wednesday"}, headers=key)["status"] == 200
    notes = [change["id"] for change in ask("POST", f"{API}/sync", {"mutations": []})["body"]["changes"]]
    assert {"n1", "n2", "n3"} <= set(notes)
    history = ask("GET", f"{API}/spaces/user:{ann['user']}/history?before=999&limit=2")
    assert [change["id"] for change in history["body"]["changes"]] == ["n3", "n2"]


def test_a_page_pulls_with_the_tag_of_its_last_pull(ask):
    first = ask("GET", f"{API}/pull")
    last = ask("GET", f"{API}/pull?cursor={first['body']['cursor']}")
    tagged = {"headers": {"If-None-Match": last["headers"]["etag"]}, "cache": "no-store"}
    assert ask("GET", f"{API}/pull?cursor={last['body']['cursor']}", **tagged)["status"] == 304
    assert ask("HEAD", f"{API}/pull")["headers"]["etag"]


def test_a_page_syncs_by_the_endpoints_of_client_databases(ask):
    tables = ask("GET", f"{API}/adapters/watermelondb/schema", token=None)
    assert tables["headers"]["etag"], "a build can ask whether the schema still holds"
    sync = f"{API}/adapters/watermelondb/sync?last_pulled_at"
    row = {"id": "n1", "title": "Monday", "body": "", "mood": None}
    pulled = ask("GET", f"{sync}=null&schema_version={tables['body']['version']}&tables=note&migration=null")["body"]
    pushed = ask("POST", f"{sync}={pulled['timestamp']}", {"note": {"created": [row], "updated": [], "deleted": []}})
    assert pushed["status"] == 200, pushed
    documents = ask("POST", f"{API}/adapters/rxdb/note/pull", {"checkpoint": None, "batchSize": 10})["body"]
    [note] = documents["documents"]
    assert (note["id"], note["title"]) == ("n1", "Monday")
    changed = {"newDocumentState": {**note, "title": "Sunday"}, "assumedMasterState": note}
    assert ask("POST", f"{API}/adapters/rxdb/note/push", [changed])["body"] == []


@pytest.mark.parametrize("path", ["stream", f"{VERSION - 1}/pullStream"])
def test_a_page_follows_a_stream(page, allowing, ann, path):
    note = {"id": "n2", "title": "Tuesday"}
    streamed = do(page, "stream", allowing.address, path, ann["access_token"], note)
    assert [document["id"] for document in streamed["documents"]] == ["n2"]


def test_a_page_connects_a_socket(page, allowing, ann):
    assert do(page, "socket", allowing.address, ann["access_token"])["changes"] >= 0


def test_a_page_that_polls_is_told_to_connect_by_websocket(page, allowing, ann):
    told = do(page, "socket", allowing.address, ann["access_token"], ["polling"])
    assert told["status"] == 400
    assert "transports: ['websocket']" in told["text"]


REFUSALS = [
    (400, "POST", f"{API}/pull", {"json": {"cursor": 1}}, {}),
    (401, "GET", f"{API}/pull", {"token": "expired"}, {"www-authenticate": "Bearer"}),
    (403, "GET", f"{API}/operator/reports", {}, {}),
    (404, "GET", f"{API}/nothing/here", {}, {}),
    (405, "GET", f"{API}/push", {}, {"allow": "POST"}),
    (405, "PUT", f"{API}/push", {}, {"allow": "POST"}),
    (405, "PATCH", f"{API}/push", {}, {"allow": "POST"}),
    (413, "POST", f"{API}/push", {"json": {"mutations": "x" * SIX_MEGABYTES}}, {}),
    (426, "GET", f"{API}/adapters/rxdb/note/0/pull?lwt=0&id=&limit=10", {}, {}),
]


@pytest.mark.parametrize(("status", "method", "path", "how", "headers"), REFUSALS)
def test_a_page_reads_what_is_wrong(ask, status, method, path, how, headers):
    answer = ask(method, path, **how)
    assert answer["status"] == status
    assert answer["body"]["error"]["message"]
    assert headers.items() <= answer["headers"].items()


def test_a_page_reads_how_long_to_wait(ask):
    for _ in range(80):
        answer = ask("POST", f"{API}/refresh", {"refresh_token": "x"}, token=None)
        if answer["status"] == 429:
            break
    assert int(answer["headers"]["retry-after"]) == answer["body"]["error"]["details"]["retry_after"] > 0


def test_a_browser_asks_once_whether_it_may_call(open_page, allowing, ann):
    page, asked = open_page(), []
    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", lambda sent: asked.append(sent["request"]["method"]))
    network.send("Network.enable")
    how = {"method": "POST", **ask_as(ann)}
    for _ in range(3):
        assert do(page, "ask", f"{allowing.address}{API}/spaces/x/history", how)["status"] == 405
    assert sorted(asked) == ["OPTIONS", "POST", "POST", "POST"]


def test_a_frame_without_an_origin_calls_where_null_is_listed(browser, origin, allowing, server, ann):
    context = browser.new_context()
    page = opened(context.new_page(), f"{origin}/index.html")
    path = f"{API}/devices"
    assert do(page, "sandboxed", f"{allowing.address}{path}", ann["access_token"])["status"] == 200
    refused = do(page, "sandboxed", f"{server.address}{path}", ann["access_token"])
    assert (refused["status"], refused["body"]["error"]["details"]["origin"]) == (403, "null")
    context.close()


PATHS = ["/api/v1/pull", "/api/v1/message/send", "/api/v1/spaces/x/history", "/openapi.json", "/nothing", "/healthz"]
LISTED = ["https://app.example.org", "https://a.b.example.org", "capacitor://localhost", "ionic://localhost", "null"]


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_works_for_every_path(allowing: Running, path):
    for asking in LISTED:
        asks = {"Origin": asking, "Access-Control-Request-Method": "POST"}
        asks["Access-Control-Request-Headers"] = "authorization,content-type,traceparent"
        answer = httpx.options(allowing.address + path, headers=asks, timeout=20)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == asking
        assert answer.headers["Access-Control-Allow-Headers"] == asks["Access-Control-Request-Headers"]
        for method in ("DELETE", "PATCH", "POST", "PUT"):
            assert method in answer.headers["Access-Control-Allow-Methods"]
        assert int(answer.headers["Access-Control-Max-Age"]) >= 600
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("asking", LISTED)
def test_an_app_that_is_listed_may_read_the_schemas_before_anybody_signs_in(allowing, asking):
    for path in ("watermelondb/schema", "rxdb/schemas"):
        where = f"{allowing.address}/api/v1/adapters/{path}"
        answer = httpx.get(where, headers={"Origin": asking}, timeout=20)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, asking)
