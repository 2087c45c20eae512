"""Apple's push service: one connection for all, a token of this server, and every answer is understood."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.notifications.apns import SIGNED_FOR, Apns
from server.notifications.provider import Gone, Refused, Retry, Sent
from server.notifications.push_http import PushHttp
from tests.waiting import until

NEW = {"what": "new", "badge": 3, "collapse": "new"}


@pytest.fixture
def sender(apns):
    http = PushHttp(http2=True)
    provider = Apns(http, apns.settings)

    def send(token="ab12", since=0, **payload):
        provider.send(Sent("apns", token, {**NEW, **payload}, since=since))

    send.provider, send.http = provider, http
    yield send
    http.close()


def test_an_iphone_shows_a_text_of_the_app_and_the_payload_has_none(apns, sender):
    sender()
    [(token, headers, body)] = apns.sent
    assert token == "ab12"
    assert body == {
        "aps": {"alert": {"loc-key": "PUSH_NEW"}, "badge": 3, "sound": "default", "mutable-content": 1},
        **NEW,
    }
    assert (headers["apns-push-type"], headers["apns-priority"], headers["apns-collapse-id"]) == ("alert", "10", "new")
    assert abs(int(headers["apns-expiration"]) - time.time() - 3 * 24 * 3600) < 120


def test_a_call_for_help_breaks_a_focus_and_is_kept_for_ten_minutes(apns, sender):
    sender(what="urgent", collapse="urgent")
    [(_, headers, body)] = apns.sent
    assert body["aps"]["interruption-level"] == "time-sensitive"
    assert body["aps"]["alert"] == {"loc-key": "PUSH_URGENT"}
    assert abs(int(headers["apns-expiration"]) - time.time() - 600) < 120


def test_what_is_silent_makes_no_sound_and_shows_nothing(apns, sender):
    sender(what="badge")
    sender(what="withdraw", badge=0)
    [(_, number, first), (_, removed, second)] = apns.sent
    assert first["aps"] == {"badge": 3}
    assert (number["apns-push-type"], number["apns-priority"]) == ("alert", "5")
    assert second == {"aps": {"content-available": 1}, "what": "withdraw", "badge": 0, "collapse": "new"}
    assert (removed["apns-push-type"], removed["apns-priority"]) == ("background", "5")


def test_many_are_sent_at_once_over_one_connection_with_one_token(apns, sender):
    sender()
    apns.held = threading.Event()
    with ThreadPoolExecutor(13) as pool:
        sending = []
        for number in range(12):  # not at once: httpcore numbers streams in order among greenlets, not among threads
            sending.append(pool.submit(sender, f"{number:04}"))
            time.sleep(0.02)
        while apns.most_at_once < 6:
            time.sleep(0.001)
            assert not any(one.done() for one in sending)
        apns.held.set()
        pool.submit(sender, "last").result()
        for one in sending:
            one.result()
    assert len(apns.sent) == 14
    assert (apns.connections, len(apns.tokens)) == (1, 1)


def test_what_is_sent_while_the_connection_is_closed_arrives_and_then_it_is_closed(apns, sender):
    apns.held = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(sender)
        until(lambda: apns.most_at_once, "the service has not got the request")
        sender.http.close()
        apns.held.set()
        pool.submit(sender, "last").result()
        sending.result()
    assert (len(apns.sent), apns.connections) == (2, 1)
    sender("after it")
    assert apns.connections == 2


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ((400, {}, b'{"reason": "BadDeviceToken"}'), Refused),
        ((400, {}, b'{"reason": "DeviceTokenNotForTopic"}'), Refused),
        ((410, {}, b'{"reason": "Unregistered", "timestamp": 2000}'), Gone),
        ((410, {}, b"no JSON"), Gone),
        ((429, {"retry-after": "5"}, b'{"reason": "TooManyRequests"}'), Retry),
        ((500, {}, b'{"reason": "InternalServerError"}'), Retry),
        ((503, {}, b'{"reason": "Shutdown"}'), Retry),
        ("reset", Retry),
        ((403, {}, b'{"reason": "InvalidProviderToken"}'), Refused),
        ((400, {}, b'{"reason": "BadTopic"}'), Refused),
        ((413, {}, b"[]"), Refused),
    ],
)
def test_each_answer_is_understood(apns, sender, answer, raised):
    apns.answers.append(answer)
    with pytest.raises(raised):
        sender(since=1000)
    sender()
    assert len(apns.sent) == 1, "and the next device is told, over another connection if need be"


def test_a_token_that_was_registered_again_since_is_not_forgotten(apns, sender):
    apns.answers.append((410, {}, b'{"reason": "Unregistered", "timestamp": 2000}'))
    with pytest.raises(Retry):
        sender(since=3000)


def test_an_expired_token_of_this_server_is_made_anew(apns, sender, monkeypatch):
    sender()
    apns.answers.append((403, {}, b'{"reason": "ExpiredProviderToken"}'))
    with pytest.raises(Retry):
        sender()
    later = time.time() + 2
    monkeypatch.setattr("server.notifications.apns.time.time", lambda: later)
    sender()
    assert len(apns.tokens) == 2
    monkeypatch.setattr("server.notifications.apns.time.monotonic", lambda: sender.provider._signed_at + SIGNED_FOR + 1)
    sender()
    assert len(apns.tokens) == 3


def test_a_certificate_for_another_name_is_not_accepted(authority, apns, sender):
    apns._context = authority.context("elsewhere.example", protocols=("h2",))
    with pytest.raises(Retry, match="ConnectError"):
        sender()
    assert apns.sent == []


def test_a_bad_token_is_forgotten_only_by_a_server_that_apple_has_accepted(apns, sender):
    bad = (400, {}, b'{"reason": "BadDeviceToken"}')
    apns.answers.append(bad)
    with pytest.raises(Refused):
        sender()
    sender()
    apns.answers.append(bad)
    with pytest.raises(Gone):
        sender()
