"""What a phone asks for: which platforms there are, where it is reached, and a test notification; honest answers."""

import json
from dataclasses import replace

import pytest

from server.app import build
from server.notifications.push_settings import PushSettings
from tests.conftest import CONFIG
from tests.sealed import push_tokens
from tests.trust.scene import asking
from tests.waiting import until

pytestmark = pytest.mark.in_memory

AUTH = "a" * 22
TOKEN, TEST, KEY = "/api/v1/push-token", "/api/v1/push-token/test", "/api/v1/push-key"


@pytest.fixture
def only(world):
    """Give a function that lets the server have some push services and no others, and returns how a phone asks it."""
    built = []

    def with_services(phone, **settings):
        world.parts = build(replace(CONFIG, push=PushSettings(**settings)), world.mongo, lambda: world.time)
        built.append(world.parts.notifications.services)
        phone.transport.parts = world.parts
        ask = asking(world, phone)
        return lambda path, **how: json.loads(ask(path, **how))

    yield with_services
    for services in built:
        services.close()


@pytest.fixture
def browser(web_push, only, ann):
    """Return ann's way to ask a server that reaches the fake push service of browsers."""
    return only(ann, private_hosts=(f"localhost:{web_push.port}",))


def registered(world, phone):
    rows = push_tokens(world.mongo).of_user(phone.user)
    return [(row["push_platform"], row["push_token"]) for row in rows]


def test_a_server_says_which_devices_it_can_ring_and_gives_browsers_its_key(only, ann, apns, fcm):
    ask = only(ann)
    found = ask(KEY)
    assert found["platforms"] == ["webpush", "unifiedpush"]
    assert len(found["key"]) == 87
    assert ask(KEY)["key"] == found["key"]
    assert only(ann, apns=apns.settings, fcm=fcm.settings)(KEY) | {"server_time": 0} == {
        "key": found["key"],
        "platforms": ["apns", "fcm", "webpush", "unifiedpush"],
        "server_time": 0,
    }
    without = only(ann, web_push=False)(KEY)
    assert (without["key"], without["platforms"]) == (None, [])


@pytest.mark.parametrize(
    ("body", "platform"), [({"token": "t"}, "fcm"), ({"platform": "apns", "token": "ab"}, "apns")], ids=["fcm", "apns"]
)
def test_a_platform_that_is_not_configured_is_refused_with_a_code_for_the_app(only, world, ann, body, platform):
    error = only(ann)(TOKEN, json=body)["error"]
    assert error["code"] == "push_unavailable"
    assert error["details"] == {"platform": platform, "available": ["webpush", "unifiedpush"]}
    assert registered(world, ann) == []


def test_a_subscription_to_a_host_that_is_not_on_the_list_is_refused(world, browser, ann, web_push):
    subscription = web_push.subscribed("ann")
    for endpoint in ("https://evil.example/x", "http://localhost/x", "https://127.0.0.1/x", "https://169.254.169.254/"):
        body = {"platform": "webpush", "subscription": {**subscription, "endpoint": endpoint}}
        error = browser(TOKEN, json=body)["error"]
        assert (error["code"], error["details"]["field"]) == ("push_unavailable", "subscription.endpoint")
    assert registered(world, ann) == []


