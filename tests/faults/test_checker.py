"""The checker finds what it is for: a good history passes, and each one that was doctored does not."""

from copy import deepcopy

import pytest

from tests.faults.checker import check
from tests.faults.history import CheckedPhone, Pen, read

SPACE = "pair:p1"


def change(kind, name, seq, first=None, space=SPACE, **data):
    return {"space": space, "kind": kind, "id": name, "seq": seq, "first_seq": first or seq, "data": data}


PAIRING = change("pairing", "p1", 1, state="invited")
PAIRED = change("pairing", "p1", 2, 1, state="active")
HELLO = change("message", "m1", 3, text="hello")
REPLY = change("message", "m2", 4, text="reply")
EDITED = change("message", "m1", 5, 3, text="hello again")
LATE = {"text": "late", "origin": "person"}
GONE = {**change("message", "m2", 6, 4), "deleted": True}


def line(t, phone, event, **what):
    return {"t": t, "phone": phone, "user": phone.partition(".")[0], "event": event, **what}


def did(t, phone, mutation, name, outcome, **args):
    """Return the lines of a mutation that was done: what was asked, answered and seen."""
    return [
        line(t, phone, "invoke", mutation=mutation, name=name, args=args),
        line(t + 5, phone, "ok", mutation=mutation, changes=[outcome]),
        line(t + 6, phone, "saw", change=outcome),
    ]


def in_space(t, phone, mutation, what, outcome, **args):
    return did(t, phone, mutation, f"message.{what}", outcome, space=SPACE, id=outcome["id"], **args)


GOOD = [
    *did(10, "sam", "a", "pairing.invite", PAIRING),
    *did(20, "ann", "b", "pairing.join", PAIRED, code="x"),
    *in_space(30, "ann", "c", "send", HELLO, text="hello", origin="person"),
    *in_space(40, "sam", "d", "send", REPLY, text="reply", origin="person"),
    *in_space(50, "ann", "e", "edit", EDITED, text="hello again"),
    *in_space(60, "sam", "f", "delete", GONE),
    line(80, "sam", "replica", changes=[PAIRED, EDITED, GONE]),
    line(81, "ann", "replica", changes=[PAIRED, EDITED, GONE]),
    line(82, "ann.fresh", "replica", changes=[PAIRED, EDITED, GONE]),
]


def without(*unwanted):
    return [line for line in GOOD if not all(line.get(key) == value for key, value in unwanted)]


def with_(t, phone, event, **what):
    return sorted([*GOOD, line(t, phone, event, **what)], key=lambda line: line["t"])


def with_replica(phone, changes):
    return [*without(("event", "replica"), ("phone", phone)), line(90, phone, "replica", changes=changes)]


DOCTORED = {
    "I1 message m1 of pair:p1 was accepted and is not on ann": with_replica("ann", [PAIRED, GONE]),
    "I1 message m2 of pair:p1 was accepted and is not on sam, and nobody": without(("mutation", "f")),
    "I1 message m1 of pair:p1 says on sam what nobody wrote": with_replica(
        "sam", [PAIRED, change("message", "m1", 5, 3, text="hullo"), GONE]
    ),
    "I2 z never had an outcome": with_(70, "ann", "invoke", mutation="z", name="profile.edit", args={}),
    "I2 c had different outcomes": with_(70, "ann", "fail", mutation="c", code="not_found"),
    "I2 d had different outcomes": with_(70, "sam", "ok", mutation="d", changes=[{**REPLY, "first_seq": 9}]),
    "I2 message m1 of pair:p1 took the places": with_(70, "sam", "saw", change={**EDITED, "seq": 7}),
    "I2 message m9 of pair:p1 took the places": with_(70, "sam", "saw", change=change("message", "m9", 7)),
    "I3 seq 5 of pair:p1 is two things; sam": with_(
        70, "sam", "saw", change=change("message", "m1", 5, 3, text="another text")
    ),
    "I3 seq 4 of pair:p1 is two things": with_(70, "sam", "saw", change=change("message", "m1", 4, 3)),
    "I3 message m1 of pair:p1 has first_seq 4": with_(70, "sam", "saw", change={**EDITED, "first_seq": 4}),
    "I3 first_seq 2 of pair:p1 was sent after 3": [
        *GOOD[:9],
        *in_space(60, "sam", "g", "send", change("message", "m3", 2), **LATE),
    ],
    "I3 ann sent messages into pair:p1 that are in another order": [
        *GOOD[:9],
        line(31, "ann", "invoke", mutation="g", name="message.send", args={"space": SPACE, "id": "m3", **LATE}),
        line(32, "ann", "ok", mutation="g", changes=[change("message", "m3", 2)]),
    ],
    "I4 ann differs in pair:p1: message m1": with_replica("ann", [PAIRED, HELLO, GONE]),
    "I4 ann.fresh differs in pair:p1: pairing p1": with_replica("ann.fresh", [EDITED, GONE]),
    "I4 message m2 of pair:p1 came back": with_(70, "ann", "saw", change=change("message", "m2", 7, 4, text="reply")),
    "I4 eve still has pair:p1": with_replica("eve", [EDITED]),
    "I5 eve received message m1 of pair:p1 and was never let in": with_(70, "eve", "saw", change=EDITED),
    "I5 ann received note n1 of user:sam and was never": with_(
        70, "ann", "saw", change=change("note", "n1", 1, space="user:sam")
    ),
    "I5 ann received pairing p1 of pair:p1 before": with_(15, "ann", "saw", change=PAIRING),
    "I5 ann received message m1 of pair:p1, stored at 5 after access was lost": with_(
        45, "ann", "lost", space=SPACE, seq=4
    ),
    "I5 sam received message m2 of pair:p1, stored at 6 after the pairing had ended": with_(
        70, "sam", "saw", change=change("pairing", "p1", 5, 1, state="ended")
    ),
}


def test_a_good_history_passes():
    assert check(deepcopy(GOOD)) == []


@pytest.mark.parametrize("wrong", DOCTORED)
def test_a_doctored_history_is_found_out(wrong):
    found = check(deepcopy(DOCTORED[wrong]))
    assert any(said.startswith(wrong) for said in found), found


def test_a_phone_writes_what_happens_and_it_can_be_read(world, sam, ann, pair, tmp_path):
    pen = Pen(tmp_path, "ann", ann.user)
    checker = CheckedPhone(ann.transport, ann.user, "ann", ann.now, pen)
    checker.do("profile.edit", about="me")
    checker.do("message.edit", space=pair, id="nothing", text="x")
    checker.whole()
    pen.close()
    events = [line["event"] for line in read(tmp_path)]
    assert events[:6] == ["invoke", "ok", "saw", "invoke", "fail", "saw"]
    assert events[-1] == "replica"
