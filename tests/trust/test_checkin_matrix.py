"""Private check-ins are their author's alone: whoever else asks, at any endpoint, is told what they were told before.

The endpoints are those that the app has; a new one is asked as well, and a new part of a path wants a value here.
"""

import json
import re
from dataclasses import dataclass
from itertools import product

import pytest
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from schemas.table import TABLES
from server.accounts.tokens import Tokens
from server.commands.context import COMMANDS
from server.commands.safety.checkin import CHECKIN_PAUSE
from sync.record import private
from tests.adapters.streams import Stream
from tests.conftest import CONFIG, START
from tests.good import GOOD
from tests.matched import listening
from tests.phone import Phone
from tests.transports import Direct
from tests.trust.leak_checker import ADAPTERS, ROLES, LeakChecker

AT = [START - number * CHECKIN_PAUSE - 7_654_321 for number in (5, 4, 3, 2, 1, 0)]  # ms; no other moment looks like one
ANSWERS = [*[{"could_say": 10, "can_rely": 9, "both_gave": 10}] * 4, {"sealed": "canary-sealed"},
           {"could_say": 1, "can_rely": 0, "both_gave": 10}]  # fmt: skip
CANARIES = ("canary-", "3.66666666", "9.66666666", *map(str, AT))
STREAMS = re.compile(r"/(stream|pullStream)$")  # they do not end; see the last test
COLLECTIONS = {"checkin", "trend"}


@dataclass
class Around:
    """Two people, of whom one looks at how it goes, and all others, who try to learn of it."""

    look: LeakChecker
    author: str

    @property
    def others(self):
        return [name for name in ROLES if name != self.author]

    def checks_in(self):
        """Let the author check in, over weeks before the server's present time, on a phone of theirs."""
        caller, times = self.look.callers[self.author], iter(AT)
        phone = Phone(Direct(self.look.world.parts, caller), caller.user, "third", lambda: next(times))
        for number, answers in enumerate(ANSWERS):
            outcome = phone.do("checkin.put", id=f"canary-{number}", pairing=self.look.space[5:], **answers)
            assert outcome["ok"], outcome
        assert outcome["changes"][1]["data"]["hint"] == "strict"

    def paths(self):
        """Give every path that can be read, with every value in it that may lead to somebody else's."""
        case = self.look.world.mongo.records.find_one({"kind": "case"})["id"]
        spaces = [self.look.space, *(private(self.look.phones[name].user) for name in ("ann", "sam"))]
        values = {"space": spaces, "collection": list(TABLES), "version": ["1"], "request": ["x", "canary-0"],
                  "id": [case, "canary-0"], "country": ["DE"], "name": ["x"]}  # fmt: skip
        for rule in self.look.world.parts.app.url_map.iter_rules():
            if "GET" in rule.methods and not STREAMS.search(rule.rule):
                for filled in product(*(values[part] for part in sorted(rule.arguments))):
                    path = rule.rule
                    for part, value in zip(sorted(rule.arguments), filled, strict=True):
                        path = re.sub(rf"<(\w+:)?{part}>", value, path)
                    yield path

    def ask(self, name, path, body=None):
        token, _ = Tokens(CONFIG.secret_keys).access(self.look.callers[name], self.look.world.time)
        client, headers = self.look.world.parts.app.test_client(), {"Authorization": f"Bearer {token}"}
        with client.open(path, method="POST" if body else "GET", json=body, headers=headers) as answer:
            return answer.get_data(as_text=True)

    def told(self, name):
        """Return {way: text}: all that somebody is told by the paths, the adapters, and to a new phone."""
        told = {path: self.ask(name, path) for path in self.paths()}
        asked = {"checkpoint": None, "batchSize": 1000}
        for kind in TABLES:
            told[f"rxdb {kind}"] = self.ask(name, f"{ADAPTERS}/rxdb/{kind}/pull", asked)
        told["watermelondb"] = self.ask(name, f"{ADAPTERS}/watermelondb/sync")
        fresh = self.look.world.phone(self.look.callers[name], "fresh")
        for verb, more in (("pull", {}), ("sync", {"mutations": []})):
            body = {"cursor": None, "seen": {}, "limit": 500, **more}
            told[verb] = json.dumps(fresh.transport.call(verb, body))
        return told


