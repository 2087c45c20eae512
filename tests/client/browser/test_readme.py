"""The page of client/README.md, built and run as it is written there."""

import re
import subprocess

import pytest

from tests.client.bundled import CLIENT, ESBUILD
from tests.conftest import PASSPHRASE
from tests.waiting import PATIENCE, until

README = (CLIENT / "README.md").read_text()
FILE = re.compile(r"^```(?:js|html)\n(?://|<!--) file: (\S+)(?: -->)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BUILD = "npx esbuild app.js --bundle --format=esm --outfile=bundle.js"


@pytest.fixture
def page(context, bundle, origin, server):
    """Return the page, which calls the server of this test."""
    folder = bundle / "readme"
    (folder / "node_modules" / "@beside").mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "@beside" / "client").exists():
        (folder / "node_modules" / "@beside" / "client").symlink_to(CLIENT)
    files = dict(FILE.findall(README))
    assert set(files) == {"index.html", "app.js"}
    for name, text in files.items():
        (folder / name).write_text(text.replace("http://127.0.0.1:8080", server.address))
    assert BUILD in README
    subprocess.run([ESBUILD, *BUILD.split()[2:], "--log-level=warning"], cwd=folder, check=True, timeout=60)
    page = context.new_page()
    page.goto(f"{origin}/client/readme/index.html")
    return page


def shown(page):
    return page.locator("li").all_text_contents()


def test_the_page_of_the_readme_works_as_it_says(context, page, pair):
    page.get_by_placeholder("handle").fill(pair.tokens["handle"])
    page.get_by_placeholder("passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()
    until(lambda: page.get_by_role("status").text_content() == "live")
    write(page, "Hello, Sam.")
    until(lambda: shown(page) == ["me (with us): Hello, Sam."])
    pair.write("Hello, Ann.")
    until(lambda: shown(page) == ["me (with us): Hello, Sam.", "them: Hello, Ann."])
    context.set_offline(True)
    write(page, "Are you there?")
    until(lambda: shown(page)[-1] == "me (here): Are you there?")
    context.set_offline(False)
    until(lambda: shown(page)[-1] == "me (with us): Are you there?")
    page.reload()
    until(lambda: shown(page)[1:] == ["them: Hello, Ann.", "me (with us): Are you there?"])
    assert pair.sent() == ["Hello, Sam.", "Hello, Ann.", "Are you there?"]


def test_a_wrong_passphrase_is_said(page, pair):
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.get_by_placeholder("handle").fill(pair.tokens["handle"])
    page.get_by_placeholder("passphrase").fill("not this one at all")
    with page.expect_event("dialog", timeout=1000 * PATIENCE):
        page.get_by_role("button", name="Sign in").click()
    assert "passphrase" in said[0]
    assert page.get_by_placeholder("handle").is_visible()


def write(page, text):
    page.locator("#write input").fill(text)
    page.get_by_role("button", name="Send").click()
