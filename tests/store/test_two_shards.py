"""On a sharded cluster no cursor passes a change, and no decision rests on a new head and old records.

Every order in which shards can show commits is tried on the product's reader and change set, over a model of a cluster.
"""

from contextlib import nullcontext

import pytest

from server.commands.context import Caller
from server.store.change_set import ChangeSet
from server.store.reader import Reader
from server.store.spaces import SpaceCache
from sync.pull import Puller
from sync.record import Key, Record, private
from tests.sealed import records_of
from tests.store.two_shards import Cluster, schedules

ANN = Caller("ann", "phone", "peer")
OWN, PAIR = private("ann"), "pair:1"
STEPS = 5  # reads at which shards may begin to show a commit


def membership(seq, *, deleted=False):
    data = {} if deleted else {"space": PAIR, "member": "a"}
    return Record("pair.1", "membership", OWN, "ann", data, seq=seq, first_seq=1, deleted=deleted)


def message(seq, text="hello"):
    return Record(f"m{seq}", "message", PAIR, "s", {"text": text}, seq=seq, first_seq=seq)


class Cursors:
    """Cursors that are the vectors themselves."""

    def cursor(self, _, vector, scope="cursor"):
        assert scope
        return dict(vector)

    def vector(self, _, cursor, scope="cursor"):
        assert scope
        return dict(cursor or {})


class Phone:
    """Pulls from a cluster until there is nothing more."""

    def __init__(self, cluster, *, consistent=True):
        sessions = cluster if consistent else type("Plain", (), {"reads": lambda _: nullcontext()})()
        self.puller, self.cursor, self.had = Puller(Reader(records_of(cluster), sessions), Cursors()), None, []

    def pull(self):
        args = {"cursor": self.cursor, "seen": {}, "spaces": None, "limit": 100}
        page = self.puller.page(ANN, args)
        self.had += [change["id"] for change in page["changes"]]
        self.cursor = page["cursor"]
        assert page["reset"] == []


def lost(cluster, known, *, consistent=True):
    """Return the schedules with which a phone never gets the messages of a cluster."""
    found = []
    for schedule in schedules(1, STEPS):
        cluster.end() if known is None else cluster.begin(dict.fromkeys(schedule, (10**6,)))
        phone = Phone(cluster, consistent=consistent)
        if known is not None:
            phone.pull()
        cluster.begin(schedule)
        phone.pull()
        cluster.end()
        phone.pull()
        if not {"m1", "m2"} <= set(phone.had):
            found.append(schedule)
    return found


@pytest.mark.parametrize(
    "known", [None, "up to the first message"], ids=["a new phone", "a phone that knows the space"]
)
def test_no_cursor_passes_a_change_that_is_visible_on_one_shard_only(known):
    cluster = Cluster([[membership(1), message(1)], [message(2)]])
    assert lost(cluster, known) == []
    if known:
        assert lost(cluster, known, consistent=False), "need a model in which plain reads lose a change"


def leaked(cluster, *, consistent=True):
    """Return the schedules with which a phone is shown what was written after its user had lost the space."""
    found = []
    for schedule in schedules(2, 4)[::7]:
        cluster.begin(schedule)
        phone = Phone(cluster, consistent=consistent)
        phone.pull()
        if "m2" in phone.had:
            found.append(schedule)
    return found


def test_nothing_is_shown_that_was_written_after_a_user_had_lost_the_space():
    cluster = Cluster([[membership(1), message(1)], [membership(2, deleted=True)], [message(2)]])
    assert leaked(cluster) == []
    assert leaked(cluster, consistent=False), "need a model in which plain reads leak"


def torn(cluster, *, consistent=True):
    """Return the schedules with which a decision sees the head of a commit and not its record."""
    found, changed = [], Key(PAIR, "pairing", "1")
    for schedule in schedules(1, 4):
        cluster.begin(schedule)
        change_set = ChangeSet(records_of(cluster), SpaceCache())
        with cluster.reads() if consistent else nullcontext():
            change_set.read_ahead([changed])
            state = change_set.get(changed).data["state"]
            by_kind = [record.data["state"] for record in change_set.of_kind(PAIR, "pairing")]
        if change_set.parts[PAIR].row.head == 2 and {state, *by_kind} != {"ended"}:
            found.append(schedule)
    return found


def test_no_decision_rests_on_a_new_head_and_an_old_record():
    """Its commit would succeed, as it asks only whether the head is still the one that was read."""

    def pairing(seq, state):
        return Record("1", "pairing", PAIR, "s", {"state": state}, seq=seq, first_seq=1)

    cluster = Cluster([[pairing(1, "active")], [pairing(2, "ended")]])
    assert torn(cluster) == []
    assert torn(cluster, consistent=False), "need a model in which plain reads tear"
