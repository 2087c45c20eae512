"""Open together, whatever becomes of the two: every state that there can be, and lives with two phones each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from schemas.errors import Refused
from server.commands.context import COMMANDS, SYSTEM, Caller, Context
from sync.clock import HOUR, Stamp, parse
from sync.record import Key, Record, private
from tests.conftest import CONFIG, START
from tests.phone import Phone
from tests.sealed import decoded
from tests.trust.leak_checker import LeakChecker, found_of, words

OTHER = {"sam": "ann", "ann": "sam"}
WAITING = ("invited", "sealed")
PHONES = st.sampled_from(["sam1", "sam2", "ann1", "ann2"])
HOWS = st.sampled_from(["once", "once", "offline", "twice", "answer lost"])
PAIRING = ("pause", "resume", "end")
LETTERS = [(who, what) for who in OTHER for what in ("seal", "withdraw", "pause", "resume", "block")]
LETTERS += [("sam", "end"), ("time", "passes"), ("time", "turns")]


@dataclass(frozen=True)
class Rule:
    """What must be true, told without any of the code."""

    state: str = "invited"
    sam: str | None = None  # what each has sealed
    ann: str | None = None
    is_late: bool = False
    paused: frozenset[str] = frozenset()
    has_ended: bool = False
    blocked: frozenset[str] = frozenset()

    def after(self, who: str, what: str, text: str) -> tuple[bool, "Rule"]:
        """Tell whether something is accepted, and return what is true then."""
        may, rule = getattr(self, f"_{what}")(who, text)
        return may, rule if may else self

    def shown(self, who: str) -> set[str | None]:
        """Return what somebody is shown of the other's words."""
        return {getattr(self, OTHER[who])} if self.state == "opened" and who not in self.blocked else set()

    @property
    def _is_open(self) -> bool:
        return not self.has_ended and not self.paused

    def _seal(self, who: str, text: str) -> tuple[bool, "Rule"]:
        both = getattr(self, OTHER[who]) is not None
        may = self._is_open and self.state in WAITING and not self.is_late
        return may, replace(self, **{who: text}, state="opened" if both else "sealed")

    def _withdraw(self, _who: str, _: str) -> tuple[bool, "Rule"]:
        """A yes can be taken back while it is paused; after the end, or a block, only the card goes."""
        is_over = self.has_ended or self.state not in WAITING
        return self.state != "opened", replace(self, state=self.state if is_over else "withdrawn")

    def _pause(self, who: str, _: str) -> tuple[bool, "Rule"]:
        return not self.has_ended, replace(self, paused=self.paused | {who})

    def _resume(self, who: str, _: str) -> tuple[bool, "Rule"]:
        return not self.has_ended, replace(self, paused=self.paused - {who})

    def _end(self, who: str, _: str) -> tuple[bool, "Rule"]:
        return who not in self.blocked, replace(self, has_ended=True)

    def _block(self, who: str, _: str) -> tuple[bool, "Rule"]:
        return True, replace(self, has_ended=True, blocked=self.blocked | {who})

    def _passes(self, _who: str, _: str) -> tuple[bool, "Rule"]:
        return True, replace(self, is_late=True)

    def _turns(self, _who: str, _: str) -> tuple[bool, "Rule"]:
        if self.state in WAITING and not self.has_ended:
            return self.is_late, replace(self, state="expired")
        return True, self


@dataclass(frozen=True)
class Kept:
    """All that is stored, as decisions see it."""

    records: Mapping[Key, Record]
    marks: Mapping[Key, str]  # what tells two states of a record apart, but stamps: they are later and later

    def get(self, key: Key) -> Record | None:
        return self.records.get(key)

    def newest_message(self, _space: str) -> int:
        return 0

    def person(self, _handle: str, _role: str) -> str | None:
        return None

    def decided(self, caller: Caller, name: str, args: dict[str, Any], now: int, number: int) -> list[Record]:
        secret = CONFIG.secret_keys[-1].encode()
        context = Context(caller, f"m{number}", Stamp(START - 10**6 + number), now, secret, self)
        return COMMANDS[name].decide(context, COMMANDS[name].schema.load(args))

    def with_(self, records: list[Record]) -> "Kept":
        changed = {record.key: record for record in records}
        marks = {key: _mark(record) for key, record in changed.items()}
        return Kept({**self.records, **changed}, {**self.marks, **marks})

    def told(self, who: str, other: str) -> set[str]:
        """Return the other's words among all that somebody may read."""
        space = next(key.space for key in self.records if key.kind == "pairing")
        membership = self.records[Key(private(f"id-{who}"), "membership", space.replace(":", ".", 1))]
        readable = {private(f"id-{who}")} | (set() if membership.deleted else {space})
        marks = " ".join(mark for key, mark in self.marks.items() if key.space in readable)
        return found_of(other, marks)