@pytest.fixture(params=["ann", "sam"])
def around(world, request):
    """Give sam and ann, with whom much goes on, and a supervisor and an operator who have something to read."""
    with capture_logs(processors=[format_exc_info]) as logs:  # as they are written: with what failed, and why
        look = LeakChecker(world, logs)
        listening(world, look.phones["sam"], look.phones["olga"])
        look.phones["ann2"] = world.phone(look.callers["ann"], "ann2")
        look.phones["sam2"] = world.phone(look.callers["sam"], "sam2")
        by = {"space": look.space}
        for who, name, args in (
            ("ann", "message.send", {"id": "m1", "text": "hello", "origin": "person"}),
            ("ann", "debrief.ask", {"id": "b1", "words": "Hm", "messages": ["m1"]}),
            ("sam", "debrief.ask", {"id": "b2", "words": "Hm", "messages": ["m1"]}),
            ("ann", "report.file", {"id": "p1", "ground": "other", "messages": ["m1"], "consent": True}),
            ("sam", "escalation.record", {"id": "e1", "ground": "other", "to": "Sue", "told": "That.",
                                          "consent": False, "decided_by": "Me"}),
        ):  # fmt: skip
            assert look.phones[who].do(name, **by, **args)["ok"], name
        look.listen()
        yield Around(look, request.param)


def steady(text):
    """Return an answer without what is new in each: cursors, and the number of a pull of WatermelonDB."""
    return re.sub(r'"(cursor|checkpoint|timestamp)":\s*("[^"]*"|\{[^}]*\}|\d+)', "", text)


def carried(text):
    return [canary for canary in CANARIES if canary in text]


def test_whoever_else_asks_at_any_endpoint_is_told_the_same_as_before(around):
    """Also the other of the two, their supervisor, and operators; and only what is the author's own says it to them."""
    before = {name: around.told(name) for name in around.others}
    around.checks_in()
    for name in around.others:
        after = around.told(name)
        assert after.keys() == before[name].keys()
        for way, text in after.items():
            assert carried(text.replace("canary-0", "")) == [], (name, way)  # asked for it by name: told back
            assert steady(text) == steady(before[name][way]), (name, way)
    ways = {way for way, text in around.told(around.author).items() if "canary-" in text}
    assert ways == {
        "pull", "sync", "watermelondb", "/api/v1/pull", f"{ADAPTERS}/watermelondb/sync",
        *(f"rxdb {kind}" for kind in COLLECTIONS),
        *(way for way in ways if way.startswith(tuple(f"{ADAPTERS}/rxdb/{kind}/" for kind in COLLECTIONS))),
    }  # fmt: skip


def test_no_frame_push_bell_or_log_of_others_says_that_there_is_a_check_in(around):
    look, world = around.look, around.look.world
    around.look.air.frames.clear()
    for _ in range(2):
        world.parts.notifications.enqueuer.enqueue()
        world.parts.notifications.scheduler.run()
    world.parts.notifications.provider.sent.clear()
    bells = list(world.mongo.records.find({"kind": "bell"}))
    around.checks_in()
    assert look.phones[around.author].do("checkin.delete", id="canary-0")["ok"]
    assert {phone.user for phone, _ in look.air.frames} == {look.phones[around.author].user}
    assert {frame["change"]["kind"] for _, frame in look.air.frames} == COLLECTIONS
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    assert not world.parts.notifications.provider.sent
    assert list(world.mongo.records.find({"kind": "bell"})) == bells
    assert carried(repr(look.logs)) == []


