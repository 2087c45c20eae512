"""Firebase Cloud Messaging: one access token for an hour, data that an Android app words itself, every answer."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.notifications.fcm import Fcm
from server.notifications.provider import Gone, Refused, Retry, Sent
from server.notifications.push_http import PushHttp

NEW = {"what": "new", "badge": 3, "collapse": "new"}


def error(code):
    details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]
    return json.dumps({"error": {"code": 0, "status": "X", "details": details}}).encode()


@pytest.fixture
def sender(fcm):
    http = PushHttp()
    provider = Fcm(http, fcm.settings)

    def send(token="t1", **payload):
        provider.send(Sent("fcm", token, {**NEW, **payload}))

    yield send
    http.close()


def test_an_android_phone_gets_data_that_wakes_it_and_words_of_nobody(fcm, sender):
    sender()
    sender(what="urgent", collapse="urgent")
    sender(what="withdraw", badge=0)
    first, second, third = fcm.sent
    assert first["token"] == "t1"
    assert first["data"] == {"what": "new", "badge": "3", "collapse": "new"}
    assert first["android"] == {"priority": "HIGH", "ttl": "259200s", "collapse_key": "new"}
    assert second["android"] == {"priority": "HIGH", "ttl": "600s", "collapse_key": "urgent"}
    assert third["android"]["priority"] == "NORMAL"
    assert {one["android"]["collapse_key"] for one in fcm.sent} == {"new", "urgent"}, "Google takes four at most"
    assert all("notification" not in one for one in fcm.sent)


def test_one_access_token_is_fetched_however_many_are_sent_at_once(fcm, sender):
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(sender, f"t{number}") for number in range(20)]:
            done.result()
    assert (len(fcm.sent), fcm.fetched) == (20, 1)


def test_an_access_token_is_fetched_anew_before_it_ends_and_after_it_was_refused(fcm, sender):
    fcm.expires_in = 30
    sender(), sender()
    assert fcm.fetched == 2
    fcm.expires_in = 3600
    sender()
    fcm.answers.append((401, {}, b"{}"))
    with pytest.raises(Refused):
        sender()
    sender()
    assert fcm.fetched == 4


@pytest.mark.parametrize(
    ("answer", "raised", "is_whole"),
    [
        ((404, {}, error("UNREGISTERED")), Gone, None),
        ((403, {}, error("SENDER_ID_MISMATCH")), Refused, False),
        ((401, {}, error("THIRD_PARTY_AUTH_ERROR")), Refused, False),
        ((429, {"Retry-After": "60"}, error("QUOTA_EXCEEDED")), Retry, False),
        ((503, {"Retry-After": "5"}, error("UNAVAILABLE")), Retry, True),
        ((500, {}, b"<html>"), Retry, True),
        ("reset", Retry, True),
        ((400, {}, error("INVALID_ARGUMENT")), Refused, False),
        ((403, {}, b'{"error": {"status": "PERMISSION_DENIED"}}'), Refused, True),
        ((404, {}, b'{"error": "no project"}'), Refused, True),
    ],
)
def test_each_answer_is_understood(fcm, sender, answer, raised, is_whole):
    sender()
    fcm.answers.append(answer)
    with pytest.raises(raised) as found:
        sender()
    assert getattr(found.value, "is_whole", None) is is_whole
    sender()
    assert len(fcm.sent) == 2


@pytest.mark.parametrize(
    ("answer", "raised"),
    [((400, {}, b'{"error": "invalid_grant"}'), Refused), ((200, {}, b"[]"), Refused), (503, Retry), ("reset", Retry)],
)
def test_a_service_account_that_gets_no_access_token_is_said_to_be_refused(fcm, sender, answer, raised):
    fcm.answers.append(answer)
    with pytest.raises(raised):
        sender()
    sender()
    assert len(fcm.sent) == 1
