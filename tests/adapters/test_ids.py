"""The ids that apps give their rows follow the documentation, for both client databases."""

import pytest

from tests.adapters.rxdb import drawn, new
from tests.adapters.watermelondb import message, only

ADVISED = ["a", "x" * 50, "Aa0_-" * 10]
STORED = ["x" * 53, "n.1", "__proto__"]  # not advised: a later version may refuse them
OWN = ["x" * 54, "x" * 64]  # too long for a row that others see under a longer id
GONE = ["x" * 65, "x" * 256, "a:b", "a b", "a/b", "Grüße", "💥", "a\0b"]
REFUSED = ["", "x" * 257, 7, None, ["a"]]


def rx_push(way, space, table, row_ids):
    cells = {"note": {"title": "x"}, "message": {"space": space, "text": "x"}}[table]
    return way.http.post(f"{table}/push", json=[new({**drawn(table), **cells, "id": row_id}) for row_id in row_ids])


def rx_rows(way, table):
    documents = way.pull(table)["documents"]
    live = {document["id"] for document in documents if not document["_deleted"]}
    return live, {document["id"] for document in documents} - live


def melon_row(space, table, row_id):
    return message(space, row_id, "x") if table == "message" else {"id": row_id, "title": "x"}


@pytest.mark.parametrize("table", ["note", "message"])
def test_rxdb_is_told_by_the_next_pull_which_ids_cannot_be(bare, ann, space, table):
    way = bare(ann)
    assert rx_push(way, space, table, [*ADVISED, *STORED, *OWN, *GONE]).json() == []
    fit = {*ADVISED, *STORED} | (set(OWN) if table == "note" else set())
    assert rx_rows(way, table) == (fit, {*OWN, *GONE} - fit)


@pytest.mark.parametrize("table", ["note", "message"])
def test_watermelondb_is_told_by_the_next_pull_which_ids_cannot_be(bare_ann, space, last, table):
    rows = [melon_row(space, table, row_id) for row_id in (*ADVISED, *STORED, *OWN, *GONE)]
    assert bare_ann.push(only(table, created=rows), last).status_code == 200
    fit = {*ADVISED, *STORED} | (set(OWN) if table == "note" else set())
    changes = bare_ann.ask(last_pulled_at=last).json()["changes"][table]
    assert {row["id"] for row in changes["updated"]} == fit
    assert set(changes["deleted"]) == {*OWN, *GONE} - fit


@pytest.mark.parametrize("row_id", REFUSED, ids=lambda row_id: repr(row_id)[:9])
@pytest.mark.parametrize("table", ["note", "message"])
def test_what_is_no_id_at_all_is_refused_with_its_whole_push(bare, bare_ann, ann, space, last, table, row_id):
    good = melon_row(space, table, "good")
    answer = bare_ann.push(only(table, created=[good, melon_row(space, table, row_id)]), last)
    assert (answer.status_code, answer.json()["error"]["details"]["limit"]) == (400, 256)
    assert bare_ann.rows(table) == {}
    answer = rx_push(bare(ann), space, table, ["good", row_id])
    assert (answer.status_code, answer.json()["error"]["details"]["limit"]) == (400, 256)
    assert rx_rows(bare(ann), table) == (set(), set())
