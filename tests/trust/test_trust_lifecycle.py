"""Any life of two people with two phones each: promises, questions, talks, repair, steps and acknowledgements.

Whatever is late, lost, doubled or restarted: states move only where they may, and in the end everybody has the same.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from server.commands import access
from server.commands.context import COMMANDS
from sync.clock import DAY, HOUR, MINUTE, parse
from tests.phone import Phone
from tests.sync.stories import Air
from tests.transports import Direct

STEP = {"adopted", "done", "let_go"}
EDGES = {  # kind: {state: the states after it}
    "promise": {None: {"made"}, "made": {"made", "kept", "missed", "excused"}, "missed": {"excused"},
                "excused": {"excused"}, "kept": {"kept"}},
    "question": {None: {"asked"}, "asked": {"answered", "passed", "gone"}, "passed": {"passed", "answered", "gone"},
                 "answered": {"answered", "passed"}, "gone": {"gone"}},
    "session": {None: {"open"}, "open": {"open", "closing"}, "closing": {"open", "closing", "closed"},
                "closed": {"open"}},
    "repair": {None: {"invited"}, "invited": {"accepted", "closed", "gone"}, "accepted": {"accepted", "closed", "gone"},
               "closed": {"closed", "gone"}, "gone": {"gone"}},
    "step": {None: {"proposed", "adopted"}, "proposed": STEP | {"gone"}, **dict.fromkeys(STEP, STEP | {"gone"}),
             "gone": {"gone"}},
}  # fmt: skip
ACKS = ("heard", "with_you")
OTHER = {"sam": "ann", "ann": "sam"}
PHONES = st.sampled_from(["sam1", "sam2", "ann1", "ann2"])
HOWS = st.sampled_from(["once", "once", "offline", "offline", "twice", "answer lost", "bit by bit"])
THEIRS = ("promise.excuse", "question.answer", "question.pass", "repair.accept")
ASKED = ("promise.make", "question.ask", "repair.invite", "step.propose")
THEN = {"promise": ("keep", "renew", "excuse"), "question": ("answer", "pass", "withdraw"),
        "repair": ("accept", "close", "withdraw"),
        "step": ("change", "change", "withdraw")}  # fmt: skip
THINGS = st.lists(st.tuples(PHONES, st.integers(0, 9), st.sampled_from(sorted(STEP)), HOWS), max_size=3)
LIVES = 60 if "STORY_STEPS" in os.environ else 15
TALK = ("session.open", "session.extend", "session.close", "session.close")


def mine(context, was, _to=None):
    return was.author == access.member(context, was.space)


def in_time(context, was, _to):
    written = min(context.stamp.at, context.now) <= was.data["by_at"] and context.now <= was.data["grace_until"]
    return mine(context, was) and (was.data["state"] == "kept" or written)


def by_peer(context, was, to):
    return context.caller.user.startswith("id-ann") or was.deleted or (to, was.data["state"]) == ("gone", "proposed")


def may_go(context, was, _to):
    return was.deleted or mine(context, was)


MAY = {  # command: whether it may be done to what was there, so that it becomes something
    "promise.keep": in_time,
    "promise.renew": in_time,
    **dict.fromkeys(
        ("promise.excuse", "question.answer", "question.pass", "repair.accept"), lambda *of: not mine(*of[:2])
    ),
    "promise.turn": lambda context, was, _: context.now >= was.data["grace_until"],
    "step.change": by_peer,
    "step.withdraw": lambda *of: by_peer(*of) and (of[0].caller.user.startswith("id-ann") or may_go(*of)),
    "repair.withdraw": may_go,
    "question.withdraw": lambda *of: may_go(*of) == (of[2] == "gone"),
    "session.turn": lambda context, was, to: to != "closed" or context.now >= was.data["until"],
    "session.close": lambda context, was, to: (
        to != "closed" or was.data["announced"] != access.member(context, was.space)
    ),
}


class Watch:
    """Stands between the commands and what they decide: notes each step of a state, and judges it."""

    def __init__(self):
        self.met, self.wrong = set(), []

    def over(self, command):
        def decide(context, args):
            records = command.decide(context, args)
            for record in records:
                if record.kind in EDGES:
                    self.see(command.name, context, context.reads.get(record.key), record)
            return records

        return replace(command, decide=decide)

    def see(self, name, context, was, after):
        at, to = (one and ("gone" if one.deleted else one.data["state"]) for one in (was, after))
        if name.endswith(".turn") and was.data == after.data:
            return  # it is looked at again later, or never
        self.met.add((after.kind, at, to))
        fine = to in EDGES[after.kind][at] and (to != "gone" or name.endswith(".withdraw"))
        if not (fine and (name not in MAY or MAY[name](context, was, to))):
            self.wrong.append((name, at, to))


class Lives(RuleBasedStateMachine):
    """Two people with two phones each, one of which has a clock that is behind."""

    def __init__(self):
        super().__init__()
        world, number = self.world, self.world.mongo.users.count_documents({})
        sam, ann = world.person(f"sam{number}", "specialist"), world.person(f"ann{number}")
        self.phones = {"sam1": self.world.phone(sam), "ann1": self.world.phone(ann)}
        self.space = self.world.paired(*self.phones.values())
        self.phones["sam2"] = self.world.phone(sam, f"sam2-{number}")
        self.phones["ann2"] = Phone(Direct(world.parts, ann), ann.user, f"ann2-{number}", lambda: world.time - HOUR)
        for name in ("sam2", "ann2"):
            self.phones[name].pull()
        self.air = Air(self.world, list(self.phones.values()))
        self.names, self.sent, self.known, self.acks = [], {}, {}, {}
        self.members = {name: phone.spaces()[self.space] for name, phone in self.phones.items()}
        for who, name in (("sam1", "m-sam"), ("ann1", "m-ann")):
            self.does(who, "message.send", id=name, text="hello", origin="person")
            self.sends(who, "once")

    @rule(who=PHONES, what=st.sampled_from(ASKED), hours=st.sampled_from([1, 5, 48]), how=HOWS, then=THINGS)
    def asks(self, who, what, hours, how, then):
        name, kind = f"x{len(self.names)}", what.partition(".")[0]
        self.names.append((kind, name))
        more = {"promise": {"sort": "back", **self.by(hours)}, "question": {"text": "How?", "locale": "en"}}
        self.does(who, what, id=name, **more.get(kind, {"text": "A walk"} if kind == "step" else {}))
        self.sends(who, how)
        for other, which, state, late in then:
            self.answers(other, 0, which, state, late)

    @rule(who=PHONES, ago=st.integers(0, 9), which=st.integers(0, 9), state=st.sampled_from(sorted(STEP)), how=HOWS)
    def answers(self, who, ago, which, state, how):
        """Say something to what was asked lately, whoever has asked, and whether one may or not."""
        if not self.names:
            return
        kind, name = self.names[-1 - ago % min(len(self.names), 4)]
        what = f"{kind}.{THEN[kind][which % len(THEN[kind])]}"
        more = {"promise.renew": self.by(72), "question.answer": {"text": name}, "step.change": {"state": state}}
        self.does(who, what, id=name, **more.get(what, {}))
        self.sends(who, how)

    @rule(who=PHONES, what=st.sampled_from(TALK), minutes=st.sampled_from([11, 40, 200]), how=HOWS)
    def talks(self, who, what, minutes, how):
        until = {"until": self.world.time + minutes * MINUTE}
        more = {"session.open": {**until, "idle_minutes": 15}, "session.extend": until, "session.close": {}}
        self.does(who, what, **more[what])
        self.sends(who, how)

    @rule(who=st.sampled_from([*OTHER]), sort=st.sampled_from(ACKS), value=st.booleans(), how=HOWS, late=HOWS)
    def acknowledges_on_one_phone_and_takes_it_back_on_the_other(self, who, sort, value, how, late):
        for phone, last in ((f"{who}1", value), (f"{who}2", not value)):
            self.does(phone, "ack.set", message=f"m-{OTHER[who]}", **{sort: last})
            self.world.wait(HOUR + 1)
        self.sends(f"{who}2", how)
        self.sends(f"{who}1", late)

    @rule(who=PHONES, how=HOWS, days=st.sampled_from([0, 0, 3]))
    def pauses_for_a_while(self, who, how, days):
        self.does(who, "pairing.pause")
        self.sends(who, how)
        self.time_passes(days * DAY, timers=True, restart=False)
        self.does(who, "pairing.resume")
        self.sends(who, "once")

    @rule(who=PHONES, how=HOWS)
    def sends(self, who, how):
        """Send an outbox, or keep it; what has arrived has its outcome, however often it comes again."""
        phone = self.phones[who]
        self.world.wait(1)
        for mutation in phone.outbox if how == "bit by bit" else ():
            self.settled(phone.transport.call("push", {"mutations": [mutation]})["outcomes"])
        for _ in range({"offline": 0, "twice": 2}.get(how, 1)):
            kept = list(phone.outbox)
            self.settled(phone.push())
            phone.outbox = phone.outbox if how in {"once", "bit by bit"} else kept

    @rule(who=PHONES, which=st.integers(0, 99))
    def comes_again_late(self, who, which):
        """The network delivers once more what was sent long ago."""
        mine = [mutation for name, mutation in self.sent.values() if name == who]
        body = {"mutations": [mine[which % len(mine)]] if mine else []}
        self.settled(self.phones[who].transport.call("push", body)["outcomes"])

    @rule(chance=st.randoms(use_true_random=False), who=PHONES)
    def frames_arrive_in_any_order_some_twice_some_never(self, chance, who):
        self.air.arrive(chance)
        self.phones[who].pull()

    @rule(ms=st.sampled_from([MINUTE, 15 * MINUTE, 3 * HOUR, 2 * DAY]), timers=st.booleans(), restart=st.booleans())
    def time_passes(self, ms, timers, restart):
        self.world.wait(ms)
        if restart:
            self.world.restarted()
            self.air.connect()
            self.world.wait(20_000)
        if timers:
            self.world.parts.scheduler.run()

    def teardown(self):
        [self.sends(who, "once") for who in self.phones]
        fresh = [Phone(phone.transport, phone.user, "fresh") for phone in self.phones.values()]
        for phone in (*self.phones.values(), *fresh):
            phone.pull()
            assert phone.outbox == []
            assert self.shown(phone) == self.shown(fresh[0] if phone in fresh else self.phones["sam1"])
        assert self.shown(fresh[0]) == self.shown(self.phones["sam1"])
        acks = {(row["author"], row["data"]["message"]): row["data"] for row in fresh[0].records("ack")}
        set_to = {(*key, sort): value for key, row in acks.items() for sort, value in row.items() if sort in ACKS}
        told = {key: value for key, (_, value) in self.acks.items()}
        assert {key: value for key, value in set_to.items() if value or key in told} == told
        assert self.watch.wrong == []

    def does(self, who, name, **args):
        where = {"pairing": self.space[5:]} if name.startswith("pairing.") else {"space": self.space}
        mutation = self.phones[who].does(name, **where, **args)
        self.sent[mutation["id"]] = who, mutation

    def by(self, hours):
        moment = datetime.fromtimestamp((self.world.time + hours * HOUR) // 1000, UTC)
        return {"by": moment.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"}

    def settled(self, outcomes):
        """Take note of outcomes: the first of a mutation is the one that it has for ever."""
        for outcome in outcomes:
            name, ok = outcome["id"], outcome["ok"]
            who, mutation = self.sent[name]
            assert self.known.setdefault(name, ok) == ok, (mutation, outcome)
            if ok and mutation["name"] == "ack.set":
                stamp, member = parse(mutation["at"], self.phones[who].clock.device), self.members[who]
                for sort in set(ACKS) & mutation["args"].keys():
                    key = member, mutation["args"]["message"], sort
                    said = stamp, mutation["args"][sort]
                    self.acks[key] = max(self.acks.get(key, said), said)

    def shown(self, phone):
        return {name: row for name, row in phone.replica.items() if name[0] == self.space and not row.get("deleted")}


def test_in_any_life_states_move_only_where_they_may_and_all_phones_end_with_the_same(world, monkeypatch):
    watch = Watch()
    for name, command in list(COMMANDS.items()):
        monkeypatch.setitem(COMMANDS, name, watch.over(command))
    lives = type("Lifecycle", (Lives,), {"world": world, "watch": watch})
    quick = settings(max_examples=LIVES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    for _ in range(4):
        run_state_machine_as_test(lives, settings=quick)
        if {kind for kind, *_ in watch.met} == EDGES.keys():
            break
    else:
        raise AssertionError("need lives in which much happens")
