"""Connections that only want to keep a server busy: others are served meanwhile, and the worst are closed."""

import json
import subprocess
import sys
import time
from statistics import median

import httpx
import pytest
from websockets.frames import Frame, Opcode

from server.realtime.transport import budget
from tests.conftest import ROOT
from tests.live.attacker import CLOSED, KINDS

SECONDS = 4


def attacked(server, phone, token=""):
    """Attack a server from another process; return how long others waited, and how often each attacker was cut off."""
    command = [sys.executable, "-m", "tests.live.attacker", server.address, str(SECONDS), token]
    waits = []
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
        httpx.Client(base_url=server.address, timeout=60) as client,
    ):
        while process.poll() is None:
            began = time.perf_counter()
            assert client.get("/healthz").status_code == 200
            phone.send(f'42{len(waits)}["pull",{{}}]')
            assert "changes" in phone.answer(len(waits))
            waits.append(time.perf_counter() - began)
            time.sleep(0.05)
        said = process.stdout.read()
    assert process.returncode == 0, "the attack itself failed"
    return waits, json.loads(said)


@pytest.mark.parametrize("is_let_in", [False, True])
def test_others_are_served_while_somebody_attacks(server, raw, is_let_in):
    waits, cut_off = attacked(server, raw(), server.user()["access_token"] if is_let_in else "")
    assert len(waits) > 5
    assert median(waits) < 0.5
    assert max(waits) < 5, "busy machines are slow, but nobody is left out"
    assert {kind for kind, times in cut_off.items() if times} >= (CLOSED if is_let_in else set(KINDS))


@pytest.mark.parametrize("kind", sorted(CLOSED))
def test_who_sends_nothing_but_emptiness_is_closed_with_a_reason(raw, kind):
    phone = raw()
    first, again = KINDS[kind]
    count = (budget.FRAGMENTS if "fragments" in kind else budget.EMPTY_AT_ONCE) + 100
    phone.socket.sendall((first.serialize(mask=True) if first else b"") + again.serialize(mask=True) * count)
    assert phone.close_code() in {1008, 1009}


def test_who_connects_to_nothing_is_closed_in_time_and_a_phone_stays(raw):
    phone, stranger = raw(), raw(connects=False)
    assert stranger.close_code() == 1008
    assert stranger.protocol.close_rcvd.reason == "nobody connected in time"
    phone.send('421["push",' + json.dumps({"mutations": [{"id": "x" * 1000}] * 500}) + "]")
    assert len(phone.answer(1)["outcomes"]) == 500, "a phone that was let in may say much"


def test_nothing_long_is_taken_before_somebody_is_let_in(raw):
    stranger = raw(connects=False)
    stranger.frame(Opcode.TEXT, b"42" + b"x" * (budget.SIZE_BEFORE_CONNECT + 1))
    assert stranger.close_code() in {1008, 1009}


def test_not_much_is_taken_before_somebody_is_let_in(raw):
    stranger = raw(connects=False)
    piece = Frame(Opcode.TEXT, b"4" + b"x" * 1000).serialize(mask=True)
    stranger.socket.sendall(piece * (budget.SIZE_BEFORE_CONNECT // 1000 + 5))
    assert stranger.close_code() == 1008


def test_a_phone_with_a_token_that_is_refused_can_try_again_at_once(server, raw, online):
    stranger = raw(connects=False)
    stranger.send('40{"token":"x"}')
    stranger.until(lambda text: text.startswith("44"))
    stranger.send("40" + json.dumps({"token": online().tokens["access_token"]}))
    stranger.until(lambda text: text.startswith("40"))
    stranger.send('421["pull",{}]')
    assert "changes" in stranger.answer(1)
