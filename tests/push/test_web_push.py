"""Web Push: sealed as RFC 8291 says, signed as RFC 8292 says, and every answer of a push service is understood."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.notifications.provider import Gone, Refused, Retry, Sent
from server.notifications.push_hosts import CheckedNetwork, PushHosts
from server.notifications.push_http import PushHttp
from server.notifications.vapid_keys import VapidKeys
from server.notifications.web_push import SIGNED_FOR, WebPush, require_keys, seal
from tests import in_memory
from tests.push.certificates import Authority
from tests.push.fakes import FakeWebPush, b64, running, unb64
from tests.waiting import until

NEW = {"what": "new", "badge": 3, "collapse": "new"}
SECRETS = ("a-key-for-tests-only-of-40-characters-ok",)

# RFC 8291, appendix A
PLAINTEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_is_sealed_byte_for_byte():
    own = ec.derive_private_key(int.from_bytes(unb64(PRIVATE)), ec.SECP256R1())
    assert b64(seal(PLAINTEXT, P256DH, AUTH, unb64(SALT), own)) == SEALED


def test_an_independent_library_opens_what_is_sealed_and_no_two_are_the_same():
    key, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    public = b64(http_ece_public(key))
    sealed = [seal(json.dumps(NEW).encode(), public, b64(auth)) for _ in range(20)]
    assert len(set(sealed)) == 20
    for one in sealed:
        assert json.loads(http_ece.decrypt(one, private_key=key, auth_secret=auth, version="aes128gcm")) == NEW


def http_ece_public(key):
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [(P256DH, AUTH[:-3]), (P256DH[:-4], AUTH), (b64(b"\x04" + b"\x01" * 64), AUTH), (b64(b"\x02" * 65), AUTH)],
    ids=["short secret", "short key", "no point of the curve", "another form"],
)
def test_keys_that_are_none_are_refused(p256dh, auth):
    require_keys(P256DH, AUTH)
    with pytest.raises(ValueError, match=r"."):
        require_keys(p256dh, auth)


@pytest.fixture
def sender(web_push):
    """Return a function that sends a payload to a subscription at the fake push service."""
    hosts = PushHosts(private=[f"localhost:{web_push.port}"])
    keys = VapidKeys(in_memory.database(), SECRETS, lambda: 1)
    http = PushHttp(network=CheckedNetwork(hosts))
    provider = WebPush(http, keys, "mailto:ops@example.org")

    def send(name="ann", payload=NEW, subscription=None):
        found = subscription or web_push.subscribed(name)
        provider.send(Sent("webpush", found["endpoint"], payload, (found["p256dh"], found["auth"])))

    send.keys, send.hosts, send.http = keys, hosts, http
    yield send
    http.close()


def test_a_connection_that_is_used_while_all_are_closed_is_closed_after_its_request(web_push, sender):
    web_push.answers = [0.5]
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender)
        until(lambda: web_push.requests, "the service has not got the request")
        sender.http.close()
        assert not sending.done(), "need a request under way for this test to mean anything"
        sending.result()
    assert not sender.http._idle


def test_a_browser_is_told_and_the_push_service_knows_for_how_long_and_how_urgent_it_is(web_push, sender):
    sender()
    sender(payload={**NEW, "what": "urgent", "collapse": "urgent"})
    [(name, payload, first), (_, urgent, second)] = web_push.opened
    assert (name, payload, urgent["what"]) == ("ann", NEW, "urgent")
    assert (first["ttl"], first["topic"], first["urgency"]) == ("259200", "new", "high")
    assert (second["ttl"], second["topic"], second["urgency"]) == ("600", "urgent", "high")
    assert web_push.key == sender.keys.public


def test_one_signature_is_used_for_hours_and_then_another(web_push, sender, monkeypatch):
    for _ in range(3):
        sender()
    signatures = {headers["authorization"] for _, headers, _ in web_push.requests}
    assert len(signatures) == 1
    later = time.time() + SIGNED_FOR
    monkeypatch.setattr("server.notifications.web_push.time.time", lambda: later)
    web_push.answers.append(403)  # this clock is ahead of that of the service by more than a signature may last
    with pytest.raises(Refused):
        sender()
    assert len({headers["authorization"] for _, headers, _ in web_push.requests}) == 2


@pytest.mark.parametrize(
    ("answer", "raised", "after"),
    [
        (404, Gone, 0),
        (410, Gone, 0),
        ((429, {"Retry-After": "30"}), Retry, 30),
        ((503, {"Retry-After": "7"}), Retry, 7),
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), Retry, 0),
        ((500, {"Retry-After": "99999999"}), Retry, 3600),
        (500, Retry, 0),
        ("reset", Retry, 0),
        (400, Refused, 0),
        (403, Refused, 0),
        (413, Refused, 0),
        ((302, {"Location": "https://localhost/elsewhere"}), Refused, 0),
    ],
)
def test_each_answer_of_a_push_service_is_understood(web_push, sender, answer, raised, after):
    web_push.answers.append(answer)
    with pytest.raises(raised) as found:
        sender()
    assert getattr(found.value, "after", 0) == after
    assert len(web_push.requests) == 1, "no redirect is followed, and nothing is sent twice"
    sender()
    assert len(web_push.opened) == 1


def test_what_one_subscription_is_refused_for_says_nothing_about_the_service(web_push, sender):
    for status in (429, 403, 400):
        web_push.answers.append(status)
        with pytest.raises((Retry, Refused)) as found:
            sender()
        assert not found.value.is_whole, status
    web_push.answers.append(500)
    with pytest.raises(Retry) as found:
        sender()
    assert found.value.is_whole


def test_a_slow_service_is_given_up_after_a_moment(web_push, sender, monkeypatch):
    monkeypatch.setattr("server.notifications.push_http.TIMEOUT", 0.2)
    web_push.answers.append(1.0)
    with pytest.raises(Retry, match="ReadTimeout"):
        sender()


def test_an_answer_without_an_end_is_not_read(web_push, sender):
    web_push.answers.append((201, {}, b"x" * 1_000_000))
    sender()


def test_a_certificate_for_another_name_is_not_accepted(authority, sender):
    with running(FakeWebPush(authority.context("elsewhere.example"))) as other:
        sender.hosts._entries = sender.hosts._private = (f"localhost:{other.port}",)
        with pytest.raises(Retry, match="ConnectError"):
            sender(subscription=other.subscribed("ann"))
        assert other.requests == []


def test_a_certificate_of_an_unknown_authority_is_not_accepted(tmp_path, sender):
    with running(FakeWebPush(Authority(tmp_path).context("localhost"))) as other:
        sender.hosts._entries = sender.hosts._private = (f"localhost:{other.port}",)
        with pytest.raises(Retry, match="ConnectError"):
            sender(subscription=other.subscribed("ann"))
        assert other.requests == []


# The key of this server


def test_the_key_is_made_once_for_all_workers_and_survives_restarts_and_new_secret_keys():
    database = in_memory.database()
    workers = [VapidKeys(database, SECRETS, lambda: 1) for _ in range(3)]
    assert len({one.public for one in workers}) == 1
    rotated = VapidKeys(database, ("another-key-for-tests-of-40-characters-ok", *SECRETS), lambda: 2)
    assert rotated.public == workers[0].public
    [row] = database.push_keys.find()
    assert b"PRIVATE" not in row["key"].encode(), "it is stored encrypted"


def test_a_key_that_was_stored_with_other_secret_keys_is_an_error_and_no_new_key():
    database = in_memory.database()
    before = VapidKeys(database, SECRETS, lambda: 1).public
    with pytest.raises(ValueError, match="SECRET_KEYS"):
        _ = VapidKeys(database, ("another-key-for-tests-of-40-characters-ok",), lambda: 1).public
    assert VapidKeys(database, SECRETS, lambda: 1).public == before
