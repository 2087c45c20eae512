"""An app without sync code of its own, on the real client plugin of rxdb-server, with RxDB 16 and validation."""

import httpx
import pytest

from schemas.table import VERSION
from server.store.tombstones import expire_tombstones
from tests.adapters.rxdb import same


@pytest.fixture
def replica(program, server):
    """Return a function that starts an app for a phone."""
    return lambda phone, *version: program(
        "rxdb-server/replica.mjs", server.address, phone.tokens["access_token"], *version
    )


def texts(app):
    return {row["text"] for row in app.do("rows", collection="message")}


def test_it_syncs_both_ways_and_live(replica, sam, ann, space):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    app = replica(ann)
    same({"hello"}, lambda: texts(app))
    sam.do("message.send", space=space, id="m2", text="live", origin="person")
    same({"hello", "live"}, lambda: texts(app))
    app.do("insert", collection="message", row={"id": "mine", "space": space, "text": "hello Sam"})
    same(["hello", "live", "hello Sam"], lambda: [sam.pull(), sam.texts(space)][1])
    same(
        [True],
        lambda: [row.get("first_seq", 0) > 0 for row in app.do("rows", collection="message") if row["id"] == "mine"],
    )
    app.do("patch", collection="message", row="mine", fields={"text": "hello Sam!"})
    same(["hello", "live", "hello Sam!"], lambda: [sam.pull(), sam.texts(space)][1])
    app.do("remove", collection="message", row="mine")
    same(["hello", "live"], lambda: [sam.pull(), sam.texts(space)][1])
    same({"hello", "live"}, lambda: texts(app))
    assert app.do("signs") == []


def test_a_wish_that_is_refused_is_corrected(replica, ann, space):
    app = replica(ann)
    app.do("insert", collection="message", row={"id": "stray", "space": "pair:nowhere", "text": "lost"})
    app.do("insert", collection="note", row={"id": "n1", "title": "t" * 300})
    same(set(), lambda: texts(app))
    same([200], lambda: [len(row["title"]) for row in app.do("rows", collection="note")])


def test_a_version_that_there_is_not_stops_it(replica, ann, space):
    path = f"/api/v1/adapters/rxdb/message/{VERSION}/pull?lwt=0&id=&limit=10"
    answer = httpx.get(
        f"{ann.transport.client.base_url.copy_with(path='')}{path}",
        headers={"Authorization": f"Bearer {ann.tokens['access_token']}"},
        timeout=60,
    )
    assert (answer.status_code, answer.json()["error"]["details"]["version"]) == (404, VERSION - 1)


def test_who_is_signed_out_is_told(replica, ann, space):
    app = replica(ann)
    same(1, lambda: len(app.do("rows", collection="membership")))
    ann.transport.send("POST", "logout", json={})
    app.do("insert", collection="note", row={"id": "n1", "title": "too late"})
    same({"unauthorized"}, lambda: {"unauthorized"} & set(app.do("signs")))


def test_who_missed_what_has_expired_is_stopped(server, sam, ann, space):
    http = httpx.Client(
        base_url=f"{server.address}/api/v1/adapters/rxdb/message/{VERSION - 1}",
        headers={"Authorization": f"Bearer {ann.tokens['access_token']}"},
        timeout=60,
    )
    with http:
        sam.do("message.send", space=space, id="m1", text="hello", origin="person")
        sam.do("message.send", space=space, id="m2", text="hello again", origin="person")
        page = http.get("/pull", params={"lwt": 0, "id": "", "limit": 1}).json()
        assert len(page["documents"]) == 1
        assert set(page["checkpoint"]) == {"id", "lwt"}
        gone = sam.do("message.delete", space=space, id="m1")["changes"][0]["seq"]
        sam.do("message.send", space=space, id="m3", text="after", origin="person")
        expire_tombstones(server.mongo, space, gone)
        answer = http.get("/pull", params={**page["checkpoint"], "limit": 10})
        assert (answer.status_code, bool(answer.json()["error"])) == (426, True)
        empty = http.get("/pull", params={"lwt": 0, "id": "", "limit": 100}).json()["checkpoint"]
        assert http.get("/pull", params={**empty, "limit": 10}).json()["checkpoint"] == empty
