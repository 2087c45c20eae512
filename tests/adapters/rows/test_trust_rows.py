"""The kinds of docs/trust.md as rows of client databases: a changed row asks for its command, or is corrected."""

from schemas.table import TABLES
from server.trust.prompts import text
from sync.clock import HOUR
from tests.adapters.rows.changes import CHANGED
from tests.adapters.rows.client_database_driver import LATER, cells_of, change, make, remove, row_of
from tests.conftest import START
from tests.good import GOOD

PROMPT = "what_brought_you"
BY, OVER = {"by": "2026-11-24T18:00", "zone": "Europe/Berlin"}, {"by": "2026-11-01T18:00", "zone": "Europe/Berlin"}
TOLD = {name: cell for name, cell in GOOD["escalation.record"].items() if name not in {"id", "why_not"}}

NEW = [  # who makes a row; its table; its cells; the final cells
    ("ann", "promise", {"sort": "reply", "words": "After work.", **BY}, {"state": "made", "sort": "reply", **BY}),
    ("sam", "promise", BY, {"state": "made", "sort": "back", "words": None, "renewed": False, "late": False}),
    ("sam", "question", {"text": "What was good?"}, {"state": "asked", "locale": "en", "answer": None}),
    ("ann", "question", {"prompt": PROMPT, "locale": "de"}, {"prompt": PROMPT, "text": text(PROMPT, "de")}),
    ("ann", "disclosure", {"theme": "Fear"}, {"state": "invited", "hours": 168, "sealed": [], "mine": ""}),
    ("sam", "disclosure", {"prompt": PROMPT, "hours": 3}, {"due_at": START + 3 * HOUR, "cards": {}, "theme": None}),
    ("sam", "suggestion", {"text": "Write.", "about": "sleep"}, {"state": "asked", "about": "sleep", "text": ""}),
    ("sam", "step", {"text": "A walk"}, {"state": "proposed", "text": "A walk"}),
    ("ann", "step", {"text": "A swim"}, {"state": "adopted", "text": "A swim"}),
    ("ann", "strength", {"text": "You stayed."}, {"text": "You stayed."}),
    ("ann", "repair", {"words": "Something is off."}, {"state": "invited", "words": "Something is off."}),
    ("sam", "repair", {}, {"state": "invited", "words": None}),
    ("sam", "escalation", {**TOLD, "consent": True}, {**TOLD, "consent": True, "why_not": None, "told_at": START}),
    ("ann", "message", {"text": "x", "origin": "person", "hard_to_say": True}, {"hard_to_say": True, "edited": False}),
    ("sam", "message", {"text": "y", "origin": "template"}, {"hard_to_say": False, "origin": "template"}),
]
CORRECTED = [  # the command before; who changes its row; the new cells, which are corrected
    ("ann promise.make", "sam", {"state": "kept"}),
    ("ann promise.make", "ann", {"state": "excused"}),
    ("ann promise.make", "ann", {"state": "missed"}),
    ("ann promise.make", "ann", {"by": "2026-11-24T17:00"}),
    ("ann promise.make", "ann", {"words": "Or later.", "late": True, "by_at": 1}),
    ("ann question.ask", "ann", {"answer": "I say it myself."}),
    ("ann question.ask", "ann", {"text": "Another one?"}),
    ("ann question.ask", "sam", {"state": "answered"}),
    ("ann disclosure.invite", "sam", {"state": "opened", "sealed": ["x"], "cards": {"x": {"text": "forged"}}}),
    ("ann disclosure.invite", "ann", {"theme": "Another one", "due_at": 1}),
    ("ann suggestion.ask", "ann", {"state": "allowed"}),
    ("ann suggestion.ask", "sam", {"state": "withdrawn"}),
    ("ann suggestion.ask", "sam", {"text": "forged"}),
    ("sam step.propose", "sam", {"state": "adopted"}),
    ("sam step.propose", "sam", {"text": "Another one"}),
    ("sam step.propose", "ann", {"state": "proposed", "text": "Another one"}),
    ("ann strength.notice", "sam", {"text": "forged"}),
    ("ann repair.invite", "ann", {"state": "accepted"}),
    ("sam escalation.record", "ann", {"consent": True, "told": "forged"}),
    ("sam escalation.record", "sam", {"told": "forged", "why_not": "forged"}),
    ("ann message.send", "sam", {"hard_to_say": False}),
]
OWN = ("ann strength.notice", "ann letter.write", "ann question.ask", "ann repair.invite")  # rows that can be deleted
VANISHED = [  # who makes a row that is corrected; its table; its cells
    ("ann", "promise", OVER),
    ("ann", "question", {}),
    ("ann", "question", {"prompt": PROMPT, "text": "And another?"}),
    ("ann", "disclosure", {"mine": "The dark."}),
    ("ann", "suggestion", {"about": "sleep"}),
    ("ann", "strength", {}),
    ("ann", "escalation", {**TOLD, "consent": True}),
    ("ann", "checkin", {"pairing": "nobody", "could_say": 3}),
    ("ann", "ack", {"message": "", "heard": True}),
    *(("ann", table, {}) for table in ("card", "trend", "report", "nudge", "call", "debrief", "pin", "milestone")),
]


def test_new_rows_do_what_their_commands_do(app, sam, ann, space):
    phones = {"sam": sam, "ann": ann}
    apps = {name: app(phone) for name, phone in phones.items()}
    for one in apps.values():
        one.pull()
    for at, (who, table, cells, _) in enumerate(NEW):
        make(apps[who], table, f"x{at}", space=space, **cells)
    for name, one in apps.items():
        one.pull(), phones[name].sync()
    for at, (who, table, _, became) in enumerate(NEW):
        cells = cells_of(apps[who], table, f"x{at}")
        assert {name: cells[name] for name in became} == became, (who, table)
        told = {name: cell for name, cell in became.items() if cell not in ("", None, False, {})}
        for phone in phones.values():
            assert any(told.items() <= record["data"].items() for record in phone.records(table, space)), (who, table)
    assert sorted(len(one.local["card"]) for one in apps.values()) == [0, 1], "the suggestion is sam's alone"


