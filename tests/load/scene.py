"""A peer, a specialist with one place, and all that either of them, or somebody else, may do about an offer."""

from server.app import Parts
from sync.clock import DAY
from sync.record import Record
from tests.lifecycle.matching_fixture import GRIEF, MatchingFixture, ok
from tests.lifecycle.sweeper import drift, orphans
from tests.load.workers import Workers
from tests.phone import Wire

LEASE = 20_000  # ms, after which any worker may run the timers


class Scene:
    """One Sam and one Ann; ``number`` tells several such pairs apart."""

    def __init__(self, matching: MatchingFixture, workers: Workers, number: int = 0) -> None:
        self.matching, self.workers = matching, workers
        self.him = matching.specialist(f"sam{number}", places=1).transport.caller
        self.ann = matching.peer(f"ann{number}")
        self.her, self.olga = self.ann.transport.caller, matching.olga.transport.caller

    def listed(self) -> "Scene":
        """Let Ann have Sam on her short list."""
        ok(self.ann.do("request.open", id="r1", topics=GRIEF))
        self.matching.world.wait(LEASE)  # until the lease of the worker that ran the timers before has ended
        self.matching.world.parts.scheduler.run()
        self.ann.sync()
        self.card = self.matching.card(self.ann, self.him.user.removeprefix("id-").title())
        return self

    def asked(self) -> "Scene":
        """Let Ann choose Sam, so that an offer waits."""
        ok(self.listed().chooses(self.workers.servers[0]))
        return self

    @property
    def offer(self) -> Record:
        [offer] = self.workers.records("offer", self.him.user)
        return offer

    @property
    def state(self) -> str:
        return self.offer.data["state"]

    @property
    def live(self) -> list[Record]:
        pairings = self.workers.records("pairing")
        mine = [one for one in pairings if one.hidden["specialist"] == self.him.user]
        return [one for one in mine if one.data["state"] != "ended"]

    def chooses(self, parts: Parts, tap: str | None = None) -> Wire:
        return self.workers.do(parts, self.her, "request.choose", tap, id="r1", person=self.card)

    def accepts(self, parts: Parts, tap: str | None = None) -> Wire:
        return self.workers.do(parts, self.him, "offer.accept", tap, id=self.offer.id)

    def declines(self, parts: Parts) -> Wire:
        return self.workers.do(parts, self.him, "offer.decline", id=self.offer.id)

    def withdraws(self, parts: Parts) -> Wire:
        return self.workers.do(parts, self.her, "request.withdraw", id="r1")

    def expires(self, parts: Parts) -> None:
        self.matching.world.time = max(self.matching.world.time, self.offer.data["due_at"])
        self.matching.world.end_leases()
        parts.scheduler.run()

    def is_deactivated(self, parts: Parts) -> Wire:
        handle = self.him.user.removeprefix("id-")
        return self.workers.do(parts, self.olga, "specialist.deactivate", specialist=handle)

    def is_lost(self, parts: Parts) -> Wire:
        handle = self.him.user.removeprefix("id-")
        return self.workers.do(parts, self.olga, "specialist.deactivate", specialist=handle, sudden=True)

    def deletes_his_account(self, parts: Parts) -> None:
        parts.backend.order("person.leave", {"user": self.him.user, "role": "specialist"}, f"gone {self.him.user}")

    def deletes_her_account(self, parts: Parts) -> None:
        parts.backend.order("person.leave", {"user": self.her.user, "role": "peer"}, f"gone {self.her.user}")

    def pauses(self, parts: Parts) -> Wire:
        return self.workers.do(parts, self.him, "practice.pause", until=self.matching.world.time + DAY)

    def is_right(self) -> None:
        assert drift(self.matching.world.mongo) == []
        assert orphans(self.matching.world.mongo) == []
