"""Nothing that anybody writes, and no secret, ever reaches the logs."""

import contextlib

import httpx
import pytest

from server.realtime import packets
from tests.conftest import PASSPHRASE, Running
from tests.live.conftest import Raw
from tests.transports import Failed, Http

CANARY = "canary-7f3a"


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_what_people_write_is_in_no_log(mongo, mongodb, tmp_path, level):
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/{mongo.name}?{query}"
    server = Running(mongo, MONGODB_URI=uri, DATA_DIR=str(tmp_path), LOG_LEVEL=level)
    tokens = server.user()
    http = Http(server.address, tokens["access_token"])
    raw = Raw(server.address, tokens["access_token"])
    spoil(http, raw)
    http.close()
    raw.socket.sendall(b"\x81\xff" + bytes(8) + CANARY.encode())
    raw.socket.close()
    logs = server.stop()
    for stream in (server.process.stdout, server.process.stderr):
        stream.close()
    assert '"level"' in logs or "Booting worker" in logs, "need logs for this test to mean anything"
    for secret in (CANARY, PASSPHRASE, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in logs


def spoil(http: Http, raw: Raw) -> None:
    """Send the canary in every place that can go right or wrong."""
    address = str(http.client.base_url)
    for path in ("note/put", "mutate", "push", "pull", CANARY):
        for body in (f'{{"id":"n1","title":"{CANARY}"}}', f'{{"{CANARY}":1}}', f'"{CANARY}', CANARY * 8000):
            with contextlib.suppress(Failed):
                http.send("POST", path, content=body)
    httpx.post(f"{address}login", json={"handle": CANARY, "passphrase": PASSPHRASE}, timeout=60)
    httpx.post(f"{address}pull", headers={"Authorization": f"Bearer {CANARY}"}, timeout=60)
    for number, packet in enumerate(
        (f'["mutate",{{"{CANARY}":1}}]', f'["{CANARY}"]', f'["mutate",{CANARY}', f'"{CANARY}"')
    ):
        raw.send(f"42{number + 10}{packet}")
        raw.answer(number + 10)
    raw.send('4299["mutate",{"x":"' + CANARY * packets.LARGEST_EVENT + '"}]'[: packets.LARGEST_EVENT + 100])
    raw.answer(99)
