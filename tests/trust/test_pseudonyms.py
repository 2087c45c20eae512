"""Whoever compares notes finds nothing: two who know the same person are told nothing by which they could tell.

Ann is with sam and with tina, and sam is with bob as well; eve and uwe do all the same, and are strangers to them. What
both sides of a comparison were told, and eve and uwe were not, would be a link.
"""

import re

import pytest

from tests.good import GOOD
from tests.sealed import stored
from tests.trust.lifecycle import HELPERS, PEERS, lived

LONG = re.compile(r"[A-Za-z0-9._-]{10,}")
SERVER_TIME = re.compile(r'"server_time": \d+')
LEFT_OUT = {  # what nobody shows anybody: staff's, or done in `couple`, `part`, or to oneself alone
    "specialist", "watch", "call", "pairing", "offer", "request", "handover", "availability", "practice", "position",
    "block", "account", "programme", "sanction", "security_event", "supervision", "unsent",
    "mute", "unread",
}  # fmt: skip


@pytest.fixture
def life(world):
    return lived(world)


def tokens(life, name):
    texts = (SERVER_TIME.sub("", text) for text in life.heard[name])  # the time of an answer is the same for all
    return {token for text in texts for token in LONG.findall(text)}


def hours_of_need(life):
    """Return the times of calls for help: whoever is called hears them at the same moment."""
    calls = stored(life.world.mongo, {"kind": "sos"})
    assert len(calls) == len(PEERS)
    return {str(at) for row in calls for at in (row["data"]["raised_at"], *(one["at"] for one in row["data"]["said"]))}


def test_nothing_links_what_two_are_told_of_one_person_nor_names_anybody(life):
    kinds = {name.partition(".")[0] for name in GOOD} - LEFT_OUT
    assert kinds <= {name.partition(".")[0] for name in life.done}, "they lived through everything"
    shown = {row["kind"] for name in ("ann", "sam") for row in life.phones[name].replica.values()}
    assert shown >= {"disclosure", "suggestion", "milestone", "letter", "escalation", "session", "step", "promise"}
    strangers = tokens(life, "eve") | tokens(life, "uwe") | hours_of_need(life)
    for one, two in (("sam", "tina"), ("ann", "bob")):
        assert len(tokens(life, one)) > 300
        assert (tokens(life, one) & tokens(life, two)) - strangers == set(), (one, two)
    for name, texts in life.heard.items():
        others = [one for who, one in (PEERS | HELPERS).items() if who != name]
        told = "\n".join(texts)
        assert [one for one in others if one in told] == [], name