def test_changes_of_rows_do_what_their_commands_do(app, sam, ann, space, done):
    for at, (action, *_) in enumerate(CHANGED):
        done(action, id=f"x{at}")
    apps = {"sam": app(sam), "ann": app(ann)}
    for one in apps.values():
        one.pull()
    rows = [(action.split()[1].partition(".")[0], f"x{at}") for at, (action, *_) in enumerate(CHANGED)]
    for (table, row), (_, who, cells, _) in zip(rows, CHANGED, strict=True):
        change(apps[who], table, row_of(apps[who], table, row), **cells)
    for one in apps.values():
        one.pull()
    for (table, row), (action, who, _, became) in zip(rows, CHANGED, strict=True):
        for one in apps.values():
            cells = cells_of(one, table, row_of(one, table, row))
            assert {name: cells[name] for name in became} == became, (action, who)


def test_changes_of_rows_that_are_refused_are_corrected(world, app, sam, ann, space, done):
    for at, (action, *_) in enumerate(CORRECTED):
        done(action, id=f"x{at}", **({"consent": False} if "escalation" in action else {}))
    apps = {"sam": app(sam), "ann": app(ann)}
    for one in apps.values():
        one.pull()
    rows, before = [], []
    for at, (action, who, cells) in enumerate(CORRECTED):
        table = action.split()[1].partition(".")[0]
        rows.append((apps[who], table, row_of(apps[who], table, f"x{at}")))
        before.append(cells_of(*rows[-1]))
        change(*rows[-1], **cells)
    world.wait(LATER)
    for one in apps.values():
        one.pull()
    for row, cells, case in zip(rows, before, CORRECTED, strict=True):
        assert cells_of(*row) == cells, case


def test_new_rows_that_are_refused_go(world, app, ann, space):
    anns = app(ann)
    anns.pull()
    for at, (_, table, cells) in enumerate(VANISHED):
        where = {"space": space} if TABLES[table].shared else {}
        make(anns, table, f"x{at}", **where, **cells)
    world.wait(LATER)
    anns.pull()
    left = [case for at, case in enumerate(VANISHED) if f"x{at}" in anns.local[case[1]]]
    assert left == []


def test_what_may_be_withdrawn_is_withdrawn_by_deleting_its_row(world, app, sam, ann, space, done):
    for action in ("ann strength.notice", "sam step.propose", "ann promise.make", "ann question.ask"):
        done(action, id="x1")
    done("sam step.propose", id="x2")
    done("ann step.change", id="x2", state="adopted")
    anns, sams = app(ann), app(sam)
    anns.pull(), sams.pull()
    for one, table, row in (
        (sams, "strength", "x1"),
        (anns, "promise", "x1"),
        (sams, "question", "x1"),
        (sams, "step", "x2"),
    ):
        remove(one, table, row_of(one, table, row))
    world.wait(LATER)
    for one, kept in ((anns, {"promise", "question"}), (sams, {"strength", "question"})):
        one.pull()
        assert {table for table in kept if len(one.local[table]) == 1} == kept
        assert len(one.local["step"]) == 2
    remove(anns, "strength", row_of(anns, "strength", "x1"))
    remove(sams, "step", row_of(sams, "step", "x1"))
    for one in (anns, sams):
        one.pull()
        assert (one.local["strength"], len(one.local["step"])) == ({}, 1)


def test_own_rows_are_deleted_also_after_the_end_and_those_of_the_other_come_back(world, app, sam, ann, space, done):
    for action in OWN:
        done(action)
    done("ann message.send", id="x1")
    anns, sams = app(ann), app(sam)
    assert sam.do("pairing.end", pairing=space.removeprefix("pair:"))["ok"]
    anns.pull(), sams.pull()
    tables = [action.split()[1].partition(".")[0] for action in OWN]
    mine = {"message": row_of(anns, "message", "x1")}
    rows = {table: mine[table] if table in mine else anns.the_one(table) for table in (*tables, *mine)}
    for table, row in rows.items():
        remove(sams, table, row)
    world.wait(LATER)
    sams.pull()
    assert all(row in sams.local[table] for table, row in rows.items()), "they were not sam's"
    for table, row in rows.items():
        remove(anns, table, row)
    world.wait(LATER)
    for one in (anns, sams):
        one.pull()
        assert not any(row in one.local[table] for table, row in rows.items())
        assert len(one.local["message"]) == 1, "what sam said is there"


def test_every_wish_of_the_tables_of_trust_is_asked_for_here():
    """A new row command needs a case in NEW or CHANGED."""
    asked = {table for _, table, *_ in NEW} | {action.split()[1].partition(".")[0] for action, *_ in CHANGED}
    one_each = {"ack", "letter", "session", "plan", "quiet", "checkin", "sos", "call", "debrief", "block"}
    older = {"note", "profile", "availability", "fact", "position", "pairing", "agreement", "handover", "request"}
    older |= {"mute", "unread"}  # in test_trust_rows_of_one.py
    older |= {"story", "practice", "offer", "security_event", "unsent"}
    older |= {"sanction", "supervision"}  # in tests/trust/test_sanctions.py and test_supervisors.py
    written = {kind for kind, table in TABLES.items() if table.writable or table.delete}
    assert written - older == asked | one_each
