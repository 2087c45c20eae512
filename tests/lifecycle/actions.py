"""What people may do next, as far as their phone knows: it may know less than the server."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas.agreement import AGREED
from sync.clock import DAY, HOUR
from tests.phone import Phone, Wire

Deed = tuple[str, Wire]  # the name of a mutation, and its args

TOPICS = ("grief_loss", "low_mood", "sleep")
TIERS = ("private", "match_only", "paired", "profile")
SPECIALISTS = ("sam", "tom", "una")


def possible(phone: Phone, role: str, number: int) -> list[list[Deed]]:
    """Return what somebody may do, in groups; ``number`` makes new ids."""
    groups = [list(actions(phone, number)) for actions in ACTIONS[role]]
    return [group for group in groups if group]


def looks(phone: Phone, number: int) -> Iterator[Deed]:
    if sum(row["data"]["state"] in {"open", "shortlisted", "offered"} for row in phone.records("request")) < 2:
        mode = ("choose", "first_who_can")[number % 2]
        topics = {TOPICS[number % 3]: 3, TOPICS[number // 3 % 3]: 1}
        args = {"topics": topics, "mode": mode, "quiet": list(topics)[: number % 2], "patience_hours": 24}
        yield "request.open", {"id": f"r{number}", **args}


def chooses(phone: Phone, number: int) -> Iterator[Deed]:
    for listed in phone.records("shortlist"):
        for person in listed["data"]["people"]:
            yield "request.choose", {"id": listed["id"], "person": person["id"]}


def changes_mind(phone: Phone, number: int) -> Iterator[Deed]:
    for row in phone.records("request"):
        if row["data"]["state"] not in {"ended", "withdrawn", "paired"}:
            yield "request.keep_looking", {"id": row["id"]}
            yield "request.change", {"id": row["id"], "mode": ("choose", "first_who_can")[number % 2]}
            yield "request.widen", {"id": row["id"], "relax": ("hours", "lived")[number % 2]}
            yield "request.withdraw", {"id": row["id"]}


def answers(phone: Phone, number: int) -> Iterator[Deed]:
    for row in phone.records("offer"):
        if row["data"]["state"] == "sent":
            yield from [("offer.accept", {"id": row["id"]})] * 3
            yield "offer.decline", {"id": row["id"], **({"not_now": ["sleep"]} if number % 4 == 0 else {})}


def signs(phone: Phone, number: int) -> Iterator[Deed]:
    for row in phone.records("pairing"):
        if row["data"].get("proposed") and row["data"]["state"] not in {"ended", "invited"}:
            signature = {"space": row["space"], "sha256": row["data"]["proposed"]}
            yield from [("agreement.sign", signature)] * 4
            yield "agreement.decline", signature


def agrees_anew(phone: Phone, number: int) -> Iterator[Deed]:
    for row in living(phone):
        args = {"space": row["space"], "id": f"v{number}", "terms": {"weeks": 1 + number % 2}}
        yield "agreement.propose", args
        yield "agreement.withdraw", {"space": row["space"]}
        yield "agreement.sign", {"space": row["space"], "sha256": AGREED}


def writes(phone: Phone, number: int) -> Iterator[Deed]:
    for row in living(phone):
        said = {"id": f"m{number}.{phone.clock.device}", "text": "hello", "origin": "person"}
        yield "message.send", {"space": row["space"], **said}


def parts(phone: Phone, number: int) -> Iterator[Deed]:
    for row in living(phone):
        for name in ("end", "rematch", "pause", "resume", "hand_back"):
            yield f"pairing.{name}", {"pairing": row["id"]}


def hands_over(phone: Phone, number: int) -> Iterator[Deed]:
    for row in living(phone):
        yield "handover.announce", {"pairing": row["id"], "until": int(phone.now()) + (1 + number % 4) * DAY}


def refuses(phone: Phone, number: int) -> Iterator[Deed]:
    for row in phone.records("handover"):
        yield "handover.refuse", {"pairing": row["id"]}


def tells(phone: Phone, number: int) -> Iterator[Deed]:
    yield "fact.put", {"id": "f", "topic": TOPICS[number % 3], "kind": "lived", "tier": TIERS[number % 4]}
    yield "profile.edit", {"languages": {"en": 1 + number % 3}}


def confides(phone: Phone, number: int) -> Iterator[Deed]:
    yield "story.edit", {"text": f"story {number}"}
    for space in phone.spaces():
        yield "story.share", {"space": space}
        yield "story.unshare", {"space": space}


def practises(phone: Phone, number: int) -> Iterator[Deed]:
    yield "practice.edit", {"places": number % 4}
    yield "practice.edit", {"standing_yes": number % 2 == 0}
    yield "practice.pause", {"until": int(phone.now()) + (number % 30) * HOUR}
    yield "practice.resume", {}


def goes(phone: Phone, number: int) -> Iterator[Deed]:
    if number % 4 == 0:
        yield "specialist.leave", {"until": int(phone.now()) + (1 + number % 3) * DAY}


def invites(phone: Phone, number: int) -> Iterator[Deed]:
    if number % 3 == 0:
        yield "pairing.invite", {}


def looks_after(phone: Phone, number: int) -> Iterator[Deed]:
    one = {"specialist": SPECIALISTS[number % 3]}
    yield from [("specialist.certify", {**one, "supervisor": "sue", "until": int(phone.now()) + 30 * DAY})] * 3
    yield "specialist.certify", {**one, "supervisor": None, "until": int(phone.now()) + DAY}
    yield "specialist.leave", {**one, "until": int(phone.now()) + DAY}
    yield "specialist.deactivate", one
    yield "specialist.deactivate", {**one, "sudden": True}


def living(phone: Phone) -> list[Wire]:
    return [row for row in phone.records("pairing") if row["data"]["state"] not in {"ended", "invited"}]


Actions = Callable[[Phone, int], Iterator[Any]]

BOTH: list[Actions] = [signs, writes, parts, agrees_anew, tells]
ACTIONS: dict[str, list[Actions]] = {
    "peer": [looks, chooses, changes_mind, refuses, confides, *BOTH],
    "specialist": [answers, practises, hands_over, goes, invites, *BOTH],
    "operator": [looks_after],
}
