"""Where pushes may go: a phone names the address, and none that it can name leads into this network."""

import socket

import httpcore
import pytest

from server.notifications.provider import Retry
from server.notifications.push_hosts import PUBLIC, CheckedNetwork, NotAllowed, PushHosts, require_public
from server.notifications.push_http import PushHttp

HOSTS = PushHosts(own=["ntfy.example.org", "*.push.example.org", "push.example.com:8443"], private=["ntfy.lan"])


@pytest.mark.parametrize(
    ("endpoint", "entry"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", "fcm.googleapis.com"),
        ("https://FCM.GoogleAPIs.com/fcm/send/abc", "fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/x", "fcm.googleapis.com"),
        ("https://web.push.apple.com/QOx", "*.push.apple.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "updates.push.services.mozilla.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQY", "*.notify.windows.com"),
        ("https://ntfy.sh/up123?up=1", "ntfy.sh"),
        ("https://ntfy.example.org/up", "ntfy.example.org"),
        ("https://a.b.push.example.org/up", "*.push.example.org"),
        ("https://push.example.com:8443/up", "push.example.com:8443"),
        ("https://ntfy.lan/up", "ntfy.lan"),
    ],
)
def test_the_push_services_of_browsers_and_those_of_the_operator_are_on_the_list(endpoint, entry):
    assert HOSTS.entry(endpoint) == entry


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://notpush.apple.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example#@fcm.googleapis.com/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://user:pass@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\r\nHost: evil.example/x",
        "https://fcm.googleapis.com /x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://push.example.com/up",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com:99999/x",
        "https://[fcm.googleapis.com/x",
        "https:///x",
        "https://fcm.googleapis.com/ü",
        "file:///etc/passwd",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "",
        "https://fcm.googleapis.com/" + "x" * 2048,
    ],
)
def test_anything_else_is_not(endpoint):
    with pytest.raises(NotAllowed):
        HOSTS.entry(endpoint)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:a00:1::",
    ],
)  # fmt: skip
def test_no_address_that_is_not_of_the_public_internet_is_connected_to(address):
    with pytest.raises(NotAllowed):
        require_public(address)


@pytest.mark.parametrize(
    "address", ["142.250.74.10", "17.188.143.34", "2a00:1450:4001:82f::200a", "64:ff9b::8efa:4a0a"]
)
def test_public_addresses_are(address):
    require_public(address)


@pytest.fixture
def resolved(monkeypatch):
    """Return a function that says what names are resolved to, once after the other, and which were asked for."""
    answers, asked = [], []

    system = socket.getaddrinfo

    def getaddrinfo(host, port, *more, **options):
        if host[0].isdigit() or ":" in host:  # an address, on the way to be connected to
            return system(host, port, *more, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    def resolve(*lists):
        answers[:] = lists
        monkeypatch.setattr("server.notifications.push_hosts.socket.getaddrinfo", getaddrinfo)
        return asked

    return resolve


def test_a_name_on_the_list_that_leads_into_this_network_is_not_connected_to(resolved):
    for addresses in (["127.0.0.1"], ["142.250.74.10", "10.0.0.1"], ["169.254.169.254"]):
        resolved(addresses)
        with pytest.raises(httpcore.ConnectError, match="not public"):
            CheckedNetwork(HOSTS).connect_tcp("fcm.googleapis.com", 443, timeout=1)


def test_a_name_that_is_not_on_the_list_is_not_even_resolved(resolved):
    asked = resolved(["142.250.74.10"])
    with pytest.raises(httpcore.ConnectError, match="sends no pushes"):
        CheckedNetwork(HOSTS).connect_tcp("evil.example", 443, timeout=1)
    assert asked == []


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_resolved_once(resolved, monkeypatch):
    """A name server that answers differently the second time (DNS rebinding) is not asked a second time."""
    connected = []

    def create_connection(address, *_, **__):
        connected.append(address)
        raise OSError("far enough")

    monkeypatch.setattr("socket.create_connection", create_connection)
    asked = resolved(["142.250.74.10"], ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError, match="far enough"):
        CheckedNetwork(HOSTS).connect_tcp("fcm.googleapis.com", 443, timeout=1)
    assert (connected, asked) == ([("142.250.74.10", 443)], ["fcm.googleapis.com"])


def test_an_address_that_cannot_be_reached_is_followed_by_the_next_one(web_push, resolved):
    """A machine without IPv6 may be given an IPv6 address first."""
    resolved(["127.0.0.2", "127.0.0.1"])
    http = PushHttp(network=CheckedNetwork(PushHosts(private=[f"localhost:{web_push.port}"])))
    web_push.answers.append(201)
    answer = http.post(f"{web_push.origin}/x", {}, b"")
    assert answer.status == 201
    http.close()


def test_a_host_of_the_operators_own_network_is_reached_only_if_it_is_named_as_such(web_push):
    host = f"localhost:{web_push.port}"
    subscription = web_push.subscribed("ann")
    refused = PushHttp(network=CheckedNetwork(PushHosts(own=[host])))
    with pytest.raises(Retry):
        refused.post(subscription["endpoint"], {}, b"")
    assert web_push.requests == []
    allowed = PushHttp(network=CheckedNetwork(PushHosts(private=[host])))
    web_push.answers.append(201)
    assert allowed.post(subscription["endpoint"], {}, b"").status == 201
    allowed.close()


def test_what_does_not_answer_at_all_is_given_up_after_a_moment(monkeypatch):
    monkeypatch.setattr("server.notifications.push_http.TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        http = PushHttp(network=CheckedNetwork(PushHosts(private=[f"localhost:{port}"])))
        with pytest.raises(Retry):
            http.post(f"https://localhost:{port}/x", {}, b"")


def test_the_list_has_the_push_services_that_browsers_have():
    assert set(PUBLIC) >= {"fcm.googleapis.com", "*.push.apple.com", "updates.push.services.mozilla.com"}
