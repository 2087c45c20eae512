"""What Prometheus is told, by two workers together, and to whom."""

import re
import signal
import uuid

import httpx
import psutil
import pytest

from server.store.database import database
from tests.buses import ValkeyServer
from tests.conftest import Running
from tests.live.two_workers import paired, says
from tests.phone import Phone
from tests.transports import Http, Socket
from tests.waiting import PATIENCE, until

TOKEN = "a-token-for-prometheus"


@pytest.fixture(scope="module")
def server(mongodb, client, tmp_path_factory):
    valkey, (path, _, query) = ValkeyServer(), mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    settings = {"MONGODB_URI": f"{path.rstrip('/')}/{name}?{query}", "DATA_DIR": str(tmp_path_factory.mktemp("m"))}
    running = Running(database(client, name), **settings, WORKERS="2", BUS_URL=valkey.url, METRICS_TOKEN=TOKEN)
    yield running
    running.stop()
    valkey.stop()
    client.drop_database(name)


def metrics(server, token=TOKEN):
    return httpx.get(f"{server.address}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)


def value(text, name):
    """Return a sample, whose labels are written as Prometheus writes them; 0 if there is none."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_workers_count_together(server):
    sam, ann = server.user("specialist"), server.user()
    phones = [Phone(Http(server.address, who["access_token"]), who["user"], who["device"]) for who in (sam, ann)]
    space = paired(*phones)
    sockets = [Socket(server.address, server.device(ann)["access_token"]) for _ in range(12)]
    before = metrics(server).text
    for number in range(5):
        assert says(phones[0], space, f"m{number}")["ok"]
    assert not says(phones[0], "pair:nowhere", "m9")["ok"]
    phones[1].sync()
    after = metrics(server).text
    sent = 'beside_mutations_total{command="message.send",outcome="%s"}'
    assert value(after, sent % "ok") - value(before, sent % "ok") == 5
    assert value(after, sent % "refused") - value(before, sent % "refused") == 1
    assert value(after, "beside_phones_connected") == 12
    stored = "beside_commit_seconds_count"
    assert value(after, stored) - value(before, stored) >= 6
    assert value(after, 'beside_pull_pages_total{answer="last"}') >= 1
    for one in (*sockets, *(phone.transport for phone in phones)):
        one.close()
    assert "m1" not in after
    assert space not in after


def test_what_was_counted_is_not_forgotten_by_a_reload(server):
    sam = server.user("specialist")
    phone = Phone(Http(server.address, sam["access_token"]), sam["user"], sam["device"])
    assert phone.do("note.put", id="n1", body="counted")["ok"]
    phone.transport.close()
    stored, before = "beside_commit_seconds_count", metrics(server).text
    assert value(before, stored) >= 1
    arbiter = psutil.Process(server.process.pid)
    old = arbiter.children()
    server.process.send_signal(signal.SIGHUP)
    until(lambda: not any(worker in old for worker in arbiter.children()))
    assert value(metrics(server).text, stored) >= value(before, stored)


@pytest.mark.parametrize("token", ["x", "another-token-altogether", TOKEN[:-1]])
def test_nobody_else_is_told_that_there_are_any(server, token):
    assert (
        metrics(server, token).status_code
        == httpx.get(f"{server.address}/nothing", timeout=PATIENCE).status_code
        == 404
    )


def test_without_a_token_of_its_own_a_server_tells_nobody(world):
    answer = world.parts.app.test_client().get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404
