"""A web app of another origin: its own web server, with a policy for scripts, and what its pages are asked to do."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.adapters.documented import WRITTEN
from tests.conftest import ROOT

APP = Path(__file__).parent / "app"
LIBRARIES = ROOT / "tests" / "clients" / "node_modules"
FOLDERS = {
    "/socket.io/": LIBRARIES / "socket.io-client" / "dist",
    "/rxjs/": LIBRARIES / "rxjs" / "dist" / "esm" / "internal",
    "/documented/": WRITTEN,
    "/service-worker": WRITTEN / "web-apps",  # at the root, because it serves the pages below it
    "/push-worker": WRITTEN / "push",
}
POLICY = re.search(r"^default-src .*$", (ROOT / "docs" / "web-apps.md").read_text(), re.MULTILINE)


class Files(SimpleHTTPRequestHandler):
    """The app's files, the libraries that they import, and the code of the documentation."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def translate_path(self, path):
        path = path.partition("?")[0]
        for prefix, folder in FOLDERS.items():
            if path.startswith(prefix):
                found = (
                    folder / path[prefix.rindex("/") + 1 :] if prefix[-1] != "/" else folder / path.removeprefix(prefix)
                )
                return str(found if found.suffix in {".js", ".mjs"} else found.with_suffix(".js"))
        return super().translate_path(path)

    def end_headers(self):
        """Send the policy of docs/web-apps.md with the page that names its server in the query."""
        server = self.path.partition("?server=")[2]
        if server:
            host = server.removeprefix("http://")
            policy = POLICY[0].replace("https://beside.example.org", server)
            self.send_header("Content-Security-Policy", policy.replace("wss://beside.example.org", f"ws://{host}"))
        super().end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serving() -> Iterator[str]:
    """Serve the app, and give its origin, which differs from Beside's by the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(APP))) as files:
        files.daemon_threads = True
        threading.Thread(target=files.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{files.server_port}"
        files.shutdown()


def opened(page: Page, address: str) -> Page:
    """Open a page of the app and wait until its scripts have run. A policy forbids to wait by a script of our own."""
    page.goto(address)
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def do(page: Page, name: str, *args: Any) -> Any:
    """Call a function of the page's app, and return what it returns."""
    return page.evaluate("([name, args]) => app[name](...args)", [name, list(args)])
