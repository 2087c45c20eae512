"""A web app on `@beside/client`, at an origin of its own, and its tabs in a real Chromium."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.waiting import PATIENCE, until

APP = Path(__file__).parent / "app"


class Files(SimpleHTTPRequestHandler):
    """Serves the app and the bundle. A policy lets pages run only scripts of these files."""

    bundle: Path

    def translate_path(self, path):
        path = path.partition("?")[0]
        if path.startswith("/client/"):
            return str(self.bundle / path.removeprefix("/client/"))
        return super().translate_path(path)

    def end_headers(self):
        self.send_header("Content-Security-Policy", "script-src 'self'; base-uri 'none'; object-src 'none'")
        self.send_header("Cache-Control", "no-cache")  # offline, a page gets only files of the service worker
        super().end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serving(bundle: Path) -> Iterator[str]:
    """Serve the app with a bundle of the client, and yield its origin: with a host name, as passkeys need one."""
    handler = partial(type("Files", (Files,), {"bundle": bundle}), directory=str(APP))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        files.daemon_threads = True
        threading.Thread(target=files.serve_forever, daemon=True).start()
        yield f"http://localhost:{files.server_port}"
        files.shutdown()


class Tab:
    """A tab of the app. It opens the phone when it is loaded."""

    def __init__(self, context: BrowserContext, origin: str, server: str, **options: Any) -> None:
        """Take the addresses of the app and of the server, and more options of the phone."""
        self.address = f"{origin}/#{json.dumps({'url': server, **options})}"
        self.page: Page = context.new_page()
        self.load()

    def load(self) -> "Tab":
        """Load the page again."""
        self.page.goto("about:blank")  # a URL that differs only after the # would not be loaded
        self.page.goto(self.address)
        return self.ready()

    def ready(self) -> "Tab":
        self.page.locator("html[data-ready]").wait_for(state="attached", timeout=1000 * PATIENCE)
        return self

    def call(self, name: str, *args: Any) -> Any:
        """Call a function of the page's app, and return its result."""
        return self.page.evaluate("([name, args]) => app[name](...args)", [name, list(args)])

    def do(self, name: str, **args: Any) -> str:
        """Put a mutation into the outbox; return its id once it is stored."""
        return self.call("do", name, args)

    def send(self, space: str, text: str) -> str:
        """Let the user send a message, and return the mutation's id."""
        return self.do("message.send", space=space, id=self.call("id"), text=text, origin="person")

    def outcome(self, mutation: str) -> Any:
        """Return the outcome of a mutation of this tab, once there is one."""
        return self.page.evaluate("(id) => app.outcome(id)", mutation)

    def texts(self, space: str) -> list[str]:
        """Return the messages as this tab shows them."""
        return self.call("texts", space)

    @property
    def status(self) -> Any:
        return self.call("status")

    def is_live(self) -> bool:
        return self.status["state"] == "live"

    def until_live(self) -> "Tab":
        until(self.is_live, "the tab is not live")
        return self

    def until_shown(self, space: str, texts: list[str]) -> None:
        """Wait until this tab shows these messages, each once, and in this order."""
        until(lambda: self.texts(space) == texts, f"not shown: {texts}, but {self.texts(space)}")

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the rows of the browser's database: {table: {key: value}}."""
        return self.call("rows")
