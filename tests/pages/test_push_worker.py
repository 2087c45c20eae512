"""The service worker of docs/push.md in a real browser: what the server seals for a subscription is shown.

Headless Chromium cannot subscribe. So a fake push service opens what the server sends, and the same bytes are delivered
to the service worker by the protocol of the developer tools.
"""

import json

import pytest

from server.notifications.provider import Sent
from server.notifications.push_hosts import CheckedNetwork, PushHosts
from server.notifications.push_http import PushHttp
from server.notifications.vapid_keys import VapidKeys
from server.notifications.web_push import WebPush
from tests import in_memory
from tests.adapters.documented import documented
from tests.conftest import CONFIG
from tests.pages.web_app import opened
from tests.push.certificates import Authority
from tests.push.fakes import FakeWebPush, running
from tests.waiting import PATIENCE, until

REGISTER = """async () => {
  await navigator.serviceWorker.register("/push-worker.mjs", { type: "module" });
  return (await navigator.serviceWorker.ready).active.scriptURL;
}"""
SHOWN = """async () => {
  const { scope } = await navigator.serviceWorker.ready;
  const found = await (await navigator.serviceWorker.getRegistration(scope)).getNotifications();
  return found.map(({ title, body, tag, data }) => ({ title, body, tag, what: data.what }));
}"""
SEEN = 'async () => (await navigator.serviceWorker.ready).active.postMessage({ type: "seen" })'


@pytest.fixture
def service(tmp_path, monkeypatch):
    """Return a function that sends a payload as the server does, and what the push service opened of it, as text."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setattr("server.notifications.push_http.TIMEOUT", PATIENCE)
    with running(FakeWebPush(authority.context("localhost"))) as fake:
        http = PushHttp(network=CheckedNetwork(PushHosts(private=[f"localhost:{fake.port}"])))
        keys = VapidKeys(in_memory.database(), CONFIG.secret_keys, lambda: 0)
        provider, found = WebPush(http, keys, "mailto:ops@example.org"), fake.subscribed("ann")

        def send(what, badge, collapse):
            payload = {"what": what, "badge": badge, "collapse": collapse}
            provider.send(Sent("webpush", found["endpoint"], payload, (found["p256dh"], found["auth"])))
            return json.dumps(fake.payloads("ann")[-1])

        yield send
        http.close()


@pytest.fixture
def page(browser, origin):
    """Return a page of the web app, whose service worker is that of the documentation."""
    documented("push", "push-worker.mjs")
    context = browser.new_context(permissions=["notifications"])
    context.grant_permissions(["notifications"], origin=origin)
    page = opened(context.new_page(), f"{origin}/")
    page.evaluate(REGISTER)
    yield page
    context.close()


@pytest.fixture
def deliver(page, origin):
    """Return a function that delivers the bytes of a push to the service worker."""
    devtools, registrations = page.context.new_cdp_session(page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.wait_for_function("() => true")
    found = next(one for one in registrations if one["scopeURL"].startswith(origin))["registrationId"]

    def push(data):
        args = {"origin": origin, "registrationId": found, "data": data}
        devtools.send("ServiceWorker.deliverPushMessage", args)

    return push


def shown(page, *whats):
    """Wait until these notifications are shown, and return them."""

    def found():
        notifications = page.evaluate(SHOWN)
        return [notifications] if sorted(one["what"] for one in notifications) == sorted(whats) else None

    return until(found, "the notifications are not shown")[0]


def test_what_the_server_sends_is_shown_and_a_newer_one_takes_the_place_of_the_older(page, service, deliver):
    deliver(service("new", 1, "new"))
    assert shown(page, "new") == [
        {"title": "Beside", "body": "You have something new.", "tag": "new", "what": "new"},
    ]
    deliver(service("new", 2, "new"))
    deliver(service("urgent", 2, "urgent"))
    shown(page, "new", "urgent")
    deliver(service("test", 2, "new"))
    assert {one["body"] for one in shown(page, "test", "urgent")} == {
        "Notifications work.",
        "Please open Beside now.",
    }


@pytest.mark.parametrize("data", ["{}", "", json.dumps({"what": "something newer than this app", "badge": 1})])
def test_whatever_comes_something_is_shown(page, deliver, data):
    """After three pushes that show nothing, iOS ends the subscription."""
    deliver(data)
    notifications = until(lambda: page.evaluate(SHOWN), "nothing is shown")
    assert [one["title"] for one in notifications] == ["Beside"]


def test_the_page_takes_back_what_it_has_shown(page, service, deliver):
    deliver(service("new", 1, "new"))
    shown(page, "new")
    page.evaluate(SEEN)
    shown(page)


def test_the_page_registers_what_the_browser_gives_it(page, origin):
    """A subscription of the browser is made up here, as headless Chromium has none."""
    documented("push", "push.mjs")
    found = page.evaluate("""async () => {
      const { registerPush } = await import("/documented/push/push.mjs");
      const sent = [], made = [];
      const key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
      const { pushManager } = await navigator.serviceWorker.ready;
      const subscription = (options) => ({
        options, unsubscribe: async () => made.push("unsubscribed"),
        toJSON: () => ({ endpoint: "https://push.example/1", keys: { p256dh: "P", auth: "A" } }),
      });
      let current = subscription({ applicationServerKey: Uint8Array.from([4, 1]).buffer });
      pushManager.getSubscription = async () => current;
      pushManager.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
        made.push({ userVisibleOnly, length: applicationServerKey.length });
        return (current = subscription({ applicationServerKey: applicationServerKey.buffer }));
      };
      const fetched = async (path, body) => (body ? sent.push([path, body]) : { key, platforms: ["webpush"] });
      const answers = [await registerPush(fetched), await registerPush(fetched)];
      const silent = await registerPush(async () => ({ key: null, platforms: ["fcm"] }));
      return { sent, made, answers, silent };
    }""")
    body = {
        "platform": "webpush",
        "subscription": {"endpoint": "https://push.example/1", "p256dh": "P", "auth": "A"},
    }
    assert found["answers"] == ["registered", "registered"]
    assert found["sent"] == [["push-token", body]] * 2, "again at each start"
    assert found["made"] == ["unsubscribed", {"userVisibleOnly": True, "length": 65}], "anew for another key"
    assert found["silent"] == "unavailable"
