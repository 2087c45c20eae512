"""Random actions of peers, specialists and operators, of those that they may do now."""

from random import Random
from typing import Any

from server.app import Parts
from server.commands.context import Caller
from server.commands.matching.request import MOST_OPEN_REQUESTS
from sync.clock import MINUTE
from tests.lifecycle.sweeper import LOOKING
from tests.load.workers import Workers
from tests.phone import Wire

JUMPS = (1_000, 20_000, 300 * MINUTE)  # a moment; longer than a lease; longer than an offer waits
ENDINGS = ("pairing.end", "pairing.end", "pairing.rematch", "pairing.pause", "pairing.resume")


class Passerby:
    """Chooses one of some people, and one of the actions that this person may do now."""

    def __init__(self, workers: Workers, callers: list[Caller], seed: int) -> None:
        self.workers, self.callers, self.dice = workers, callers, Random(seed)

    def act(self, parts: Parts) -> None:
        """Do one thing."""
        caller = self.dice.choice(self.callers)
        actions = {"peer": self._as_peer, "specialist": self._as_specialist, "operator": self._as_operator}
        actions[caller.role](parts, caller)

    def _as_peer(self, parts: Parts, caller: Caller) -> None:
        requests, lists = self.workers.records("request", caller.user), self.workers.records("shortlist", caller.user)
        what = self.dice.random()
        looking = sum(one.data["state"] in LOOKING for one in requests)
        if what < 0.5 and lists:
            listed = self.dice.choice(lists)
            person = self.dice.choice(listed.data["people"])["id"]
            self.workers.do(parts, caller, "request.choose", id=listed.id, person=person)
        elif 0.5 < what < 0.55 and requests:
            self.workers.do(parts, caller, "request.withdraw", id=self.dice.choice(requests).id)
        elif looking < MOST_OPEN_REQUESTS and (what > 0.9 or not self._with_a_pairing(parts, caller)):
            mode, name = self.dice.choice(["choose", "first_who_can"]), f"r{self.dice.randrange(10**9)}"
            self.workers.do(parts, caller, "request.open", id=name, topics={"grief_loss": 3}, mode=mode)
        elif looking == MOST_OPEN_REQUESTS:
            self._with_a_pairing(parts, caller)

    def _as_specialist(self, parts: Parts, caller: Caller) -> None:
        offers, what = self.workers.records("offer", caller.user), self.dice.random()
        waiting = [one for one in offers if one.data["state"] == "sent"]
        if (waiting and what < 0.7) or (offers and what < 0.2):
            name = self.dice.choice(["offer.accept", "offer.accept", "offer.decline"])
            self.workers.do(parts, caller, name, id=self.dice.choice(waiting or offers).id)
        elif what > 0.95:
            self.workers.do(parts, caller, "practice.pause", until=self.workers.world.time + 2 * MINUTE)
        elif what > 0.85 or not self._with_a_pairing(parts, caller):
            self.workers.do(parts, caller, "practice.resume")

    def _as_operator(self, parts: Parts, _: Caller) -> None:
        self.workers.wait(self.dice.choices(JUMPS, [80, 15, 5])[0])
        for _ in range(3):
            parts.scheduler.run()
        if self.dice.random() < 0.15:
            self._about_a_specialist(parts, _operator(self.callers))

    def _about_a_specialist(self, parts: Parts, operator: Caller) -> None:
        who = self.dice.choice(self.workers.records("specialist"))
        name, later = {"specialist": who.id.removeprefix("id-")}, self.workers.world.time + 10 * MINUTE
        certified = {"supervisor": "sue", "until": later + 10**10}
        actions: list[tuple[str, Wire]] = [
            ("specialist.deactivate", {"sudden": self.dice.random() < 0.5}),
            ("specialist.leave", {"until": later}),
        ]
        away = who.data.get("gone") or who.data.get("leaving_at") is not None
        action, args = ("specialist.certify", certified) if away else self.dice.choice(actions)
        self.workers.do(parts, operator, action, **name, **args)

    def _with_a_pairing(self, parts: Parts, caller: Caller) -> bool:
        """Do something with a pairing; tell whether there is one."""
        spaces = [one.data["space"] for one in self.workers.records("membership", caller.user)]
        rows = self.workers.world.mongo.records.find({"space": {"$in": spaces}, "kind": "pairing"})
        live = [row for row in rows if row["data"]["state"] != "ended"]
        if not live:
            return False
        pairing = self.dice.choice(live)
        if pairing["data"]["state"] == "agreement_pending" and caller.role == "peer" and self.dice.random() < 0.5:
            args: Any = {"space": pairing["space"], "sha256": pairing["data"]["proposed"]}
            self.workers.do(parts, caller, "agreement.sign", **args)
        else:
            self.workers.do(parts, caller, self.dice.choice(ENDINGS), pairing=pairing["id"])
        return True


def _operator(callers: list[Caller]) -> Caller:
    return next(caller for caller in callers if caller.role == "operator")