def _mark(record: Record) -> str:
    return repr((record.deleted, record.data, record.hidden, record.due))


def letter(rule: Rule, space: str, who: str, what: str) -> tuple[str, dict[str, str], str]:
    """Return the command, its arguments and the words of a letter."""
    named, pairing = {"space": space, "id": "d1"}, {"pairing": space.partition(":")[2]}
    if what == "seal":
        text = words(who, "d1", 1 if getattr(rule, who) != words(who, "d1", 1) else 2)
        return "disclosure.seal", {**named, "text": text}, text
    if what in PAIRING:
        return f"pairing.{what}", pairing, ""
    if what == "block":
        return "block.set", {"space": space}, ""
    return f"disclosure.{'turn' if what == 'turns' else what}", named, ""


def tried(kept: Kept, rule: Rule, callers: Mapping[str, Caller], number: int, who: str, what: str) -> tuple[Kept, Rule]:
    """Try a letter, and return the state that it leads to, which must be the one that the rule says."""
    space = next(key.space for key in kept.records if key.kind == "pairing")
    name, args, text = letter(rule, space, who, what)
    may, expected = rule.after(who, what, text)
    changed: list[Record] = []
    if what != "passes" and (what != "turns" or rule.is_late):
        is_done = True
        try:
            changed = kept.decided(callers[who], name, args, START + (HOUR if rule.is_late else 0), number)
        except Refused:
            is_done = False
        assert is_done == may, (rule, who, what)
    for record in changed:
        said = {one: found_of(one, _mark(record)) for one in OTHER}
        if record.space == space and any(said.values()):
            assert expected.state == "opened"
            assert said == {one: {getattr(expected, one)} for one in OTHER}
    return kept.with_(changed), expected


def test_no_order_of_any_length_shows_one_text_without_the_other(world, sam, ann, pair):
    """Every state that these commands lead to is found, and every letter is tried in each of them."""
    assert ann.do("disclosure.invite", space=pair, id="d1", theme="winter", hours=1)["ok"]
    start = Kept({}, {}).with_(decoded(world.mongo, world.mongo.records.find({})))
    callers = {"sam": sam.transport.caller, "ann": ann.transport.caller, "time": SYSTEM}
    todo, known, tries, met = [(start, Rule())], set[Any](), 0, set[str]()
    while todo:
        kept, rule = todo.pop()
        met.add(rule.state)
        for who, what in LETTERS:
            tries += 1
            after, expected = tried(kept, rule, callers, tries, who, what)
            for one, other in OTHER.items():
                assert after.told(one, other) == expected.shown(one), (rule, who, what)
            state = frozenset(after.marks.items()), expected
            if state not in known:
                known.add(state)
                todo.append((after, expected))
    print(len(known), "states,", tries, "decisions")
    assert met == {"invited", "sealed", "opened", "withdrawn", "expired"}
    assert len(known) > 1000


