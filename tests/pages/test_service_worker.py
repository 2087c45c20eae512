"""Service workers: the one of the documentation starts the app without a network, and one may use the tabs' tokens."""

import pytest

from tests.adapters.documented import documented
from tests.pages.web_app import do, opened

REGISTER = """async (script) => {
  await navigator.serviceWorker.register(script, { type: "module" });
  return (await navigator.serviceWorker.ready).active.scriptURL;
}"""
ASK = """async (message) => {
  const { port1, port2 } = new MessageChannel();
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage(message, [port2]);
  return new Promise((done) => (port1.onmessage = ({ data }) => done(data)));
}"""
CACHED = "async () => (await (await caches.open('app-1')).keys()).map(({ url }) => new URL(url).pathname)"


@pytest.fixture
def context(browser):
    context = browser.new_context()
    yield context
    context.close()


def test_the_app_starts_without_a_network_and_no_answer_of_the_server_is_kept(context, origin, allowing):
    documented("web-apps", "service-worker.mjs")
    page = opened(context.new_page(), f"{origin}/")
    page.evaluate(REGISTER, "/service-worker.mjs")
    page.reload()  # from now on the worker answers
    url = f"{allowing.address}/api/v1/topics"
    assert do(page, "ask", url)["status"] == 200
    assert sorted(page.evaluate(CACHED)) == ["/", "/app.js"]
    context.set_offline(True)
    page.reload()
    assert page.title() == "An app of another origin"
    assert page.evaluate("(url) => fetch(url).then(() => 'answered', () => 'failed')", url) == "failed"


def test_a_service_worker_and_a_tab_share_their_tokens(context, origin, allowing):
    for page, name in (("rxdb", "beside.mjs"), ("rxdb", "session.mjs"), ("web-apps", "store.mjs")):
        documented(page, name)
    tab = opened(context.new_page(), f"{origin}/tabs.html?page=rxdb&server={allowing.address}")
    do(tab, "save", {**allowing.user(), "access_token": "expired"})
    tab.evaluate(REGISTER, "/token-worker.mjs")
    newer = tab.evaluate(ASK, {"server": allowing.address, "refused": "expired"})
    assert newer != "expired"
    assert do(tab, "stored")["access_token"] == newer
    assert do(tab, "pull") == "pulled"