def test_what_is_asked_wrongly_over_http_leaves_nothing_in_a_log_and_an_error_repeats_no_value(
    around, monkeypatch, capsys
):
    """Also where the program itself fails in the middle of it."""
    look = around.look
    good = {"id": "canary-9", "pairing": look.space[5:], "could_say": 1, "can_rely": 0, "both_gave": 10}
    heard = []
    for args in ({**good, "could_say": 777_777}, {**good, "sealed": "canary-sealed"}, {**good, "more": "canary-more"},
                 {**good, "sealed": ["canary-list"]}, good):  # fmt: skip
        if args is good:
            monkeypatch.setattr("server.commands.safety.checkin.hint", lambda values: 1 // (values[-1] - values[-1]))
        mutation = {"id": f"01234567-89ab-7def-8123-{len(heard):012}", "at": f"{AT[-1]}-0", "args": args}
        heard.append(look.ask(around.author, "/api/v1/mutate", {"name": "checkin.put", **mutation}))
        assert '"ok":true' not in heard[-1].replace(" ", "")
    written = capsys.readouterr()
    for text in (*heard, repr(look.logs), written.out, written.err):
        for canary in ("777777", "canary-sealed", "canary-list", "3.6666"):
            assert canary not in text
    assert any("error" in str(one) for one in look.logs), "what failed is in the logs, for this to mean anything"


def test_nobody_else_can_touch_or_read_one_by_any_command(around):
    """Every command that there is, with the author's space, pairing and ids in all the places that take one."""
    around.checks_in()
    look, author = around.look, around.look.phones[around.author]
    own = {"space": private(author.user)}
    before = list(look.world.mongo.records.find({**own, "kind": {"$in": list(COLLECTIONS)}}).sort("_id", 1))
    assert len(before) == len(ANSWERS) + 1
    names = [name for name in GOOD if not name.startswith(("pairing.", "block.", "handover.", "specialist."))]
    for who, name in product(around.others, names):
        places = {"id": "canary-5", "message": "canary-5", "of": "canary-5", **own, "pairing": look.space[5:]}
        args = GOOD[name] | {key: value for key, value in places.items() if key in COMMANDS[name].schema.fields}
        outcome = look.phones[who].do(name, **args)
        told = json.dumps([change for change in outcome.get("changes", ()) if change["space"] == own["space"]])
        assert told == "[]", (who, name)
        assert not [one for one in CANARIES[1:] if one in json.dumps(outcome)], (who, name)
    assert list(look.world.mongo.records.find({**own, "kind": {"$in": list(COLLECTIONS)}}).sort("_id", 1)) == before


def test_on_real_sockets_and_streams_only_the_authors_own_devices_hear_of_it(server, online, connect):
    """Everybody listens to every collection that there is; afterwards each hears something else, that came later."""
    people = {name: online(role) for name, role in ROLES.items()}
    code = people["sam"].do("pairing.invite")["changes"][0]["data"]["code"]
    agreed = GOOD["pairing.join"]["agreement"]
    space = people["ann"].do("pairing.join", agreement=agreed, code=code)["changes"][0]["space"]
    sockets, rows = {}, {name: [] for name in ROLES}
    for name, phone in people.items():
        sockets[name] = connect(server.device(phone.tokens))
        sockets[name].io.on("sync:changes", rows[name].append)
        for kind in TABLES:
            assert "error" not in sockets[name].call("sync:subscribe", {"collection": kind})
    streams = {
        (name, kind): Stream(server.address, kind, header=people[name].tokens["access_token"]).reading()
        for name, kind in product(("sam", "ann"), COLLECTIONS)
    }
    asked = {"pairing": space[5:], "could_say": 1, "can_rely": 0, "both_gave": 10}
    assert people["ann"].do("checkin.put", id="canary-live", **asked)["ok"]
    for phone in people.values():
        assert phone.do("note.put", id="fence", title="fence")["ok"]
    assert people["sam"].do("checkin.put", id="sams", pairing=space[5:])["ok"]
    for name, socket in sockets.items():
        socket.wait(lambda socket=socket, name=name: "fence" in str(socket.frames) and "fence" in str(rows[name]))
        found = carried(str(socket.frames) + str(rows[name]))
        assert bool(found) == (name == "ann"), (name, found)
    kinds = {frame["change"]["kind"] for frame in sockets["ann"].frames if "change" in frame}
    assert kinds >= COLLECTIONS
    for (name, kind), stream in streams.items():
        stream.wait(lambda stream=stream: stream.documents)
        stream.close()
        assert len(stream.documents) == 1
        assert bool(carried(str(stream.documents))) == (name == "ann"), (name, kind)