class Lives(RuleBasedStateMachine):
    """Two people with two phones each, whose outboxes wait, are sent twice, or lose their answers."""

    look: LeakChecker
    phones: Mapping[str, Phone]
    ruled: dict[str, Rule]  # of every disclosure that there ever was
    ends: dict[str, int]  # when its time is over, in ms
    latest: dict[tuple[str, str], Stamp]  # when each last wrote a card
    paused: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, bool] = {}  # mutations that have an outcome
        self.names: list[str] = []
        self.invites("sam1", 48, "once")

    @rule(who=PHONES, hours=st.sampled_from([1, 48]), how=HOWS)
    def invites(self, who, hours, how):
        self.names.append(f"l{len(self.ruled)}")
        self.ruled[self.names[-1]] = Rule("asked")
        self.does(who, "disclosure.invite", id=self.names[-1], theme="winter", hours=hours)
        self.sends(who, how)

    @rule(who=PHONES, which=st.integers(0, 9), what=st.sampled_from(["seal", "seal", "seal", "withdraw"]), how=HOWS)
    def seals_or_withdraws(self, who, which, what, how):
        name = self.names[which % len(self.names)]
        if self.ruled[name].state != "asked":
            text = words(who[:-1], name, self.look.world.time + len(self.known))
            self.does(who, f"disclosure.{what}", id=name, **({"text": text} if what == "seal" else {}))
        self.sends(who, how)

    @rule(which=st.integers(0, 9), how=HOWS, other=HOWS)
    def both_seal(self, which, how, other):
        self.seals_or_withdraws("sam2", which, "seal", how)
        self.seals_or_withdraws("ann1", which, "seal", other)

    @rule(who=PHONES, what=st.sampled_from(["pause", "resume", "resume"]), how=HOWS)
    def pauses_or_resumes(self, who, what, how):
        self.phones[who].does(f"pairing.{what}", pairing=self.look.space.partition(":")[2])
        self.sends(who, how)

    @rule(who=PHONES, how=HOWS)
    def sends(self, who, how):
        """Send an outbox, or keep it; what has arrived has its outcome, however often it comes again."""
        phone = self.phones[who]
        self.look.world.wait(1)
        for _ in range({"offline": 0, "twice": 2}.get(how, 1)):
            kept = list(phone.outbox)
            outcomes = phone.push()
            for mutation, outcome in zip(kept, outcomes, strict=True):
                if mutation["id"] not in self.known:
                    self.known[mutation["id"]] = self.arrives(phone, mutation)
                assert outcome["ok"] == self.known[mutation["id"]], (mutation, outcome)
            if how != "once":
                phone.outbox = kept

    @rule(ms=st.sampled_from([1000, HOUR]), timers=st.booleans(), restart=st.sampled_from([False, False, False, True]))
    def time_passes(self, ms, timers, restart):
        self.look.world.wait(ms)
        if restart:
            self.look.restarted()
            self.look.world.wait(20_000)
        if timers:
            self.look.world.parts.scheduler.run()
            for name, one in self.ruled.items():
                self.ruled[name] = self.aged(name).after("", "turns", "")[1] if one.state in WAITING else one

    @invariant()
    def nobody_is_shown_what_is_not_open(self):
        self.look._hear()
        for who, phone in self.phones.items():
            shown = {text for one in self.ruled.values() for text in one.shown(who[:-1])}
            assert found_of(OTHER[who[:-1]], repr(phone.replica)) <= shown, who

    def teardown(self):
        for who in self.phones:
            self.sends(who, "once")
        for who in ("sam1", "ann1"):
            self.pauses_or_resumes(who, "resume", "once")
        self.look.world.parts.scheduler.run()
        for name in self.ruled:
            self.ruled[name] = self.aged(name).after("", "turns", "")[1]
        opened = {name: {"sam": one.sam, "ann": one.ann} for name, one in self.ruled.items() if one.state == "opened"}
        self.look.look(opened, rows=False)
        states = {row["id"]: row["data"]["state"] for row in self.look.phones["ann"].records("disclosure")}
        assert states == {name: one.state for name, one in self.ruled.items() if one.state != "asked"}

    def does(self, who: str, name: str, **args: Any) -> None:
        self.phones[who].does(name, space=self.look.space, **args)

    def aged(self, name: str) -> Rule:
        is_late = name in self.ends and self.look.world.time >= self.ends[name]
        return replace(self.ruled[name], is_late=is_late)

    def arrives(self, phone: Phone, mutation: dict[str, Any]) -> bool:
        """Tell whether a mutation must be accepted, and what is true then."""
        who, what, args = phone.user.removeprefix("id-"), mutation["name"].partition(".")[2], mutation["args"]
        if what in {"pause", "resume"}:
            (self.paused.add if what == "pause" else self.paused.discard)(who)
            for name, one in self.ruled.items():
                self.ruled[name] = replace(one, paused=frozenset(self.paused))
            return True
        name, stamp = args["id"], parse(mutation["at"], phone.clock.device)
        if what == "invite":
            if not self.paused:
                self.ruled[name] = Rule()
                self.ends[name] = self.look.world.time + args["hours"] * HOUR
            return not self.paused
        if self.ruled[name].state == "asked":
            return False
        is_old = stamp < self.latest.get((name, who), stamp)
        text = getattr(self.ruled[name], who) if is_old else args.get("text", "")
        may, self.ruled[name] = self.aged(name).after(who, what, text)
        if may and what == "seal" and not is_old:
            self.latest[name, who] = stamp
        return may


def test_any_life_of_two_people_with_two_phones_each_keeps_the_promise(world):
    with capture_logs() as logs:
        look = LeakChecker(world, logs)
        for who in OTHER:
            look.phones[f"{who}2"] = look.world.phone(look.callers[who], f"{who}2")
        look.listen()
        phones = {"sam1": look.phones["sam"], "ann1": look.phones["ann"]}
        phones |= {name: look.phones[name] for name in ("sam2", "ann2")}
        lives = type(
            "Lives", (Lives,), {"look": look, "phones": phones, "ruled": {}, "ends": {}, "latest": {}, "paused": set()}
        )
        quick = settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(lives, settings=quick)
    assert {one.state for one in lives.ruled.values()} & {"opened", "expired"}, (
        "lives in which nothing ends mean little"
    )
