"""Connections: few of each device, account and address; a phone that is signed out is cut off, bus or not."""

import contextlib
import json
import socket
import time
from http.client import HTTPResponse
from urllib.parse import urlsplit

import httpx
import psutil
from websockets.frames import Frame, Opcode

from server.limits.settings import Limits
from tests.live.attacker import HANDSHAKE
from tests.waiting import until

ATTACKED = 3.0  # seconds


def is_open(phone):
    """Tell whether a phone is still served."""
    try:
        phone.send('421["pull",{}]')
        return "changes" in phone.answer(1)
    except (AssertionError, OSError):
        return False


def test_one_connection_too_many_of_a_device_closes_its_oldest(running, opened):
    server = running(connections_per_device=3)
    tokens = server.user()
    phones = [opened(server, tokens) for _ in range(5)]
    assert [phone.close_code() for phone in phones[:2]] == [1008, 1008]
    assert all(map(is_open, phones[2:]))
    assert is_open(opened(server)), "nobody else is touched"


def test_one_connection_too_many_of_an_account_closes_its_oldest(running, opened):
    server = running(connections_per_account=2)
    tokens = server.user()
    phones = [opened(server, server.device(tokens)) for _ in range(3)]
    assert phones[0].close_code() == 1008
    assert all(map(is_open, phones[1:]))


def handshake(server):
    where = urlsplit(server.address)
    connection = socket.create_connection((where.hostname, where.port), timeout=60)
    connection.sendall(HANDSHAKE.encode())
    return connection, connection.recv(4096).decode(errors="replace")


def test_one_connection_too_many_from_an_address_is_told_when_to_come_back(running):
    server = running(connections_per_address=2)
    (first, said), (second, _) = handshake(server), handshake(server)
    assert said.startswith("HTTP/1.1 101")
    third, refused = handshake(server)
    assert refused.startswith("HTTP/1.1 503")
    assert "Retry-After: 5" in refused
    first.close()

    def is_free_again():
        connection, said = handshake(server)
        connection.close()
        return said.startswith("HTTP/1.1 101")

    until(is_free_again)
    for connection in (second, third):
        connection.close()


def test_who_connects_to_nothing_is_closed_after_the_time_that_is_set(running, opened):
    server = running(seconds_to_connect=1)
    assert opened(server, connects=False).close_code() == 1008


def test_a_device_whose_sign_out_no_bus_has_told_is_cut_off(running, opened):
    server = running()
    tokens = server.user()
    gone, stays = opened(server, tokens), opened(server, server.device(tokens))
    server.mongo.devices.delete_one({"_id": tokens["device"]})
    assert gone.was_cut_off()
    assert is_open(stays)


def test_unfinished_messages_of_an_account_are_few_and_their_memory_is_given_back(running, opened):
    server = running(connections_per_account=0, connections_per_device=0)
    assert is_open(opened(server)), "need a worker that has begun"
    [worker] = [one for one in psutil.Process(server.process.pid).children() if "gunicorn" in " ".join(one.cmdline())]
    before = worker.memory_info().rss
    tokens = server.user()
    phones = [opened(server, tokens) for _ in range(30)]
    beginning = Frame(Opcode.TEXT, b"42" + b"x" * 3_900_000, fin=False).serialize(mask=True)
    for phone in phones:
        with contextlib.suppress(OSError):  # it was closed meanwhile
            phone.socket.sendall(beginning)
    for phone in phones:
        phone.socket.settimeout(2)  # two may stay open, whichever: 8 MB are allowed
    codes = [phone.close_code() for phone in phones]
    assert set(codes) <= {1008, None}
    assert codes.count(1008) >= 20
    for phone in phones:
        phone.socket.close()
    until(lambda: worker.memory_info().rss - before < 40_000_000, "30 unfinished messages of 4 MB stay in memory")
    assert is_open(opened(server))


def test_the_memory_of_large_messages_is_given_back(running, opened):
    """Thirty accounts, each with a message of 4 MB that is not finished, as each may; then all of them leave."""
    server = running()
    assert is_open(opened(server)), "need a worker that has begun"
    [worker] = [one for one in psutil.Process(server.process.pid).children() if "gunicorn" in " ".join(one.cmdline())]
    before = worker.memory_info().rss
    phones = [opened(server) for _ in range(30)]
    for phone in phones:
        for _ in range(60):
            phone.frame(Opcode.TEXT if _ == 0 else Opcode.CONT, b"x" * 65_000, fin=False)
    until(lambda: worker.memory_info().rss - before > 80_000_000, "need messages that take memory")
    for phone in phones:
        phone.socket.close()
    until(lambda: worker.memory_info().rss - before < 40_000_000, "messages of 4 MB stay in memory", seconds=20)


def trickled(server, body=b"{"):
    """Send a request whose body does not come; return the answer, and how long it took."""
    where, began = urlsplit(server.address), time.monotonic()
    with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
        head = (
            "POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        answer = HTTPResponse(connection)
        answer.begin()
        said = json.loads(answer.read())
    return answer.status, said["error"]["code"], time.monotonic() - began


def test_a_body_that_does_not_come_is_not_waited_for(running):
    status, code, took = trickled(running(seconds_for_body=1))
    assert (status, code) == (503, "try_later")
    assert took < 30


def test_requests_that_do_not_wait_for_answers_let_others_go_on(running):
    """Ten connections that send as many requests as they can, for a while."""
    server = running(requests_at_once=Limits().requests_at_once)
    assert httpx.get(f"{server.address}/healthz", timeout=60).status_code == 200, "need a worker that has begun"
    for path in ("/healthz", "/api/v1/devices", "/api/v1/adapters/rxdb/schemas", "/nothing"):
        waits = waits_beside(server, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 500)
        assert sorted(waits)[len(waits) // 2] < 0.5, path
        assert max(waits) < 5, path


def waits_beside(server, burst):
    """Return the seconds that somebody waits for each answer while others send bursts."""
    where = urlsplit(server.address)
    attackers = [socket.create_connection((where.hostname, where.port), timeout=60) for _ in range(10)]
    for attacker in attackers:
        attacker.settimeout(0)
    waits, end = [], time.monotonic() + ATTACKED
    with httpx.Client(base_url=server.address, timeout=60) as client:
        while time.monotonic() < end or len(waits) < 5:
            for attacker in attackers:
                with contextlib.suppress(OSError):
                    attacker.send(burst)
                    attacker.recv(1_000_000)
            began = time.monotonic()
            assert client.get("/healthz").status_code == 200
            waits.append(time.monotonic() - began)
    for attacker in attackers:
        attacker.close()
    return waits
