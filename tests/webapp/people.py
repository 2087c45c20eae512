"""Somebody with the app on their phone: what they do and see, in sentences."""

import json
import re
import time
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests import waiting
from tests.conftest import PASSPHRASE

PATIENCE = 1000 * waiting.PATIENCE  # ms for anything to appear: the machine may be busy
expect.set_options(timeout=PATIENCE)
READ_ALL = """async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    const database = await new Promise((done) => (opening.onsuccess = () => done(opening.result)));
    for (const store of database.objectStoreNames) {
      const request = database.transaction(store).objectStore(store).getAll();
      found.push(await new Promise((done) => (request.onsuccess = () => done(JSON.stringify(request.result)))));
    }
    database.close();
  }
  return found.join();
}"""

FOCUSED = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent.trim() ?? at.textContent.trim();
}"""
MOST_TABS = 80
SHOWN = "navigator.serviceWorker.ready.then((one) => one.getNotifications())"


class Person:
    """One phone of one person. ``complaints`` has the errors of the browser, and must stay empty."""

    def __init__(self, name: str, context: BrowserContext, address: str) -> None:
        self.name, self.context, self.address = name, context, address
        self.complaints: list[str] = []
        self.space = ""  # of the conversation that a test is about
        self.asked: list[str] = []
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self._listen(self.page)

    def _listen(self, page: Page) -> None:
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (violation) =>"
            " console.error(`CSP: ${violation.violatedDirective} ${violation.blockedURI}`))"
        )
        page.on("console", lambda said: self.complaints.append(said.text) if "CSP:" in said.text else None)

    def opens(self, place: str = "/") -> "Person":
        """Open the app at a place."""
        self.page.goto(f"{self.address}/app/#{place}")
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until the app is shown."""
        self.page.locator("html[data-ready]").wait_for(state="attached")
        self.page.locator("h1").first.wait_for()

    def goes(self, place: str) -> None:
        """Go to a place inside the app."""
        self.page.evaluate("(place) => { location.hash = place; }", place)

    def settles(self) -> None:
        """Wait until the view of the present place is drawn, and what it asks of the server has come."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")

    def reloads(self) -> None:
        """Close the app and open it again."""
        self.page.reload()
        self.ready()

    def signs_in(self, handle: str, passphrase: str = PASSPHRASE) -> "Person":
        """Sign in with an account that exists."""
        self.opens("/sign-in")
        self.fills("Your name here", handle)
        self.fills("Passphrase", passphrase)
        self.presses("Come in")
        expect(self.heading("Conversations")).to_be_visible()
        return self

    def signs_up(self, handle: str, passphrase: str = PASSPHRASE) -> "Person":
        """Make an account."""
        self.opens("/sign-up")
        self.fills("A name for here", handle)
        self.fills("Passphrase", passphrase)
        self.presses("Make my place")
        expect(self.heading("Find someone")).to_be_visible()
        return self

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", name=words, exact=True, level=1)

    def fills(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def ticks(self, label: str | re.Pattern[str]) -> None:
        self.page.locator("label", has_text=label).first.click()

    def presses(self, words: str, place: Any = None) -> None:
        """Press a button or follow a link with these words."""
        within = place or self.page
        within.get_by_role("button", name=words, exact=True).or_(
            within.get_by_role("link", name=words, exact=True)
        ).locator("visible=true").first.click()

    def follows(self, words: str) -> None:
        """Follow the link that begins with these words."""
        self.page.get_by_role("link", name=re.compile(f"^{words}")).locator("visible=true").first.click()

    def reads(self, words: str | re.Pattern[str]) -> Locator:
        """Wait until words are visible, and return their element."""
        found = self.page.get_by_text(words).locator("visible=true").first
        expect(found).to_be_visible()
        return found

    def does_not_read(self, words: str) -> None:
        expect(self.page.get_by_text(words).locator("visible=true")).to_have_count(0)

    def writes(self, other: str, text: str) -> None:
        """Write a message and send it."""
        self.page.get_by_label(f"Write to {other}").fill(text)
        self.presses("Send")

    def sees(self, text: str) -> Locator:
        """Wait for a message, and return it."""
        message = self.message(text)
        expect(message).to_be_visible()
        return message

    def message(self, text: str) -> Locator:
        return self.page.locator("article.message", has_text=text)

    def changes(self, text: str, into: str) -> None:
        """Edit a message of one's own."""
        self.message(text).get_by_role("button").click()
        self.presses("Change")
        self.page.locator(".compose textarea").fill(into)
        self.presses("Save")

    def texts(self) -> list[str]:
        """Return the messages that are shown, in their order."""
        shown = self.page.locator("article.message .bubble")
        return [re.sub(r"\d\d:\d\d$", "", text).strip() for text in shown.all_inner_texts()]

    def stored(self) -> str:
        """Return everything that is in the databases of the page."""
        return str(self.page.evaluate(READ_ALL))

    def tabs_to(self, words: str, *, back: bool = False) -> None:
        """Press Tab until the focus is on the element with these words."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.page.evaluate(FOCUSED).startswith(words):
                return
        raise AssertionError(f"There is no way to {words!r} by keyboard.")

    def waits_for(self, promise: str) -> None:
        """Wait until a promise of the page is true. The page's policy forbids `eval`, so this is polled."""
        until = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(promise):
            assert time.monotonic() < until, promise
            self.page.wait_for_timeout(50)

    def is_pushed(self, payload: dict[str, Any]) -> str:
        """Let a push arrive at the service worker, and return the words that it shows.

        It is sent until it is shown, as push services do: Chromium does not say if it could not start the worker, and
        puts notifications away after 25 s.
        """
        session, registered = self.context.new_cdp_session(self.page), list[str]()
        session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registered.extend(one["registrationId"] for one in event["registrations"]),
        )
        session.send("ServiceWorker.enable")
        while not registered:
            self.page.wait_for_timeout(20)
        push = {"origin": self.address, "registrationId": registered[0], "data": json.dumps(payload)}
        until = time.monotonic() + PATIENCE / 1000
        while payload["collapse"] not in (shown := self.notifications()):
            assert time.monotonic() < until, f"{payload} is not shown; these are: {shown}"
            session.send("ServiceWorker.deliverPushMessage", push)
            self.page.wait_for_timeout(1000)
        session.detach()
        return shown[payload["collapse"]]

    def notifications(self) -> dict[str, str]:
        """Return the words of each notification that is shown, by its tag."""
        return dict(self.page.evaluate(f"{SHOWN}.then((all) => all.map(({{ tag, body }}) => [tag, body]))"))

    def offline(self) -> None:
        """Cut the network, once all files of the app are on the phone."""
        self.page.locator("html[data-kept]").wait_for(state="attached")
        self.context.set_offline(True)

    def online(self) -> None:
        self.context.set_offline(False)

    def leaves(self) -> None:
        self.context.close()
