"""The code of docs/sign-in.md, in a real browser: from the app to the employer's provider, and back with tokens."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page

from tests.accounts.conftest import SAM
from tests.accounts.employer import Employer
from tests.adapters.documented import documented
from tests.conftest import Running

PAGE = b"""<!doctype html><title>An app</title>
<script type="module">window.employer = await import("/employer.js");</script>"""
RULE = {"claim": "groups", "value": "beside-specialists", "role": "specialist"}
PATIENCE = 120_000  # ms


class Files(SimpleHTTPRequestHandler):
    """The app's own server: the file of the docs, and one page at every other address."""

    def do_GET(self) -> None:
        if self.path == "/employer.js":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    """Return where the app is served."""
    folder = documented("sign-in", "employer.js").parent
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder))) as files:
        threading.Thread(target=files.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{files.server_port}"
        files.shutdown()


@pytest.fixture
def page(browser, origin) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(origin)
    page.wait_for_function("window.employer")
    yield page
    context.close()


@pytest.fixture
def api(origin, acme: Employer, mongodb, mongo_on_a_server, tmp_path) -> Iterator[str]:
    """Return the API of a server at which people of acme can sign in, and which the app may call."""
    acme.employs(sam=SAM)
    provider = {"name": "acme", "issuer": acme.issuer, "client_id": "beside", "rules": [RULE]}
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/{mongo_on_a_server.name}?{query}"
    settings = {"ALLOWED_ORIGINS": origin, "OIDC_PROVIDERS": json.dumps([provider])}
    server = Running(mongo_on_a_server, MONGODB_URI=uri, DATA_DIR=str(tmp_path), **settings)
    yield f"{server.address}/api/v1"
    server.stop()


def test_the_code_of_the_docs_signs_somebody_in_and_refuses_what_it_has_not_begun(page, api):
    page.evaluate("api => void employer.begin(api, 'acme')", api)
    page.fill("input[name=login]", "sam")
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.click("text=Continue")
    page.wait_for_url("**/callback?**")
    page.wait_for_function("window.employer")
    tokens = page.evaluate("api => employer.finish(api, 'browser')", api)
    assert (tokens["role"], tokens["handle"][:6]) == ("specialist", "staff-")
    assert page.evaluate("location.search") == "", "the code is not left in the address"
    stolen = "api => employer.finish(api, 'browser').then(String, (error) => error.message)"
    assert page.evaluate(stolen, api) == "This sign-in was not begun here."
