"""Changes of rows that client databases make."""

CHANGED = [  # the command before; who changes its row; the new cells; the final cells
    ("ann promise.make", "ann", {"state": "kept"}, {"state": "kept", "late": False}),
    ("ann promise.make", "sam", {"state": "excused"}, {"state": "excused"}),
    ("ann promise.make", "ann", {"by": "2026-11-25T18:00"}, {"by": "2026-11-25T18:00", "renewed": True}),
    ("ann promise.make", "ann", {"words": None}, {"words": None, "state": "made"}),
    ("ann question.ask", "sam", {"state": "passed"}, {"state": "passed", "answer": None}),
    ("ann question.ask", "sam", {"answer": "The rain."}, {"state": "answered", "answer": "The rain."}),
    ("ann disclosure.invite", "sam", {"mine": "The dark."}, {"state": "sealed", "mine": "", "cards": {}}),
    ("ann disclosure.invite", "sam", {"state": "withdrawn"}, {"state": "withdrawn", "sealed": []}),
    ("ann suggestion.ask", "sam", {"state": "allowed"}, {"state": "allowed", "text": "Write it down."}),
    ("ann suggestion.ask", "sam", {"state": "not_now"}, {"state": "not_now", "text": ""}),
    ("ann suggestion.ask", "ann", {"state": "withdrawn"}, {"state": "withdrawn", "text": ""}),
    ("sam step.propose", "ann", {"state": "adopted"}, {"state": "adopted", "text": "A walk"}),
    ("ann step.propose", "ann", {"text": "A swim", "state": "done"}, {"state": "done", "text": "A swim"}),
    ("sam strength.notice", "sam", {"text": "You said it."}, {"text": "You said it."}),
    ("ann repair.invite", "sam", {"state": "accepted"}, {"state": "accepted"}),
    ("ann repair.invite", "ann", {"state": "closed"}, {"state": "closed"}),
    ("ann message.send", "ann", {"hard_to_say": False}, {"hard_to_say": False, "text": "hello"}),
]
