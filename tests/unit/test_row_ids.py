"""What rows are called: laws that hold for all ids, users and spaces."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.table import TABLES
from sync.client_databases.row_ids import MARK, RowIdScheme
from sync.record import Key, Record

IDS = st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True)
PLAIN = st.from_regex(r"[A-Za-z0-9_-]{1,50}", fullmatch=True)
SPACES = st.sampled_from(["pair:a", "pair:b", "circle:a"])
MESSAGE = TABLES["message"]
ANN = RowIdScheme("ann", {"user:ann": "ann", "pair:a": "m1", "pair:b": "m2", "circle:a": "m3"})
SAM = RowIdScheme("sam", {"user:sam": "sam", "pair:a": "n1", "pair:b": "n2"})


def message(key: Key) -> Record:
    return Record(key.id, key.kind, key.space)


@given(PLAIN, SPACES)
def test_a_row_of_mine_keeps_the_id_that_my_app_gave_it(name, space):
    key = ANN.key(MESSAGE, space, name)
    assert ANN.row(MESSAGE, message(key)) == name
    assert key in ANN.keys(MESSAGE, name)


@given(IDS, SPACES)
def test_the_row_of_any_record_leads_back_to_it(name, space):
    record = Record(name, "message", space)
    assert ANN.key(MESSAGE, space, ANN.row(MESSAGE, record)) == record.key


@given(IDS, IDS, SPACES, SPACES)
def test_no_two_records_that_others_name_ever_share_a_row(first, second, here, there):
    """Whatever ids the other side gives its records, in this space or another, in an app or on a native phone."""
    keys = {Key(here, "message", first), Key(there, "message", second), SAM.key(MESSAGE, there, second)}
    rows = {ANN.row(MESSAGE, message(key)) for key in keys}
    assert len(rows) == len(keys)


@given(PLAIN, PLAIN)
def test_nobody_can_take_the_row_of_a_message_of_mine(name, seen):
    """Not even with the marks that they see on what I wrote, in the space where I wrote it or in another."""
    mine, other = ANN.key(MESSAGE, "pair:a", name), ANN.key(MESSAGE, "pair:b", seen)
    forged = {name, mine.id, name + mine.id[-MARK:], name + other.id[-MARK:], SAM.key(MESSAGE, "pair:b", name).id}
    for record_id in forged - ({other.id} if seen == name else set()):
        assert ANN.row(MESSAGE, Record(record_id, "message", "pair:b")) != name


def test_records_that_the_server_names_keep_their_ids():
    record = Record("m1", "position", "pair:a")
    assert ANN.row(TABLES["position"], record) == "m1"
    assert ANN.key(TABLES["note"], "user:ann", "n1") == Key("user:ann", "note", "n1")


def test_a_row_is_looked_for_only_where_its_user_may_read():
    assert {key.space for key in SAM.keys(MESSAGE, "x")} == {"pair:a", "pair:b"}
    assert {key.space for key in SAM.keys(TABLES["note"], "x")} == {"user:sam"}
