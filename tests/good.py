"""Valid arguments for every command, and the commands that must be done before it."""

from server.web.examples import commands
from sync.clock import HOUR
from tests.conftest import START

WEEK = [[0, 540, 1020], [5, 600, 720]]

GOOD = commands(START) | {  # commands of phones, with times that tests rely on
    "availability.set": {"zone": "Europe/Berlin", "weekly": WEEK, "exceptions": {"2026-12-24": [[0, 60]]}},
    "promise.make": {
        "id": "v1", "sort": "back", "by": "2026-11-24T18:00", "zone": "Europe/Berlin", "words": "After work.",
    },
    "promise.renew": {"id": "v1", "by": "2026-11-25T18:00", "zone": "Europe/Berlin"},
    "session.open": {"until": START + HOUR, "idle_minutes": 30},
    "session.extend": {"until": START + 7_200_000},
}  # fmt: skip

FOUND = {"specialist": "id-sam", "reasons": [], "limit": {}, "offered": {}}
OWN = {  # internal commands
    "security_event.add": {"user": "id-ann", "event": "device_linked", "device": "d2", "name": "tablet"},
    "security_event.expire": {"space": "user:id-ann", "id": "e1"},
    "absence.add": {"since": START - HOUR, "until": START},
    "bell.ring": {"space": "bell:id-ann", "id": "id-ann", "level": 2, "at": START},
    "bell.settle": {"space": "bell:id-ann", "id": "id-ann", "badge": 0, "done": {"1": {"ring": 1, "again": None}}},
    "disclosure.turn": {"space": "pair:x", "id": "d1"},
    "erasure.begin": {"space": "pair:x", "user": "id-ann", "words": "erased"},
    "erasure.turn": {
        "space": "erasing:x", "id": "a1", "of": "pair:x", "found": [["message", "m1"]], "after": 7, "is_done": False,
    },
    "leaving.begin": {"user": "id-ann", "role": "peer", "said": "erased"},
    "leaving.end": {"space": "leaving:id-ann", "id": "id-ann"},
    "message.turn": {"space": "pair:x", "id": "m1", "answered": False},
    "position.show": {"space": "user:id-ann", "id": "pair.x"},
    "promise.turn": {"space": "pair:x", "id": "v1"},
    "session.turn": {"space": "pair:x", "id": "x", "active_at": START},
    "sos.turn": {"space": "user:id-ann", "id": "s1"},
    "offer.expire": {"user": "id-sam", "id": "o1"},
    "pairing.wake": {"pairing": "x"},
    "person.leave": {"user": "id-sam", "role": "specialist"},
    "request.ask": {"user": "id-ann", "id": "r1", "seq": 1, "person": FOUND, "basis": {}},
    "request.close": {"user": "id-ann", "id": "r1"},
    "request.list": {
        "user": "id-ann", "id": "r1", "seq": 1, "people": [FOUND], "wait": None, "suggestion": None, "basis": {},
    },
    "retention.expire": {"space": "case:c1", "id": "c1"},
    "sanction.settle": {"space": "user:id-ann", "id": "s1"},
    "specialist.release": {"user": "id-sam", "supervisor": "id-sue"},
}  # fmt: skip

FIRST = {  # {command: the command that must be done before it}
    "block.lift": "block.set",
    **dict.fromkeys(("call.see", "call.take", "sos.say", "sos.close"), "sos.raise"),
    "call.say": "call.take",
    "checkin.delete": "checkin.put",
    **dict.fromkeys(("debrief.answer", "debrief.close", "debrief.hand_over"), "debrief.ask"),
    **dict.fromkeys(("disclosure.seal", "disclosure.withdraw"), "disclosure.invite"),
    "escalation.tell": "escalation.record",
    "letter.withdraw": "letter.write",
    "milestone.unpin": "milestone.pin",
    **dict.fromkeys(("promise.keep", "promise.renew", "promise.excuse", "promise.withdraw_words"), "promise.make"),
    **dict.fromkeys(("question.answer", "question.pass", "question.withdraw"), "question.ask"),
    **dict.fromkeys(("repair.accept", "repair.close", "repair.withdraw"), "repair.invite"),
    "report.take": "report.file",
    "report.close": "report.take",
    **dict.fromkeys(("sanction.appeal", "sanction.lift"), "sanction.impose"),
    "sanction.decide": "sanction.appeal",
    **dict.fromkeys(("session.extend", "session.close"), "session.open"),
    **dict.fromkeys(("step.change", "step.withdraw"), "step.propose"),
    "strength.withdraw": "strength.notice",
    **dict.fromkeys(("suggestion.allow", "suggestion.not_now", "suggestion.withdraw"), "suggestion.ask"),
}
WHO = {  # {command, or kind: the person who sends it}; ann, a peer, sends all others
    **dict.fromkeys(("call", "escalation", "handover", "practice"), "sam"),
    **dict.fromkeys(("promise.excuse", "question.answer", "question.pass", "repair.accept"), "sam"),
    **dict.fromkeys(("suggestion.allow", "suggestion.not_now"), "sam"),
    **dict.fromkeys(("debrief.answer", "debrief.hand_over", "supervision"), "sue"),
    "handover.refuse": "ann",
    "offer": "asked",
    **dict.fromkeys(("pairing.invite", "report.take", "report.close", "specialist", "watch"), "olga"),
    **dict.fromkeys(("programme", "sanction.impose", "sanction.decide", "sanction.lift"), "olga"),
}
UNLIKELY = {  # {command that is refused in this situation: the error code}
    "agreement.decline": "wrong_state", "handover.refuse": "not_found", "pairing.hand_back": "forbidden",
    "pairing.join": "not_found", "debrief.hand_over": "wrong_state", "supervision.share_past": "wrong_state",
    "sanction.decide": "forbidden",
}  # fmt: skip
