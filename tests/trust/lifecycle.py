"""A whole history: people who are matched and do everything that can be done, and all that each of them is told."""

import json
import uuid

from schemas.agreement import AGREED
from schemas.table import TABLES
from sync.clock import DAY
from tests.matched import listening, looking, shortlist
from tests.sealed import stored
from tests.sync.heard import Heard
from tests.trust.scene import ALWAYS, WM, Sky, asking, rows

PEERS = {"ann": "annabella-7f3q", "bob": "bobinsky-2k9x", "eve": "evelynne-5w1z"}  # also their handles
HELPERS = {"sam": "samwise-8h4v", "tina": "tinatuna-6j2c", "uwe": "uwesson-3p8m"}
COUPLES = [("sam", "ann"), ("tina", "ann"), ("sam", "bob"), ("uwe", "eve")]


class Lifecycle:
    """Some people, all that they are told, and a clock that never stands still: no two things happen at one time."""

    def __init__(self, world):
        self.world = world
        world.person("sue", "supervisor")
        self.olga = world.phone(world.person("olga-the-operator", "operator"))
        names = {**dict.fromkeys(PEERS, "peer"), **dict.fromkeys(HELPERS, "specialist")}
        known = PEERS | HELPERS
        self.phones = {name: world.phone(world.person(known[name], role)) for name, role in names.items()}
        self.heard = {name: [] for name in names}
        for name, phone in self.phones.items():
            phone.transport = Heard(phone.transport, self.heard[name])
        self.air = Sky(world, list(self.phones.values()))
        self.spaces, self.done = {}, set()
        self.facts = {name: fresh() for name in names}  # one fact of each person, shared in every pairing

    def do(self, who, name, /, **args):
        self.world.wait(1237)
        outcome = self.phones[who].do(name, **args)
        assert outcome["ok"], (who, name, outcome)
        self.done.add(name)
        return outcome

    def both(self, couple):
        for who in couple:
            self.phones[who].sync()

    def prepare(self):
        for name in HELPERS:
            phone = self.phones[name]
            self.world.wait(1237)
            listening(self.world, phone, self.olga, places=5, name=name)
            self.do(name, "availability.set", zone="UTC", weekly=ALWAYS, exceptions={})
        for name in PEERS:
            self.do(name, "profile.edit", name=name, about="I read.", languages={"en": 3})
            self.do(name, "fact.put", id=fresh(), topic="loneliness", kind="lived", tier="private")
            self.do(name, "story.edit", text="In winter.")
            self.do(name, "plan.edit", notice="I sleep.")
            self.do(name, "quiet.set", zone="UTC", spans=[[1320, 420]])
            self.do(name, "note.put", id=fresh(), title="A note")

    def couple(self, specialist, peer):
        """Let a peer find a specialist by a request of theirs; a second couple of one specialist, by invitation."""
        if (specialist, peer) == ("sam", "bob"):
            code = self.do(specialist, "pairing.invite", name="S")["changes"][0]["data"]["code"]
            self.do(peer, "pairing.join", code=code, name="B", agreement=AGREED)
        else:
            self.chosen(specialist, peer)
        self.both((specialist, peer))
        known = {space for couple, space in self.spaces.items() if peer in couple}
        [self.spaces[specialist, peer]] = self.phones[peer].spaces().keys() - known

    def chosen(self, specialist, peer):
        name = fresh()
        looking(self.world, self.phones[peer], name, note="Hello.")
        named = {"kind": "shortlist", "_id": {"$regex": name}}
        found = next(row for row in stored(self.world.mongo, named) if "people" in row.get("data", {}))
        person = next(one for one, user in found["hidden"]["people"].items() if user == f"id-{HELPERS[specialist]}")
        assert person in shortlist(self.phones[peer], name)
        self.do(peer, "request.choose", id=name, person=person)
        self.phones[specialist].sync()
        [offer] = [row for row in self.phones[specialist].records("offer") if row["data"]["state"] == "sent"]
        space = next(iter(change["space"] for change in self.do(specialist, "offer.accept", id=offer["id"])["changes"]
                          if change["kind"] == "pairing"))  # fmt: skip
        self.phones[peer].sync()
        [pairing] = self.phones[peer].records("pairing", space)
        self.do(peer, "agreement.sign", space=space, sha256=pairing["data"]["proposed"])

    def live(self, specialist, peer):
        """Let two people do everything that there is to do with each other."""
        space, other = self.spaces[specialist, peer], {specialist: peer, peer: specialist}
        for who in (specialist, peer):
            ids = {kind: fresh() for kind in TABLES}
            by = {"space": space}
            self.do(who, "message.send", **by, id=ids["message"], text="Hello", origin="person", hard_to_say=True)
            self.do(who, "message.edit", **by, id=ids["message"], text="Hello you")
            self.do(who, "message.flag", **by, id=ids["message"], hard_to_say=False)
            gone = fresh()
            self.do(who, "message.send", **by, id=gone, text="Gone", origin="template")
            self.do(who, "message.delete", **by, id=gone)
            self.do(other[who], "ack.set", **by, message=ids["message"], heard=True)
            self.do(other[who], "position.read", **by, seq=self.head(space))
            stamp = {"by": "2026-11-24T18:00", "zone": "UTC"}
            later = stamp | {"by": "2026-11-25T18:00"}
            for name, args in (("make", {"sort": "back", **stamp}), ("renew", later), ("keep", {})):
                self.do(who, f"promise.{name}", **by, id=ids["promise"], **args)
            self.do(who, "question.ask", **by, id=ids["question"], text="How?", locale="en")
            self.do(other[who], "question.answer", **by, id=ids["question"], text="Well.")
            fact = self.facts[who]
            self.do(who, "fact.put", id=fact, topic="grief_loss", kind="lived", tier="paired", depth=2)
            self.do(who, "disclosure.invite", **by, id=ids["disclosure"], theme="Fear")
            for one in (who, other[who]):
                self.do(
                    one, "disclosure.seal", **by, id=ids["disclosure"], text="Me", facts=[fact] if one == who else []
                )
            self.do(who, "suggestion.ask", **by, id=ids["suggestion"], text="Rest.", about="Sleep")
            self.do(other[who], "suggestion.allow", **by, id=ids["suggestion"])
            self.do(who, "step.propose", **by, id=ids["step"], text="Walk")
            self.do(peer, "step.change", **by, id=ids["step"], state="done")
            self.do(who, "strength.notice", **by, id=ids["strength"], text="Brave")
            self.do(who, "milestone.pin", **by, kind="message", of=ids["message"])
            self.do(other[who], "milestone.pin", **by, kind="message", of=ids["message"])
            self.do(who, "letter.write", **by, text="Dear you")
            self.do(who, "session.open", **by, until=self.world.time + DAY // 2, idle_minutes=30)
            self.do(who, "session.close", **by, words="Bye")
            self.do(other[who], "session.close", **by)
            self.do(who, "repair.invite", **by, id=ids["repair"], words="Hm.")
            self.do(other[who], "repair.accept", **by, id=ids["repair"])
            self.do(who, "checkin.put", id=ids["checkin"], pairing=space[5:], could_say=5)
            self.do(who, "debrief.ask", **by, id=ids["debrief"], words="Help", messages=[ids["message"]])
            self.do(who, "report.file", **by, id=ids["report"], ground="other", messages=[ids["message"]], consent=True)
            self.do(who, "agreement.propose", **by, id=ids["agreement"], terms={"weeks": 6})
            for state in ("pause", "resume"):
                self.do(who, f"pairing.{state}", pairing=space[5:])
        told = {"ground": "other", "to": "Sue", "told": "That.", "consent": False, "decided_by": "Me"}
        self.do(specialist, "escalation.record", space=space, id=fresh(), **told)
        self.do(peer, "story.share", space=space)

    def call_for_help(self, *peers):
        """Let peers raise an SOS, say something and close it; the specialists who are called see the call."""
        for peer in peers:
            name = fresh()
            self.do(peer, "sos.raise", id=name, words="Now")
            for specialist in HELPERS:
                self.phones[specialist].sync()
                for call in [row for row in self.phones[specialist].records("call") if row["data"]["state"] == "open"]:
                    self.do(specialist, "call.see", id=call["id"])
            self.do(peer, "sos.say", id=name, words="There?")
            self.do(peer, "sos.close", id=name)

    def part(self):
        """Let each couple end in its own way."""
        ways = ("handover.announce", "pairing.rematch", "block.set", "pairing.end")
        for (specialist, peer), name in zip(self.spaces, ways, strict=False):
            space = self.spaces[specialist, peer]
            args = {"space": space} if name == "block.set" else {"pairing": space[5:]}
            until = {"until": self.world.time + 7 * DAY} if name == "handover.announce" else {}
            self.do(specialist if until else peer, name, **args, **until)

    def head(self, space):
        return self.world.parts.reader.extents([space])[space].head

    def ask_everything(self):
        """Let everybody ask at every endpoint that only reads, and for every row."""
        rules = [rule for rule in self.world.parts.app.url_map.iter_rules() if "GET" in rule.methods]
        for name, phone in self.phones.items():
            self.world.wait(1237)
            phone.sync()
            ask, spaces = asking(self.world, phone), list(phone.spaces())
            for rule in rules:
                path = rule.rule.replace("<country>", "DE")
                if path.startswith("/api/v1") and "<collection>" not in path:
                    self.heard[name] += [ask(path.replace("<space>", space)) for space in spaces]
            self.heard[name] += [json.dumps(rows(ask, kind)) for kind in TABLES] + [ask(WM)]
        for phone, frame in self.air.frames:
            name = next(name for name, one in self.phones.items() if one is phone)
            self.heard[name].append(json.dumps(frame))


def lived(world, couples=COUPLES):
    """Return a world in which some couples have lived through everything, and everybody has asked for everything."""
    life = Lifecycle(world)
    life.prepare()
    for couple in couples:
        life.couple(*couple)
    for couple in couples:
        life.live(*couple)
    life.call_for_help(*{peer for _, peer in couples})
    world.parts.scheduler.run()
    life.part()
    world.wait(DAY)
    world.parts.scheduler.run()
    life.ask_everything()
    return life


def fresh():
    return str(uuid.uuid4())
