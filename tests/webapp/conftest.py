"""The web app in a real browser: one server and one Chromium for a module, and people with a phone each."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import Running
from tests.pages.conftest import QUIET
from tests.webapp.people import Person


@pytest.fixture(scope="module")  # no longer: while it is open an event loop runs here, and other tests want one
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "run 'make programs'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def enters(browser: Browser, server: Running) -> Iterator[Callable[..., Person]]:
    """Return a function that lets somebody open the app on a phone of their own."""
    people: list[Person] = []

    def enter(name: str = "", **settings: object) -> Person:
        people.append(Person(name, browser.new_context(**settings), server.address))
        return people[-1]

    yield enter
    for person in people:
        person.leaves()
