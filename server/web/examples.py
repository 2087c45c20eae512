"""An example of the body of every request, for the API descriptions: it can be sent as it stands.

The records that an example names may not exist on the reader's server; the answer is then `not_found`. All times are in
the future: they are counted from the time of the description.
"""

from datetime import UTC, datetime
from typing import Any

from schemas.agreement import AGREED
from schemas.table import VERSION
from server.commands.context import COMMANDS
from server.web.endpoint import API
from sync.clock import DAY, HOUR
from sync.record import Wire, pair_space

VALID = 6 * HOUR  # ms for which the times in the examples of a description stay in the future
PAIRING = 26 * "a"  # the id of no pairing
PATH = {
    "space": pair_space(PAIRING), "device": "01a203fa-fac9-7135-88a2-fe23b915dae0", "collection": "note",
    "version": str(VERSION - 1), "request": "r1", "id": "report-1", "country": "DE",
}  # fmt: skip
_WEEK = [[0, 540, 1020], [5, 600, 720]]
_SHA256 = 64 * "0"
_TIMED: Wire = {}  # stands for arguments with a time, which `commands` fills in
_CREDENTIAL = "c29tZSBpZA"  # base64url, like all values that a device sends; real ones are much longer
_CLIENT_DATA = (
    "eyJ0eXBlIjogIndlYmF1dGhuLmdldCIsICJjaGFsbGVuZ2UiOiAieCIsICJvcmlnaW4iOiAiaHR0cHM6Ly9hcHAuZXhhbXBsZS5vcmcifQ"
)
_SUBSCRIPTION = {  # of no real browser
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/example",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
_HANDLE, _PASSPHRASE = "maya", "several words are best"


def bodies(now: int) -> dict[str, Any]:
    """Return ``{"METHOD /path": body}`` for the endpoints that take a body; ``now`` is in ms since the epoch."""
    found: dict[str, Any] = _accounts() | _sync(now) | _client_databases() | _staff()
    for name, args in commands(now).items():
        places = {"space": PATH["space"], "pairing": PAIRING}
        taken = {field: value for field, value in places.items() if field in COMMANDS[name].schema.fields}
        found[f"POST {API}/{name.replace('.', '/')}"] = args | taken
    return found


def events(now: int) -> dict[str, Any]:
    """Return ``{event: body}`` for the Socket.IO events that have an example; ``now`` is in ms since the epoch."""
    verbs = {path.rpartition("/")[2]: body for path, body in _sync(now).items() if path.startswith("POST")}
    return verbs | {"sync:subscribe": {"collection": PATH["collection"]}}


def _accounts() -> Wire:
    account = {"handle": _HANDLE, "passphrase": _PASSPHRASE}
    return {
        f"POST {API}/register": {**account, "device": "Maya's phone"},
        f"POST {API}/login": {**account, "device": "Maya's tablet"},
        f"POST {API}/refresh": {"refresh_token": "the refresh token of the last answer"},
        f"POST {API}/passphrase": {"passphrase": _PASSPHRASE, "new_passphrase": "several other words"},
        f"DELETE {API}/account": {"passphrase": _PASSPHRASE, "said": "erased"},
        **_ways_in(),
        f"POST {API}/push-token": {"platform": "webpush", "subscription": _SUBSCRIPTION},
        f"POST {API}/push-token/test": {},
    }


def _ways_in() -> Wire:
    proof, device = {"passphrase": _PASSPHRASE}, "Maya's laptop"
    shape = {"id": _CREDENTIAL, "rawId": _CREDENTIAL, "type": "public-key", "clientExtensionResults": {}}
    made = {**shape, "response": {"clientDataJSON": _CLIENT_DATA, "attestationObject": _CREDENTIAL}}
    signed = {"clientDataJSON": _CLIENT_DATA, "authenticatorData": _CREDENTIAL, "signature": _CREDENTIAL}
    id_token = {"provider": "acme", "id_token": "the id_token that the provider gave", "nonce": "16 random characters"}
    return {
        f"POST {API}/recovery-codes": proof,
        f"POST {API}/recover": {
            "handle": _HANDLE, "code": "AAAA-BBBB-CCCC-DDDD", "new_passphrase": "several other words", "device": device,
        },
        f"POST {API}/reset-passphrase": {
            "handle": _HANDLE, "code": "AAAA-BBBB-CCCC-DDDD", "new_passphrase": "several other words", "device": device,
        },
        f"POST {API}/links": proof,
        f"POST {API}/login/link": {"code": "AAAA-BBBB", "device": device},
        f"POST {API}/login/oidc": {**id_token, "device": device},
        f"POST {API}/passkeys/options": proof,
        f"POST {API}/passkeys": {"name": device, "credential": made},
        f"DELETE {API}/passkeys/<id>": proof,
        f"POST {API}/login/passkey/options": {},
        f"POST {API}/login/passkey": {"credential": {**shape, "response": signed}, "device": device},
        f"POST {API}/totp": proof,
        f"POST {API}/totp/confirm": {"code": "123456"},
        f"DELETE {API}/totp": proof,
    }  # fmt: skip


def _sync(now: int) -> Wire:
    def note(number: int) -> Wire:
        args = {"id": f"note-{number}", "title": "Monday", "body": "It rained all day.", "mood": 6}
        return {
            "id": f"01a203fa-fac9-7135-88a2-fe23b915da{number:02}",
            "name": "note.put",
            "args": args,
            "at": f"{now}-0",
        }

    return {
        f"POST {API}/mutate": note(1),
        f"POST {API}/push": {"mutations": [note(2), note(3)]},
        f"POST {API}/pull": {"cursor": None, "limit": 100},
        f"POST {API}/sync": {"mutations": [note(4)], "cursor": None, "limit": 100},
    }


def _client_databases() -> Wire:
    row = {"id": "note-5", "title": "Monday", "body": "It rained all day.", "mood": 6}
    documents = [{"newDocumentState": {**row, "id": "note-6", "_deleted": False}}]
    return {
        f"POST {API}/adapters/watermelondb/sync": {"note": {"created": [row], "updated": [], "deleted": []}},
        f"POST {API}/adapters/rxdb/<collection>/pull": {"checkpoint": None, "batchSize": 100},
        f"POST {API}/adapters/rxdb/<collection>/push": documents,
        f"POST {API}/adapters/rxdb/<collection>/<version>/push": documents,
    }


def _staff() -> Wire:
    proof = {"passphrase": _PASSPHRASE}
    return {
        f"POST {API}/users": {"handle": "noor", "passphrase": _PASSPHRASE, "role": "specialist"},
        f"POST {API}/operator/match": {"seed": 0, "dry_run": True},
        f"POST {API}/operator/users/<id>/reset-passphrase": proof,
        f"POST {API}/operator/users/<id>/reset-factors": proof,
        f"POST {API}/operator/users/<id>/role": {**proof, "role": "supervisor"},
        f"DELETE {API}/operator/users/<id>": proof,
    }


def _local(at: int) -> str:
    """Return the time of a moment, in ms since the epoch, as YYYY-MM-DDTHH:MM."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M")


def commands(now: int) -> dict[str, Wire]:
    """Return ``{command: args}``. The args name no space, and their pairings do not exist."""
    timed: dict[str, Wire] = {
        "handover.announce": {"pairing": "x", "until": now + 7 * DAY, "words": "I am moving away."},
        "practice.pause": {"until": now + 7 * DAY},
        "promise.make": {
            "id": "v1", "sort": "back", "by": _local(now + 30 * DAY), "zone": "Europe/Berlin", "words": "After work.",
        },
        "promise.renew": {"id": "v1", "by": _local(now + 31 * DAY), "zone": "Europe/Berlin"},
        "report.close": {
            "id": "x", "outcome": "suspended", "until": now + 7 * DAY, "words": "You asked for money.", "note": "x",
        },
        "sanction.impose": {
            "handle": "ann", "action": "suspended", "until": now + 7 * DAY, "words": "You asked for phone numbers.",
        },
        "session.open": {"until": now + 12 * HOUR, "idle_minutes": 30},
        "session.extend": {"until": now + 18 * HOUR},
        "pairing.pause": {"pairing": "x", "until": now + 7 * DAY},
        "specialist.certify": {"specialist": "sam", "supervisor": "sue", "until": now + 7 * DAY, "minors_ok": True},
        "specialist.leave": {"specialist": "sam", "until": now + 7 * DAY, "words": "I am moving away."},
    }  # fmt: skip
    return {name: timed.get(name, args) for name, args in _COMMANDS.items()}


_COMMANDS: dict[str, Wire] = {  # _TIMED: see `commands`
    "ack.set": {
        "message": "m2", "heard": True, "with_you": False, "thank_you_for_telling_me": True,
        "tell_me_more_when_ready": False, "i_need_time": True,
    },
    "agreement.propose": {"id": "a1", "terms": {"locale": "de", "weeks": 6, "kept": "Everything."}},
    "agreement.sign": {"sha256": AGREED},
    "agreement.decline": {"sha256": _SHA256},
    "agreement.withdraw": {},
    "availability.set": {"zone": "Europe/Berlin", "weekly": _WEEK, "exceptions": {"2030-12-24": [[0, 60]]}},
    "block.set": {"report": {"id": "p1", "ground": "pressure", "words": "x", "messages": ["m1"], "consent": True}},
    "block.lift": {},
    "call.see": {"id": "c1"},
    "call.take": {"id": "c1"},
    "call.say": {"id": "c1", "words": "I am here."},
    "checkin.put": {"id": "k1", "pairing": "x", "could_say": 7, "can_rely": None, "both_gave": 3},
    "checkin.delete": {"id": "k1"},
    "debrief.ask": {"id": "b1", "words": "May I ask you something?", "messages": ["m1"]},
    "debrief.answer": {"id": "b1", "words": "Of course."},
    "debrief.close": {"id": "b1"},
    "debrief.hand_over": {"id": "b1"},
    "disclosure.invite": {"id": "d1", "theme": "What I am afraid of", "hours": 24},
    "disclosure.seal": {"id": "d1", "text": "The dark.", "facts": ["f1"]},
    "disclosure.withdraw": {"id": "d1"},
    "escalation.record": {
        "id": "e1", "ground": "danger_to_self", "to": "my supervisor", "told": "That I worry.", "messages": ["m1"],
        "consent": False, "decided_by": "Sam", "why_not": "It would put somebody in danger.",
    },
    "escalation.tell": {"id": "e1"},
    "fact.put": {"id": "f1", "topic": "grief_loss", "kind": "lived", "depth": 3, "tier": "paired", "seen": "private"},
    "fact.delete": {"id": "f1"},
    "handover.announce": _TIMED,
    "handover.refuse": {"pairing": "x"},
    "message.send": {"id": "m9", "text": "hello", "origin": "template", "hard_to_say": True},
    "message.flag": {"id": "m1", "hard_to_say": True},
    "message.edit": {"id": "m1", "text": "hello"},
    "message.delete": {"id": "m1"},
    "letter.write": {"text": "It was good to know you."},
    "letter.withdraw": {},
    "milestone.pin": {"kind": "message", "of": "m1"},
    "milestone.unpin": {"kind": "message", "of": "m1"},
    "note.put": {"id": "n1", "title": "x", "body": "y", "mood": 3},
    "note.delete": {"id": "n1"},
    "offer.accept": {"id": "o1", "name": "Sam", "terms": {"weeks": 6}},
    "offer.decline": {"id": "o1", "reason": "too close to home", "not_now": ["grief_loss"]},
    "plan.edit": {"notice": "I do not sleep.", "soothe": "x", "go_to": "x", "call": "x", "keep_away": "", "worth": "x"},
    "position.read": {"seq": 1},
    "position.delivered": {"seq": 1},
    "practice.edit": {
        "name": "Sam", "about": "I listen.", "places": 2, "standing_yes": False, "avoid": ["loneliness"],
        "comfort": {"grief_loss": 3}, "style": "gentle", "age_bands": ["18_24"], "asynchronous": True,
        "apart": ["acme"],
    },
    "practice.pause": _TIMED,
    "practice.resume": {},
    "profile.edit": {
        "name": "Ann", "about": "x", "pronouns": "she", "languages": {"en": 3}, "gender": "woman", "age_band": "25_39",
    },
    "promise.make": _TIMED,
    "promise.keep": {"id": "v1"},
    "promise.renew": _TIMED,
    "promise.excuse": {"id": "v1"},
    "promise.withdraw_words": {"id": "v1"},
    "question.ask": {"id": "q1", "text": "What was good today?", "locale": "en"},
    "question.answer": {"id": "q1", "text": "The rain."},
    "question.pass": {"id": "q1"},
    "question.withdraw": {"id": "q1"},
    "quiet.set": {"zone": "Europe/Berlin", "spans": [[1320, 420]]},
    "repair.invite": {"id": "h1", "words": "Something feels off."},
    "repair.accept": {"id": "h1"},
    "repair.close": {"id": "h1"},
    "repair.withdraw": {"id": "h1"},
    "report.file": {"id": "p2", "ground": "pressure", "words": "x", "messages": ["m1"], "consent": True},
    "report.take": {"id": "x"},
    "report.close": _TIMED,
    "programme.edit": {"invitations_without": ["credential"]},
    "sanction.impose": _TIMED,
    "sanction.appeal": {"id": "s1", "words": "I did not."},
    "sanction.decide": {"handle": "ann", "id": "s1", "outcome": "lifted", "words": "You are right."},
    "sanction.lift": {"handle": "ann", "id": "s1", "words": "This was a mistake."},
    "session.open": _TIMED,
    "session.extend": _TIMED,
    "session.close": {"words": "Take care."},
    "sos.raise": {"id": "s1", "words": "Please."},
    "sos.say": {"id": "s1", "words": "Are you there?"},
    "sos.close": {"id": "s1"},
    "step.propose": {"id": "t1", "text": "A walk"},
    "step.change": {"id": "t1", "text": "A short walk", "state": "done"},
    "step.withdraw": {"id": "t1"},
    "strength.notice": {"id": "g1", "text": "You stayed."},
    "strength.withdraw": {"id": "g1"},
    "suggestion.ask": {"id": "u1", "text": "Write it down.", "about": "sleep"},
    "suggestion.allow": {"id": "u1"},
    "suggestion.not_now": {"id": "u1"},
    "suggestion.withdraw": {"id": "u1"},
    "supervision.share_past": {"id": "v1"},
    "watch.edit": {"handle": "sam", "hours": {"zone": "Europe/Berlin", "weekly": _WEEK, "exceptions": {}}},
    "pairing.invite": {"name": "Sam", "hours": 3, "specialist": "sam", "terms": {"weeks": 6}},
    "pairing.join": {"code": "AAAA-BBBB-CCCC-DDDD", "name": "Ann", "agreement": AGREED},
    "pairing.end": {"pairing": "x", "words": "kept"},
    "pairing.pause": _TIMED,
    "pairing.resume": {"pairing": "x"},
    "pairing.rematch": {"pairing": "x", "reason": "it is not the right time"},
    "pairing.hand_back": {"pairing": "x"},
    "request.open": {
        "id": "r9", "mode": "choose", "topics": {"grief_loss": 3}, "quiet": ["grief_loss"], "languages": {"en": 3},
        "must": {"gender": "woman", "age_bands": ["40_59"], "topics": ["grief_loss"]}, "patience_hours": 24,
        "wishes": {"style": "gentle", "identities": ["parent"]}, "asynchronous": True, "apart": ["acme"],
        "name": "Ann", "note": "Hello.",
    },
    "request.change": {"id": "r1", "topics": {"loneliness": 1}, "must": {}, "wishes": {}},
    "request.widen": {"id": "r1", "relax": "hours"},
    "request.choose": {"id": "r1", "person": "p1"},
    "request.keep_looking": {"id": "r1"},
    "request.withdraw": {"id": "r1"},
    "specialist.certify": _TIMED,
    "specialist.leave": _TIMED,
    "specialist.stay": {"specialist": "sam", "words": "I can stay after all."},
    "specialist.deactivate": {"specialist": "sam", "sudden": True, "stand_in": "Sue"},
    "specialist.reactivate": {"specialist": "sam"},
    "story.edit": {"text": "It began in spring."},
    "security_event.dismiss": {"id": "e1"},
    "unsent.discard": {"id": "u1"},
    "mute.set": {"until": None},
    "mute.lift": {},
    "unread.mark": {"seq": 1},
    "unread.clear": {},
    "story.share": {},
    "story.unshare": {},
}  # fmt: skip
