"""The demo page: two phones side by side in one page, whose stories tell themselves and end with both equal."""

import re
import struct
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect
from pymongo import MongoClient

from server.app import build
from server.store.database import Document, database
from tests.conftest import CONFIG, ROOT, Running
from tests.sealed import stored
from tests.webapp.people import PATIENCE

STORIES = (
    "Write in a tunnel",
    "Edit the same line apart",
    "The answer gets lost",
    "Open together",
)
DAYS = range(21)  # messages of the week, three a day
AXE = ROOT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """async () => {
  const { violations } = await axe.run({ exclude: [["iframe"]] }, { resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
PICTURE = ROOT / "docs" / "two-phones.png"
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def demo(mongodb: str, client: MongoClient[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a server with a demo."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    folder = str(tmp_path_factory.mktemp("demo"))
    uri = f"{path.rstrip('/')}/{name}?{query}"
    running = Running(database(client, name), MONGODB_URI=uri, DATA_DIR=folder, DEMO="on", LIMIT_DEMOS_PER_ADDRESS="0")
    yield running
    running.stop()
    client.drop_database(name)


class Demo:
    """The page in a browser of its own. ``complaints`` has what the browser complained of: it must stay empty."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address, self.complaints = context, address, list[str]()
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.asked = list[str]()
        self.page.on("request", lambda request: self.asked.append(request.url))

    def opens(self) -> "Demo":
        """Open the page, and wait until both phones show the conversation."""
        self.page.goto(f"{self.address}/app/demo?pace=0")
        for phone in ("ann", "sam"):
            self.app(phone).locator(".compose textarea").wait_for(
                state="attached"
            )  # on a narrow screen one phone is seen
        return self

    def app(self, phone: str) -> FrameLocator:
        """Return the app of a phone."""
        return self.page.frame_locator(f".handset[data-phone={phone}] iframe")

    def switch(self, phone: str) -> Locator:
        """Return the airplane switch of a phone."""
        return self.page.locator(f".handset[data-phone={phone}]").get_by_role("switch")

    def waiting(self, phone: str) -> Locator:
        """Return how many things wait in the outbox of a phone."""
        return self.page.locator(f".standing[data-phone={phone}] .waits")

    def writes(self, phone: str, text: str) -> None:
        """Write a message in the app of a phone."""
        self.app(phone).locator(".compose textarea").fill(text)
        self.app(phone).locator(".compose textarea").press("Control+Enter")

    def found(self) -> list[str]:
        """Return what axe-core finds on the page, without the frames: the app in them has tests of its own."""
        self.page.evaluate(AXE.read_text())
        return list(self.page.evaluate(FOUND))

    def tells(self, title: str) -> Locator:
        """Let a story tell itself, and return the comparison at its end."""
        told = self.page.locator(".log .compared")
        before = told.count()
        self.page.get_by_role("button", name=title).click()
        expect(told.nth(before).or_(self.page.locator(".log .wrong").first)).to_be_visible(timeout=2 * PATIENCE)
        expect(self.page.locator(".log .wrong")).to_have_count(0)
        return told.nth(before)


CONVERSE = """() => {
  const { space } = JSON.parse(localStorage.getItem("beside.demo"));
  for (const frame of document.querySelectorAll("iframe")) frame.contentWindow.location.hash = `/talk/${space}`;
}"""


@pytest.fixture(scope="module")
def shared(browser: Browser, demo: Running) -> Iterator[Demo]:
    page = Demo(browser.new_context(viewport={"width": 1440, "height": 900}), demo.address).opens()
    yield page
    page.context.close()
    assert page.complaints == []


@pytest.fixture
def phones(shared: Demo) -> Demo:
    """Return the page, shared by the tests that leave the pair as it was; both phones show the conversation."""
    shared.page.evaluate(CONVERSE)
    for phone in ("ann", "sam"):
        shared.app(phone).locator(".compose textarea").wait_for()
    return shared


