"""Kinds of docs/trust.md through the real libraries: opening together, an SOS, and a block."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.table import TABLES
from tests.adapters import rxdb
from tests.adapters.program import Program
from tests.adapters.rxdb import Bare, eventually, same


@pytest.fixture(scope="module")
def node() -> Iterator[Program]:
    running = rxdb.program()
    yield running
    running.end()


@pytest.fixture
def rx(server, node) -> Iterator[Callable[..., rxdb.App]]:
    """Return a function that opens an app with RxDB for somebody."""
    opened: list[rxdb.App] = []

    def make(phone: Any, *collections: str, version: int = 17) -> rxdb.App:
        bare = Bare(server.address, phone.tokens["access_token"])
        how = {"version": version, "live": "socket", "gate": True, "conflicts": "merge", "retry": 200}
        how |= {"collections": collections, "schemas": bare.schemas()}
        bare.close()
        opened.append(rxdb.App(node, address=server.address, tokens=server.device(phone.tokens), **how))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.mark.parametrize("version", [17, 16])
def test_two_people_open_something_together_in_apps_with_rxdb(rx, connect, sam, ann, space, version):
    anns, sams = (rx(phone, "disclosure", "card", version=version) for phone in (ann, sam))
    listening = connect(sam.tokens)
    changes: list[Any] = []
    listening.io.on("sync:changes", changes.append)
    for collection in TABLES:
        assert "error" not in listening.call("sync:subscribe", {"collection": collection})
    mine = anns.do("trust", call="invite", args=[space, "What I am afraid of"])
    theirs = eventually(lambda: list(sams.rows("disclosure")))[0]
    eventually(lambda: anns.rows("disclosure")[mine]["first_seq"])
    anns.do("trust", call="seal", args=[mine, "The dark."])
    same(["The dark."], lambda: [card["text"] for card in anns.rows("card").values()])
    same("", lambda: anns.rows("disclosure")[mine]["mine"])
    same("sealed", lambda: sams.rows("disclosure")[theirs]["state"])
    assert sams.rows("card") == {}
    eventually(lambda: "sealed" in str(changes))
    assert "dark" not in str(changes) + str(listening.frames)
    sams.do("trust", call="seal", args=[theirs, "The deep."])
    for app, row in ((anns, mine), (sams, theirs)):
        same("opened", lambda app=app, row=row: app.rows("disclosure")[row]["state"])
        opened = app.rows("disclosure")[row]
        assert sorted(card["text"] for card in opened["cards"].values()) == ["The dark.", "The deep."]
        same("", lambda app=app, row=row: app.rows("disclosure")[row]["mine"])
        same({}, lambda app=app: app.rows("card"))
        assert app.errors() == []


def test_nothing_is_claimed_of_an_sos_before_the_server_has_it_in_an_app_with_rxdb(rx, ann, space):
    anns = rx(ann, "sos")
    anns.connected()
    anns.offline()
    sos = anns.do("trust", call="raise", args=["server", "Please."])

    def state():
        return anns.do("trust", call="stateOf", args=[sos])

    assert state() == "not delivered"
    anns.online()
    same("raised", state)
    anns.do("trust", call="raise", args=["server", "Anybody?"])
    same([sos], lambda: list(anns.rows("sos")))
    ann.pull()
    assert [(record["id"], record["data"]["state"]) for record in ann.records("sos")] == [(sos, "raised")]
    anns.patch("sos", sos, state="closed")
    same("closed", state)
    third = anns.do("trust", call="raise", args=["server", "Once more."])
    same("raised", lambda: anns.rows("sos")[third]["state"])
    same([], lambda: anns.pending("sos"))


def test_a_space_is_hidden_at_once_and_its_documents_go_when_somebody_is_blocked_in_an_app_with_rxdb(
    rx, sam, ann, space
):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    anns = rx(ann, "block", "membership", "message", "pairing")
    eventually(lambda: anns.rows("message") and anns.rows("membership"))
    anns.connected()
    anns.offline()
    block = anns.do("trust", call="block", args=[space])
    assert anns.do("trust", call="hidden", args=[]) == [space]
    anns.online()
    for collection in ("message", "membership", "pairing"):
        same({}, lambda collection=collection: anns.rows(collection))
    anns.patch("block", block, lifted=True)
    same(["hello"], lambda: [row["text"] for row in anns.rows("message").values()])
    assert anns.do("trust", call="hidden", args=[]) == []
    anns.do("trust", call="block", args=[space])
    same({}, lambda: anns.rows("message"))
    sam.pull()
    assert [record["data"]["state"] for record in sam.records("pairing")] == ["ended"]


def test_two_people_open_something_together_in_apps_with_watermelondb(anns, sams, space):
    mine = anns.do("trust", call="invite", args=[space, "What I am afraid of"])
    anns.sync(), sams.sync()
    [theirs] = sams.rows("disclosure")
    anns.do("trust", call="seal", args=[mine, "The dark."])
    anns.sync(2), sams.sync()
    assert [card["text"] for card in anns.rows("card").values()] == ["The dark."]
    assert (anns.rows("disclosure")[mine]["mine"], sams.rows("card")) == ("", {})
    assert "dark" not in str(sams.rows("disclosure"))
    sams.do("trust", call="seal", args=[theirs, "The deep."])
    sams.sync(2), anns.sync()
    for app, row in ((anns, mine), (sams, theirs)):
        opened = app.rows("disclosure")[row]
        cards = json.loads(opened["cards"]).values()
        assert sorted(card["text"] for card in cards) == ["The dark.", "The deep."]
        assert (opened["state"], opened["mine"], app.rows("card")) == ("opened", "", {})


def test_nothing_is_claimed_of_an_sos_before_the_server_has_it_in_an_app_with_watermelondb(ann, anns):
    anns.do("fault", name="refuse", on="push")
    sos = anns.do("trust", call="raise", args=["post", "Please."])
    assert json.loads(anns.rows("sos")[sos]["asked"] or "[]") == []
    anns.sync(2)
    assert json.loads(anns.rows("sos")[sos]["asked"])
    anns.do("trust", call="raise", args=["post", "Anybody?"])
    anns.sync(2)
    assert list(anns.rows("sos")) == [sos]
    anns.update("sos", sos, state="closed")
    anns.sync()
    third = anns.do("trust", call="raise", args=["post", "Once more."])
    ann.pull()
    assert [record["data"]["state"] for record in ann.records("sos")] == ["closed", "raised"]
    anns.sync(2)
    assert anns.rows("sos")[third]["state"] == "raised"


def test_a_space_is_hidden_at_once_and_its_rows_go_when_somebody_is_blocked_in_an_app_with_watermelondb(
    sam, anns, tables, space
):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    anns.sync()
    block = anns.do("trust", call="block", args=[space])
    assert anns.do("trust", call="hidden", args=[]) == [space]
    anns.sync(2)
    left = {table for table, rows in anns.everything(tables).items() if space in str(rows) or space[5:] in str(rows)}
    assert left == {"block"}
    anns.update("block", block, lifted=True)
    anns.sync(2)
    assert (anns.texts(space), anns.do("trust", call="hidden", args=[])) == (["hello"], [])
    anns.do("trust", call="block", args=[space])
    anns.sync(2)
    assert anns.texts(space) == []
    sam.pull()
    assert [record["data"]["state"] for record in sam.records("pairing")] == ["ended"]
