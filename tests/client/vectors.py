"""Writes docs/vectors/client.json: test vectors for clients, of stamps, pages, frames, outcomes and tokens.

Each case has an input; ``tests/phone.py`` gives the expected result. ``make client-vectors`` runs this.
"""

import json
from pathlib import Path
from typing import Any

from sync.clock import parse
from tests.phone import Clock, Phone, Wire

FILE = Path(__file__).parent.parent.parent / "docs" / "vectors" / "client.json"
SPACE, OTHER, OWN = "pair:p", "pair:q", "user:u"
HOUR = 3_600_000  # ms
NOW = 1_795_352_768_209  # ms
RULE = (
    "Clock: `tick` stamps something at a wall-clock time (ms), and `expected` is the stamp; `see` is a stamp that "
    "came from elsewhere; `set_right` is the `server_time` of an answer that finds the outbox empty. Replica: a "
    "phone of the user `u` takes the steps one after the other. A `page` was asked for with the cursor `asked`; a "
    "`frame` came live; `outcomes` are of mutations. `pull` says whether the phone has to pull after the step. In "
    "the end it has the `records`, by space, kind, id and seq, tombstones among them, and keeps `positions`, "
    "`seen`, `history` and `cursor`. Refresh: a phone that keeps the access token `a0` and the refresh token `r0` "
    "syncs, once for each entry of `syncs`, with a server that answers the requests as `answers` says, in order; "
    "null is no answer. `asked` is what it asks with which token, `keeps` are the tokens that it keeps in the "
    "end, and the outbox keeps its one mutation as long as that has no outcome (`waiting`)."
)


def change(seq: int, name: str = "", *, space: str = SPACE, kind: str = "message", **more: Any) -> Wire:
    """Return a change whose text names its seq."""
    bare = {"id": name or f"m{seq}", "kind": kind, "space": space, "seq": seq, "first_seq": seq}
    if more.get("deleted"):
        return {**bare, **more}
    return {**bare, "author": "other", "at": f"{NOW + seq}-0", "data": {"text": f"at {seq}"}, **more}


def page(cursor: str, *changes: Wire, asked: str | None = None, **more: Any) -> Wire:
    """Return the step of a page."""
    given = {"changes": list(changes), "cursor": cursor, "positions": {}, "history": {}, "more": False}
    return {"page": {**given, "gone": [], "reset": [], "server_time": NOW, **more}, "asked": asked}


def frame(change: Wire) -> Wire:
    """Return the step of a live change."""
    return {"frame": {"space": change["space"], "seq": change["seq"], "change": change}}


def outcomes(*changes: Wire) -> Wire:
    """Return the step of the outcome of a mutation that changed records."""
    return {"outcomes": [{"id": "01a203fa-fac9-7135-88a2-fe23b915dae1", "ok": True, "changes": list(changes)}]}


