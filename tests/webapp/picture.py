"""`python -m tests.webapp.picture`: makes docs/two-phones.png, the picture at the top of the README.

It shows the demo page in the middle of its first story, with Ann's phone in a tunnel and what she wrote still on it.
"""

import os
from tempfile import TemporaryDirectory

from playwright.sync_api import expect

from tests.browser import launched
from tests.conftest import ROOT, Running

SIZE = {"width": 1280, "height": 720}
MOMENT = "Sam writes at the same time"
LATER = 4_000  # ms after the moment's words: Sam's message has gone over the wire


def main() -> None:
    """Start Beside with an empty database, tell the story, and keep the picture."""
    with TemporaryDirectory() as folder, launched() as browser:
        server = Running(None, DATA_DIR=os.path.join(folder, "data"))  # noqa: PTH118 — a text is needed
        try:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(f"{server.address}/app/demo?pace=2")
            expect(page.frame_locator("[data-phone=sam] iframe").get_by_role("textbox").last).to_be_visible(
                timeout=30_000
            )
            page.get_by_role("button", name="Write in a tunnel").click()
            expect(page.locator(".log")).to_contain_text(MOMENT, timeout=60_000)
            page.wait_for_timeout(LATER)
            page.screenshot(path=ROOT / "docs" / "two-phones.png")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
