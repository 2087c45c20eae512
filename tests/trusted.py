"""A pairing with a history, in which every command can be sent."""

from server.commands.context import COMMANDS
from tests.conftest import World
from tests.good import FIRST, GOOD, WHO
from tests.matched import listening, looking, shortlist
from tests.phone import Phone, Wire

LIVED = (  # one command of every kind; what must be done before it is done first
    "message.flag", "ack.set", "promise.make", "question.answer", "disclosure.seal", "suggestion.ask", "step.change",
    "strength.notice", "milestone.pin", "letter.write", "session.open", "repair.accept", "checkin.put", "quiet.set",
    "plan.edit", "sos.say", "call.say", "debrief.answer", "escalation.tell", "report.take", "watch.edit",
)  # fmt: skip

SANCTIONS = {"sanction.appeal", "sanction.decide", "sanction.lift"}  # they are about the sanction imposed on ann


class Ready:
    """A world in which each command reaches its decision, prepared when a test needs the command.

    ann is paired with sam, whom sue supervises; both have written. For commands about requests and offers, ann has
    two more requests: one with a short list, and one with an offer that is not answered yet.
    """

    def __init__(self, world: World, ann: Phone, sam: Phone, space: str, **staff: Phone) -> None:
        """Take the phones of olga, an operator, and sue, if they have accounts; otherwise make accounts for them."""
        self.world, self.space = world, space
        staff = staff or {
            name: world.phone(world.person(name, role)) for name, role in (("olga", "operator"), ("sue", "supervisor"))
        }
        self.people = {"ann": ann, "sam": sam, **staff}
        self.done: set[str] = set()
        self.offered: Wire = {}
        self.case = ""
        listening(world, sam, self.people["olga"])
        ann.do("message.send", space=space, id="m1", text="hello", origin="person")
        sam.do("message.send", space=space, id="m2", text="hello Ann", origin="person")
        ann.do("story.edit", text="It began in winter.")
        ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")

    def to(self, name: str) -> tuple[Phone, Wire]:
        """Return the phone that may send a command, and the args with which the command gets furthest."""
        before, kind = FIRST.get(name), name.partition(".")[0]
        if before is not None:
            self.do(before)
        if kind in {"request", "offer"}:
            self._look()
        phone = self.people[WHO.get(name, WHO.get(kind, "ann"))]
        fields = COMMANDS[name].schema.fields
        args = GOOD[name] | ({"id": self._named(kind, phone)} if self._is_given(name) else {})
        args |= {"space": self.space} if "space" in fields else {}
        args |= {"pairing": self.space.removeprefix("pair:")} if "pairing" in fields else {}
        return phone, args | (self.offered if name == "request.choose" else {})

    def do(self, name: str) -> None:
        """Do a command once, after the commands that must be done before it."""
        if name not in self.done:
            phone, args = self.to(name)
            outcome = phone.do(name, **args)
            assert outcome["ok"], (name, outcome)
            self.done.add(name)

    def live(self) -> None:
        """Do one command of every kind between ann and sam, calls for help included."""
        for name in LIVED:
            self.do(name)

    def _look(self) -> None:
        """Let ann open two requests, and choose somebody for one of them."""
        if self.offered:
            return
        world, ann = self.world, self.people["ann"]
        others = [world.phone(world.person(name, "specialist")) for name in ("tom", "una")]
        for specialist in others:
            listening(world, specialist, self.people["olga"])
        looking(world, ann, "r1")
        looking(world, ann, "r2")
        assert ann.do("request.choose", id="r2", person=shortlist(ann, "r2")[0])["ok"]
        for specialist in others:
            specialist.sync()
        [self.people["asked"]] = [specialist for specialist in others if specialist.records("offer")]
        self.offered = {"person": shortlist(ann, "r1")[0]}

    def _is_given(self, name: str) -> bool:
        """Tell whether a command names a record whose id Beside has made."""
        named = {"debrief.answer", "debrief.hand_over", "report.take", "report.close"} | SANCTIONS
        return name.startswith(("call.", "offer.", "supervision.")) or name in named

    def _named(self, kind: str, phone: Phone) -> str:
        if kind == "report":
            self.case = self.case or next(self.world.parts.reader.live("case")).id  # once it is closed it is not live
            return self.case
        phone = self.people["ann"] if kind == "sanction" else phone
        phone.sync()
        return phone.records(kind)[0]["id"]