FIRST = page("c1", change(1), change(2), positions={SPACE: 2, OWN: 1})
CLOCK: dict[str, list[Wire]] = {
    "two things in one millisecond": [{"tick": NOW}, {"tick": NOW}, {"tick": NOW + 1}],
    "a wall clock that goes back": [{"tick": NOW}, {"tick": NOW - HOUR}, {"tick": NOW - HOUR}],
    "an edit after seeing another, with a slow clock": [{"see": f"{NOW}-7"}, {"tick": NOW - HOUR}],
    "what was seen is older": [{"see": f"{NOW}-7"}, {"tick": NOW + 1}],
    "the counter is full": [{"see": f"{NOW}-65535"}, {"tick": NOW}],
    "a clock that was years ahead": [{"tick": NOW + 9_000 * HOUR}, {"set_right": NOW}, {"tick": NOW + 5}],
    "a clock that was ahead after seeing something": [
        {"see": f"{NOW}-3"}, {"tick": NOW + HOUR}, {"set_right": NOW + 1}, {"tick": NOW - 1},
    ],
    "a minute ahead is no mistake": [{"tick": NOW + 60_000}, {"set_right": NOW}, {"tick": NOW}],
    "a phone at 1970": [{"tick": 0}, {"tick": 0}],
}  # fmt: skip
REPLICA: dict[str, list[Wire]] = {
    "a first page": [FIRST],
    "two pages": [
        page("c1", change(1), positions={SPACE: 1}, more=True),
        page("c2", change(2), asked="c1", positions={SPACE: 2}),
    ],
    "the next change, live": [FIRST, frame(change(3))],
    "a change twice": [FIRST, frame(change(3)), frame(change(3, data={"text": "another"}))],
    "a gap": [FIRST, frame(change(4))],
    "a gap that a page fills": [
        FIRST, frame(change(4)), page("c2", change(3), change(4), asked="c1", positions={SPACE: 4}),
    ],
    "the first change of a space, live": [FIRST, frame(change(1, "n1", space=OTHER))],
    "a page that lies behind what was seen": [
        FIRST, frame(change(3)), frame(change(4)), page("c2", change(3), asked="c1", positions={SPACE: 3}),
    ],
    "a page that covers what was seen": [FIRST, frame(change(3)), page("c2", asked="c1", positions={SPACE: 3})],
    "an older form of a record": [
        page("c1", change(3, "m1"), positions={SPACE: 3}),
        page("c2", change(2, "m1"), asked="c1", positions={SPACE: 3}),
    ],
    "a tombstone, and an older form after it": [
        FIRST, frame(change(3, "m1", first_seq=1, deleted=True)),
        page("c2", change(1), asked="c1", positions={SPACE: 3}),
    ],
    "a page that comes late": [
        FIRST, page("c2", asked="c1", gone=[SPACE]), page("c0", change(3), positions={SPACE: 3}),
    ],
    "a space that is gone": [FIRST, frame(change(3)), page("c2", asked="c1", gone=[SPACE])],
    "a live change of a space that is gone": [FIRST, page("c2", asked="c1", gone=[SPACE]), frame(change(3))],
    "a space that is reset": [
        FIRST, page("c2", change(9), asked="c1", reset=[SPACE], positions={SPACE: 9}, history={SPACE: 9}),
    ],
    "a space that is given back": [
        FIRST, page("c2", asked="c1", gone=[SPACE]), page("c3", change(1), change(2), asked="c2", positions={SPACE: 2}),
    ],
    "history to come": [page("c1", change(8), change(9), positions={SPACE: 9}, history={SPACE: 8})],
    "an outcome in turn": [FIRST, outcomes(change(3))],
    "an outcome out of turn": [FIRST, outcomes(change(5))],
    "an outcome of two changes": [FIRST, outcomes(change(3), change(4))],
    "an outcome whose change came live before": [FIRST, frame(change(3)), outcomes(change(3))],
    "an unknown kind, and an unknown field": [
        page("c1", change(1, kind="of_tomorrow", new=True), positions={SPACE: 1}),
    ],
}  # fmt: skip
REFUSED = {"error": {"code": "unauthenticated", "message": "No.", "details": {}}}
PAIR = {"access_token": "a1", "refresh_token": "r1"}
REFRESH: list[Wire] = [
    {
        "name": "the access token has expired", "syncs": ["done"], "answers": [REFUSED, PAIR, "done"],
        "asked": [["sync", "a0"], ["refresh", "r0"], ["sync", "a1"]], "keeps": ["a1", "r1"], "waiting": False,
    },
    {
        "name": "the answer to a refresh is lost: the same token again", "syncs": ["offline", "done"],
        "answers": [REFUSED, None, REFUSED, PAIR, "done"],
        "asked": [["sync", "a0"], ["refresh", "r0"], ["sync", "a0"], ["refresh", "r0"], ["sync", "a1"]],
        "keeps": ["a1", "r1"], "waiting": False,
    },
    {
        "name": "the refresh token is refused: sign in again; what waits is kept", "syncs": ["unauthenticated"],
        "answers": [REFUSED, REFUSED], "asked": [["sync", "a0"], ["refresh", "r0"]],
        "keeps": [None, None], "waiting": True,
    },
    {
        "name": "the answer to a sync is lost: nothing is refreshed", "syncs": ["offline", "done"],
        "answers": [None, "done"], "asked": [["sync", "a0"], ["sync", "a0"]], "keeps": ["a0", "r0"], "waiting": False,
    },
]  # fmt: skip


def vectors() -> Wire:
    """Return the content of the file."""
    clock = [{"name": name, "steps": ticked(steps)} for name, steps in CLOCK.items()]
    replica = [{"name": name, **lived(steps)} for name, steps in REPLICA.items()]
    return {"version": 1, "licence": "CC0-1.0", "rule": RULE, "clock": clock, "replica": replica, "refresh": REFRESH}


def ticked(steps: list[Wire]) -> list[Wire]:
    """Return the steps of a clock, each with the stamp of ``tests/phone.py``."""
    clock, done = Clock(), []
    for step in steps:
        [[what, value]] = step.items()
        stamp = {"expected": str(clock.tick(value))} if what == "tick" else {}
        if what == "see":
            clock.see(parse(value))
        if what == "set_right":
            clock.set_right(value)
        done.append(step | stamp)
    return done


def lived(steps: list[Wire]) -> Wire:
    """Return the steps of a phone, each with the state of ``tests/phone.py`` after it."""
    phone, done = Phone(_nobody(), "u"), []
    for step in steps:
        phone.stale = False
        more = False
        if "page" in step:
            more = phone._take(step["page"], step["asked"])
        elif "frame" in step:
            phone.hear(step["frame"])
        else:
            phone._settle(step["outcomes"])
        done.append({**step, "pull": phone.stale or more})
    return {"steps": done, "expected": kept(phone)}


def kept(phone: Any) -> Wire:
    """Return the state of a phone, in the form of the vectors."""
    records = sorted(
        [*name, change["seq"], "deleted" if change.get("deleted") else change["data"]]
        for name, change in phone.replica.items()
    )
    names = {"positions": "positions", "seen": "seen", "history": "older", "cursor": "cursor"}
    return {"records": records, **{name: getattr(phone, attribute) for name, attribute in names.items()}}


def _nobody() -> Any:
    """Return a transport that is never used."""
    return None


def written() -> str:
    """Return the file's text: a line for each case."""
    lines = []
    for name, value in vectors().items():
        if isinstance(value, list):
            cases = ",\n".join(f"  {json.dumps(case, ensure_ascii=False)}" for case in value)
            lines.append(f' "{name}": [\n{cases}\n ]')
        else:
            lines.append(f' "{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
