"""`@beside/client` in Chromium: many messages go into IndexedDB while a conversation is shown and somebody types.

*first*: a phone signs in, gets 20 conversations, and fetches all of their history. *missed*: a phone that has synced
before missed messages in one conversation. During both, a subscriber shows the last 50 messages of a conversation, and
a key is pressed every 40 ms. Measured are the delay of the page's answer to a key, and Chromium's long tasks, which
block the page for more than 50 ms. *bare* puts as many messages into IndexedDB, 500 in a transaction, without a server
or a client.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from bench import past
from bench.client import Client, new_specialist, pairings, person
from bench.report import Result, Sample, medians
from bench.stage import KEY, Stage, beside
from server.accounts.tokens import Tokens
from tests.browser import launched
from tests.client.browser.web_app import serving
from tests.client.bundled import bundled

SPACES, MESSAGES = 20, 500  # conversations, and messages in each
ALL = SPACES * MESSAGES
TEN_MINUTES = 600_000  # ms
COLUMNS = (
    "10,000 messages",
    "usable ms",
    "all ms",
    "long tasks",
    "longest ms",
    "latest key ms",
    "transactions",
    "shown",
)
CELLS = ("usable", "ms", "tasks", "longest", "late", "writes", "shown")


def run(repeats: int) -> Result:
    """Measure all three in turn, each time with new users and in a fresh profile of the browser."""
    samples: dict[str, list[Sample]] = {"first": [], "missed": [], "bare": []}
    folder = Path(tempfile.mkdtemp(prefix="beside-bundle-"))
    try:
        bundled(folder)
        with serving(folder) as origin, beside(ALLOWED_ORIGINS=origin) as stage, launched() as browser:
            _first(browser, origin, stage)  # every worker is slow at first
            for _ in range(repeats):
                samples["first"].append(_first(browser, origin, stage))
                samples["missed"].append(_missed(browser, origin, stage))
                samples["bare"].append(_bare(browser, origin))
    finally:
        shutil.rmtree(folder)
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("@beside/client in Chromium, into IndexedDB", COLUMNS, rows, samples)


def _first(browser: Browser, origin: str, stage: Stage) -> Sample:
    token, spaces = _people(stage, SPACES)
    past.write(stage.mongo, spaces, MESSAGES)
    with browser.new_context() as context:
        return _measured(context, origin, stage, token, space=spaces[0], count=ALL, history=True)


def _missed(browser: Browser, origin: str, stage: Stage) -> Sample:
    token, [space] = _people(stage, 1)
    with browser.new_context() as context:
        _measured(context, origin, stage, token, space=space, count=0, history=False)
        past.write(stage.mongo, [space], ALL)
        return _measured(context, origin, stage, token, space=space, count=ALL, history=False)


def _bare(browser: Browser, origin: str) -> Sample:
    with browser.new_context() as context:
        return {"ms": _opened(context, origin).evaluate("(count) => app.bare(count)", ALL)}


def _opened(context: BrowserContext, origin: str) -> Page:
    page = context.new_page()
    page.goto(f"{origin}/speed.html")
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def _people(stage: Stage, peers: int) -> tuple[str, list[str]]:
    """Return the token of a new specialist, and the spaces that they share with new peers."""
    address, token = stage.server.address, new_specialist(stage)
    phones = [Client(address, token), *(Client(address, person(stage.mongo, "peer")) for _ in range(peers))]
    spaces = pairings(phones[0], phones[1:])
    for phone in phones:
        phone.close()
    return token, spaces


def _measured(context: BrowserContext, origin: str, stage: Stage, token: str, **asked: Any) -> Sample:
    """Let a page of the app sync; return the figures that it measured, and those of its long tasks."""
    caller = Tokens([KEY]).caller(token, int(time.time() * 1000))
    tokens = {"user": caller.user, "device": caller.device, "role": caller.role, "handle": None}
    tokens |= {"access_token": token, "refresh_token": "none", "lasts": TEN_MINUTES}
    page = _opened(context, origin)
    found = page.evaluate(
        "(asked) => app.measure(asked)", {"url": f"http://{stage.server.address}", "tokens": tokens, **asked}
    )
    page.close()
    long = found.pop("long")
    return {**found, "tasks": len(long), "longest": max(long, default=0.0)}
