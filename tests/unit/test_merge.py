"""The laws of merging: order, grouping and repetition never matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from schemas.base import RULES as SCHEMA_RULES
from schemas.base import Strict, merge_rules
from schemas.message import SendMessage
from schemas.note import PutNote
from schemas.profile import EditProfile
from sync.clock import Stamp
from sync.merge import RULES, Entry, merge
from sync.record import Record

FIELDS = {"title": "latest", "body": "latest", "read": "highest", "delivered": "highest"}

stamps = st.builds(Stamp, st.integers(0, 5), st.integers(0, 2), st.sampled_from("ab"))
values = {"latest": st.sampled_from(["", "x", "y", None, 3]), "highest": st.integers(0, 5)}
states = st.fixed_dictionaries(
    {}, optional={name: st.builds(Entry, values[rule], stamps) for name, rule in FIELDS.items()}
)


@given(states, states)
def test_order_does_not_matter(a, b):
    assert merge(a, b, FIELDS) == merge(b, a, FIELDS)


@given(states, states, states)
def test_grouping_does_not_matter(a, b, c):
    assert merge(merge(a, b, FIELDS), c, FIELDS) == merge(a, merge(b, c, FIELDS), FIELDS)


@given(states)
def test_repetition_does_not_matter(a):
    assert merge(a, a, FIELDS) == a


@given(states, states)
def test_nothing_is_made_up_and_no_field_is_lost(a, b):
    merged = merge(a, b, FIELDS)
    assert merged.keys() == a.keys() | b.keys()
    assert all(entry in (a.get(name), b.get(name)) for name, entry in merged.items())


def test_the_later_edit_wins_field_by_field():
    ours = {"title": Entry("old", Stamp(1)), "body": Entry("new", Stamp(4))}
    theirs = {"title": Entry("new", Stamp(2)), "body": Entry("old", Stamp(3))}
    assert {name: entry.value for name, entry in merge(ours, theirs, FIELDS).items()} == {"title": "new", "body": "new"}


def test_a_position_never_goes_back_however_late_its_stamp():
    assert merge({"read": Entry(9, Stamp(1))}, {"read": Entry(3, Stamp(8))}, FIELDS)["read"].value == 9


def test_a_field_without_a_rule_is_not_merged_by_accident():
    with pytest.raises(KeyError):
        merge({}, {"secret": Entry(1, Stamp(1))}, FIELDS)


@pytest.mark.parametrize("schema", [SendMessage, PutNote, EditProfile])
def test_schemas_name_only_rules_that_exist(schema):
    rules = merge_rules(schema)
    assert rules
    assert set(rules.values()) <= RULES.keys()


def test_schemas_know_the_rules_that_there_are():
    assert set(SCHEMA_RULES) == RULES.keys()


def test_a_misspelt_rule_is_found_when_the_server_starts():
    class Misspelt(Strict):
        mood = fields.Integer(metadata={"merge": "latets"})

    with pytest.raises(ValueError, match="no merge rule 'latets'"):
        merge_rules(Misspelt)


def test_delete_wins_over_a_later_edit():
    gone = Record("n", "note", "user:ann", "ann", {"title": "x"}, {"title": Stamp(1)}).tombstone()
    assert gone.merged({"title": "back"}, {"title": Stamp(9)}, {"title": "latest"}) == gone
    assert not gone.data
