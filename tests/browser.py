"""A real browser: Debian's Chromium, headless. All tests of one pytest worker share it."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

TURNED_OFF = (
    # Each window would start a process for the list below the address bar, and one for the next page that it may open.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess",
    # Chromium obeys only the last `--disable-features`, so this list repeats what Playwright turns off.
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
)  # fmt: skip
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(TURNED_OFF)}",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a Chromium."""
    chromium = shutil.which("chromium")
    assert chromium, "run 'make programs'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


class Chromium:
    """A browser that is started when it is first asked for.

    Playwright keeps an event loop running in this thread, and other tests start loops of their own here, which Python
    allows only one at a time. So this loop counts as running only while a module uses the browser.
    """

    def __init__(self) -> None:
        self._launched = launched()
        self._browser: Browser | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def used(self) -> Iterator[Browser]:
        """Give the browser; its event loop counts as the running one within the block."""
        if self._browser is None:
            self._browser = self._launched.__enter__()
            self._loop = asyncio.get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            yield self._browser
        finally:
            asyncio._set_running_loop(None)

    def close(self) -> None:
        """End the browser, if it was started."""
        if self._browser is not None:
            asyncio._set_running_loop(self._loop)
            self._launched.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _chromium() -> Iterator[Chromium]:
    chromium = Chromium()
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def browser(_chromium: Chromium) -> Iterator[Browser]:
    """Return the browser. A test closes what it opens in the browser."""
    with _chromium.used() as browser:
        yield browser