@pytest.mark.parametrize(
    "body",
    [
        {"platform": "webpush", "token": "a text, as it was before"},
        {"platform": "fcm", "subscription": {"endpoint": "https://ntfy.sh/x", "p256dh": "B" * 87, "auth": AUTH}},
        {"platform": "webpush"},
        {"platform": "webpush", "token": None, "subscription": None},
        {"platform": "webpush", "subscription": {"endpoint": "https://ntfy.sh/x"}},
        {"platform": "webpush", "subscription": {"endpoint": "https://ntfy.sh/x", "p256dh": "B" * 87, "auth": "a"}},
        {"platform": "webpush", "subscription": {"endpoint": "https://ntfy.sh/x", "p256dh": 87 * "A", "auth": AUTH}},
        {"platform": "webpush", "subscription": {"endpoint": "x" * 2049, "p256dh": "B" * 87, "auth": AUTH}},
        {"platform": "webpush", "subscription": [], "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_registration_is_refused(world, browser, ann, body):
    error = browser(TOKEN, json=body)["error"]
    assert error["code"] == "bad_request"
    assert error["details"]["field"]
    assert registered(world, ann) == []


@pytest.mark.parametrize("platform", ["webpush", "unifiedpush"])
def test_a_test_notification_arrives_and_says_nothing_else(browser, web_push, platform):
    assert browser(TEST, json={})["outcome"] == "no_token"
    assert "error" not in browser(TOKEN, json={"platform": platform, "subscription": web_push.subscribed("ann")})
    assert browser(TEST, json={})["outcome"] == "sent"
    assert web_push.payloads("ann") == [{"what": "test", "badge": 0, "collapse": "test"}]


def test_a_device_that_the_push_service_does_not_know_any_more_is_forgotten(world, browser, ann, web_push):
    browser(TOKEN, json={"platform": "webpush", "subscription": web_push.subscribed("ann")})
    web_push.answers.append(500)
    assert browser(TEST, json={})["outcome"] == "failed"
    assert len(registered(world, ann)) == 1
    web_push.answers.append(410)
    assert browser(TEST, json={})["outcome"] == "gone"
    assert registered(world, ann) == []
    assert browser(TEST, json={})["outcome"] == "no_token"


def test_test_notifications_are_limited(browser, web_push):
    browser(TOKEN, json={"platform": "webpush", "subscription": web_push.subscribed("ann")})
    answers = [browser(TEST, json={}) for _ in range(11)]
    assert [one["outcome"] for one in answers[:10]] == ["sent"] * 10
    assert answers[10]["error"]["code"] == "rate_limited"
    assert answers[10]["error"]["details"]["retry_after"] > 0


def test_a_subscription_is_registered_again_at_each_start_and_ends_with_null(world, browser, ann, web_push):
    subscription = web_push.subscribed("ann")
    for _ in range(2):
        browser(TOKEN, json={"platform": "webpush", "subscription": subscription})
    assert registered(world, ann) == [("webpush", subscription["endpoint"])]
    browser(TOKEN, json={"platform": "webpush", "subscription": None})
    assert registered(world, ann) == []


def test_a_browser_in_which_somebody_else_signs_in_rings_for_the_first_person_no_more(
    world, browser, only, sam, ann, bob, web_push
):
    subscription = {"platform": "webpush", "subscription": web_push.subscribed("shared")}
    browser(TOKEN, json=subscription)
    theirs = only(bob, private_hosts=(f"localhost:{web_push.port}",))
    theirs(TOKEN, json=subscription)
    assert registered(world, ann) == []
    assert len(registered(world, bob)) == 1


def test_a_message_rings_a_browser_and_an_iphone_and_an_android_phone(world, only, sam, ann, pair, web_push, apns, fcm):
    settings = {
        "private_hosts": (f"localhost:{web_push.port}",),
        "apns": apns.settings,
        "fcm": fcm.settings,
    }
    only(sam, **settings)
    places = [
        ("browser", {"platform": "webpush", "subscription": web_push.subscribed("ann")}),
        ("iphone", {"platform": "apns", "token": "aa11"}),
        ("android", {"platform": "fcm", "token": "t1"}),
    ]
    for device, body in places:
        phone = world.phone(ann.transport.caller, device)
        assert "error" not in json.loads(asking(world, phone)(TOKEN, json=body))
    sam.transport.parts = ann.transport.parts = world.parts
    assert sam.do("message.send", space=pair, id="m1", text="Are you there?", origin="person")["ok"]
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    until(lambda: web_push.opened and apns.sent and fcm.sent)
    new = {"what": "new", "badge": 1, "collapse": "new"}
    assert web_push.payloads("ann") == [new]
    assert {key: apns.sent[0][2][key] for key in new} == new
    assert fcm.sent[0]["data"] == {**new, "badge": "1"}
    bodies = repr((web_push.payloads("ann"), [body for _, _, body in apns.sent], fcm.sent))
    assert not any(word in bodies for word in ("Are you", "Sam", "Ann", pair, ann.user, "m1"))


@pytest.mark.parametrize(("platform", "token"), [("apns", "é/../x"), ("apns", "a" * 201), ("fcm", "é"), ("fcm", "a\n")])
def test_a_token_that_no_service_gives_is_refused(only, ann, apns, fcm, platform, token):
    error = only(ann, apns=apns.settings, fcm=fcm.settings)(TOKEN, json={"platform": platform, "token": token})["error"]
    assert error["code"] == "bad_request"