@pytest.fixture
def alone(browser: Browser, demo: Running) -> Iterator[Demo]:
    """Return a page of its own, on a narrow screen by night, which is not open yet."""
    page = Demo(browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark"), demo.address)
    yield page
    page.context.close()


@pytest.mark.parametrize("title", STORIES)
def test_a_story_ends_with_the_same_on_both_phones(phones: Demo, title: str) -> None:
    require_equal(phones, phones.tells(title))


def require_equal(phones: Demo, compared: Locator) -> None:
    """Check that a story has ended with the same on both phones, and both connected."""
    assert compared.get_attribute("data-equal") == "true"
    assert compared.locator("tbody tr[data-same=true]").count() == compared.locator("tbody tr").count() >= 3
    for phone in ("ann", "sam"):
        expect(phones.waiting(phone)).to_have_attribute("data-count", "0")
        expect(phones.switch(phone)).to_have_attribute("aria-checked", "false")


def test_a_week_away_comes_in_one_page(phones: Demo) -> None:
    phones.tells("Write in a tunnel")  # so that there are two comparisons, of which each must be a thing of its own
    require_equal(phones, phones.tells("Phone away for a week"))
    expect(phones.app("sam").get_by_text("Sunday night: I am still here.").last).to_be_visible()
    told = phones.page.locator(".log li[data-phone=sam]", has_text="a new cursor").all_inner_texts()
    assert phones.found() == []
    assert any(int(count) >= len(DAYS) for line in told for count in re.findall(r"sends (\d+) change", line)), told


def test_a_specialist_who_vanishes_leaves_both_equal_and_then_two_new_people_come(alone: Demo, demo: Running) -> None:
    alone.opens()
    alone.page.get_by_role("button", name="Between them").click()
    assert alone.tells("A specialist vanishes").get_attribute("data-equal") == "true"
    assert alone.found() == []
    alone.page.get_by_role("button", name="Ann", exact=True).click()
    expect(alone.app("ann").get_by_text("This has nothing to do with you.", exact=False)).to_be_visible()
    first = alone.page.evaluate("localStorage.getItem('beside.demo')")
    alone.page.get_by_role("button", name="Two new people").click()
    alone.page.wait_for_load_state()
    alone.app("ann").locator(".compose textarea").wait_for()  # there was none any more
    assert alone.page.evaluate("localStorage.getItem('beside.demo')") != first
    assert demo.mongo is not None
    assert demo.mongo.records.count_documents({"kind": "request"}) == 0, "nobody real is asked"
    assert alone.complaints == []


def said(demo: Running) -> list[str | None]:
    """Return the texts of everything that the server has."""
    return [row.get("data", {}).get("text") for row in stored(demo.mongo)]


def test_the_airplane_switch_really_cuts(phones: Demo, demo: Running) -> None:
    assert demo.mongo is not None
    number = uuid.uuid4().hex[:6]
    hers, his = f"From the plane {number}", f"To the plane {number}"
    phones.switch("ann").click()
    expect(phones.switch("ann")).to_have_attribute("aria-checked", "true")
    expect(phones.app("ann").get_by_text("You are offline", exact=False)).to_be_visible()
    phones.writes("ann", hers)
    expect(phones.waiting("ann")).to_have_attribute("data-count", "1")
    phones.writes("sam", his)  # goes through meanwhile
    expect(phones.waiting("sam")).to_have_attribute("data-count", "0")
    assert said(demo).count(hers) == 0
    assert phones.app("sam").get_by_text(hers).count() == 0
    assert phones.app("ann").get_by_text(his).count() == 0
    phones.switch("ann").click()
    expect(phones.app("sam").get_by_text(hers)).to_be_visible()
    expect(phones.app("ann").get_by_text(his)).to_be_visible()
    assert said(demo).count(hers) == 1


def test_what_went_over_the_wire_is_said_in_words_and_shown_as_json(phones: Demo) -> None:
    text = f"On the wire {uuid.uuid4().hex[:6]}"
    phones.writes("ann", text)
    expect(phones.app("sam").get_by_text(text)).to_be_visible()
    sent = phones.page.locator(".log details", has_text=text).first
    expect(sent.locator("pre")).to_be_hidden()
    sent.locator("summary").click()
    expect(sent.locator("pre")).to_contain_text('"name": "message.send"')
    has = phones.page.locator(".standing[data-phone=sam] details").last
    has.locator("summary").click()
    expect(has.locator("pre")).to_contain_text('"cursor"')


def test_no_other_host_is_asked(phones: Demo, demo: Running) -> None:
    assert [url for url in phones.asked if not url.startswith((demo.address, "data:", "blob:"))] == []


def test_on_a_narrow_screen_a_reload_finds_the_same_two_and_another_tab_waits(alone: Demo, demo: Running) -> None:
    assert demo.mongo is not None
    alone.opens()
    before = demo.mongo.demo_pairs.count_documents({})
    alone.writes("ann", "Still here.")
    expect(alone.waiting("ann")).to_have_attribute("data-count", "0")
    alone.page.reload()
    expect(alone.app("ann").get_by_text("Still here.")).to_be_visible()
    expect(alone.switch("sam")).to_be_hidden()
    alone.page.get_by_role("button", name="Sam", exact=True).click()
    expect(alone.app("sam").get_by_text("Still here.")).to_be_visible()
    expect(alone.switch("ann")).to_be_hidden()
    assert demo.mongo.demo_pairs.count_documents({}) == before
    other: Page = alone.context.new_page()
    other.goto(f"{demo.address}/app/demo")
    expect(other.get_by_role("status")).to_contain_text("open in another tab")
    other.close()
    newest = max(demo.mongo.demo_pairs.find(), key=lambda pair: pair["until"])
    demo.mongo.devices.delete_many({"user": {"$in": newest["users"]}})  # as after a fresh start of the server
    alone.page.reload()
    alone.app("ann").locator(".compose textarea").wait_for()
    assert demo.mongo.demo_pairs.count_documents({}) == before + 1
    expect(alone.app("ann").get_by_text("Still here.")).to_have_count(0)
    assert [said for said in alone.complaints if "401" not in said] == []


def test_the_page_says_when_there_can_be_no_more_demos(alone: Demo) -> None:
    error = {"code": "try_later", "message": "Full.", "details": {"retry_after": 150}}
    alone.page.route("**/api/v1/demo", lambda route: route.fulfill(status=503, json={"error": error, "server_time": 1}))
    alone.page.goto(f"{alone.address}/app/demo")
    expect(alone.page.get_by_role("status")).to_contain_text("Come back in 3 minutes.")


@pytest.mark.in_memory
def test_there_is_a_page_only_where_there_is_a_demo(world) -> None:
    paths = ("/app/demo", "/app/demo/page.js", "/app/demo/style.css")
    for setting, status in (("on", 200), ("off", 404)):
        client = build(replace(CONFIG, demo=setting), world.mongo, lambda: world.time).app.test_client()
        assert [client.get(path).status_code for path in paths] == [status] * 3
        assert client.get("/app/").status_code == 200
        assert b"demo/" not in client.get("/app/files.js").data, "no phone keeps it"


@pytest.mark.in_memory
def test_the_page_may_run_its_own_scripts_only(world) -> None:
    headers = world.parts.app.test_client().get("/app/demo").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_picture_in_the_readme_is_small() -> None:
    content = PICTURE.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (1280, 720)
    assert len(content) < 150_000
