"""The page to browse the API, in a real browser: everything on it comes from here, and it can be tried out."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TooSlow

from server.commands.context import COMMANDS
from tests.conftest import PASSPHRASE

PATIENCE, TRIES = 120_000, 12  # ms for anything, and in how many tries
SCROLL = """() => {
  const before = scrollY;
  scrollBy(0, innerHeight / 2);
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY > before))));
}"""


class Reader:
    """Somebody who reads the page, and notes what it asks for and what it complains of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (violation) =>"
            " console.error(`CSP: ${violation.violatedDirective} ${violation.blockedURI}`))"
        )

    def opens_the_docs(self) -> None:
        self.page.goto(f"{self.address}/docs")
        self.operation("GET", "/api/v1/spaces").wait_for()

    def operation(self, method: str, path: str):
        """Scroll down to an operation: of a list so long the page holds no more than what is in sight."""
        operation = self.page.locator(f".opblock-{method.lower()}").filter(
            has=self.page.locator(f'.opblock-summary-path[data-path="{path}"]')
        )
        self._from_the_top(lambda: operation.count() > 0)
        return operation

    def reads(self) -> set[tuple[str, str]]:
        """Return (method, path) of all that is in sight at some time while scrolling down."""
        found: set[tuple[str, str]] = set()

        def read() -> bool:
            shown = "rows => rows.map(row => [row.querySelector('.opblock-summary-method').textContent, "
            shown += "row.querySelector('.opblock-summary-path').dataset.path])"
            found.update(tuple(row) for row in self.page.locator(".opblock").evaluate_all(shown))
            return False

        self._from_the_top(read)
        return found

    def _from_the_top(self, seen: Callable[[], bool]) -> None:
        """Scroll from the top downwards until something is seen, or to the end."""
        self.page.locator(".opblock").first.wait_for()
        self.page.evaluate("scrollTo(0, 0)")
        while not seen() and self.page.evaluate(SCROLL):
            pass

    def opens(self, method: str, path: str):
        """Open an operation, and see what it can do. While the page is being laid out it may get out of sight again."""
        for _ in range(TRIES):
            operation = self.operation(method, path)
            with contextlib.suppress(TooSlow):
                if operation.locator(".opblock-body").count() == 0:
                    operation.locator(".opblock-summary-control").click(timeout=PATIENCE / TRIES)
                operation.get_by_role("button", name="Execute").wait_for(timeout=PATIENCE / TRIES)
                return operation
        raise AssertionError(f"{path} cannot be opened")

    def tries(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[str, dict[str, Any]]:
        """Fill in a body, send it, and return the status and the answer that the page shows."""
        operation = self.opens(method, path)
        if body is not None:
            operation.locator("textarea.body-param__text").fill(json.dumps(body))
        operation.get_by_role("button", name="Execute").click()
        answer = operation.locator(".live-responses-table tbody")
        status = answer.locator(".response-col_status").inner_text()
        return status.split()[0], json.loads(answer.locator("code").first.inner_text())

    def signs_in(self, token: str) -> None:
        """Give the page an access token for all that follows."""
        self.page.locator(".auth-wrapper button.authorize").first.click()
        dialog = self.page.locator(".dialog-ux")
        dialog.locator("input").fill(token)
        dialog.get_by_role("button", name="Apply credentials").click()
        dialog.get_by_role("button", name="Close").click()


@pytest.fixture
def reader(browser, server) -> Iterator[Reader]:
    context = browser.new_context()
    yield Reader(context.new_page(), server.address)
    context.close()


def test_whoever_opens_the_address_can_browse_every_command_and_nobody_else_is_asked(reader):
    reader.page.goto(reader.address)
    reader.operation("GET", "/api/v1/spaces").wait_for()
    assert reader.page.url == f"{reader.address}/docs"
    commands = {name for name, command in COMMANDS.items() if not command.internal}
    assert {("POST", f"/api/v1/{name.replace('.', '/')}") for name in commands} - reader.reads() == set()
    assert reader.complaints == []
    assert f"{reader.address}/openapi.json" in reader.asked
    assert {url for url in reader.asked if not url.startswith((f"{reader.address}/", "data:"))} == set()
    with reader.page.expect_console_message(lambda said: said.text.startswith("CSP: connect-src")):
        reader.page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert reader.complaints != [], "asking somebody else is a complaint"


def test_on_a_phone_a_refusal_can_be_seen_and_signing_up_and_what_needs_it_can_be_tried_out(reader):
    reader.page.set_viewport_size({"width": 390, "height": 844})
    reader.opens_the_docs()
    status, answer = reader.tries("GET", "/api/v1/spaces")
    assert (status, answer["error"]["code"]) == ("401", "unauthenticated")
    [complaint] = reader.complaints
    assert "401" in complaint, "which the browser itself notes"
    reader.complaints.clear()
    handle = f"reader-{uuid.uuid4().hex[:8]}"
    status, tokens = reader.tries("POST", "/api/v1/register", {"handle": handle, "passphrase": PASSPHRASE})
    assert (status, tokens["role"]) == ("200", "peer")
    reader.signs_in(tokens["access_token"])
    status, outcome = reader.tries("POST", "/api/v1/note/put", {"id": "n1", "body": "tried out"})
    assert (status, outcome["changes"][0]["data"]["body"]) == ("200", "tried out")
    assert reader.complaints == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") == 390, "nothing sticks out"
