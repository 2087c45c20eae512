"""Stories on a world whose power may fail, and the power supply that makes the cuts."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from schemas.agreement import AGREED
from server.store import transaction
from server.store.tombstones import expire_tombstones
from sync.clock import HOUR
from tests.conftest import World
from tests.matched import listening
from tests.phone import Phone
from tests.sealed import stored

COMMIT = "commit_transaction"
WRITES = (
    (transaction, "_run"),
    (transaction, "_run_together"),
    (Collection, "update_one"),
    (Collection, "delete_many"),
    (ClientSession, COMMIT),
)

Cut = tuple[int, bool]  # the number of a write, and whether it is still done


class PowerCut(BaseException):
    """The worker is gone, and with it all that it had in memory."""


class Supply:
    """Counts writes, and cuts the power before, or right after, some of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cut()
        for owner, name in WRITES:
            monkeypatch.setattr(owner, name, self._watched(name, getattr(owner, name)))

    def cut(self, *cuts: Cut) -> None:
        """Count from now on, and cut the power there."""
        self.writes: list[str] = []
        self.cuts = cuts

    def moments(self) -> list[Cut]:
        """Return every moment that differs: before each write that was counted, and after each commit."""
        numbered = list(enumerate(self.writes, 1))
        return [(number, False) for number, _ in numbered] + [(at, True) for at, name in numbered if name == COMMIT]

    def _watched(self, name: str, transaction: Callable) -> Callable:
        def watched(*args, **how):
            self.writes.append(name)
            number = len(self.writes)
            if (number, False) in self.cuts:
                raise PowerCut
            result = transaction(*args, **how)
            if (number, True) in self.cuts:
                raise PowerCut
            return result

        return watched


class Story:
    """Three people and four phones on a world whose power may fail."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sam = world.phone(world.person("sam", "specialist"))
        ann = world.person("ann")
        self.ann, self.tablet = world.phone(ann), world.phone(ann, "tablet")
        self.bob = world.phone(world.person("bob"))
        self.phones = (self.sam, self.ann, self.tablet, self.bob)

    def tell(self) -> None:
        """Tell the story."""
        sam, ann, tablet, bob = self.phones
        space, other = self.paired(ann), self.paired(bob)
        ann.does("message.send", space=space, id="m1", text="hello", origin="person")
        ann.does("message.send", space=space, id="m2", text="a slip", origin="person")
        ann.does("note.put", id="n1", title="Monday", body="rain")
        self.all(sam.does("message.send", space=space, id="m3", text="hello Ann", origin="person", reply_to="m1"))
        ann.does("message.edit", space=space, id="m1", text="hello Sam")
        tablet.does("message.delete", space=space, id="m2")
        tablet.does("note.put", id="n1", body="sun")
        sam.does("position.read", space=space, seq=4)
        self.all(ann.does("profile.edit", name="Ann"))
        sam.does("message.send", space=space, id="m5", text="to one", origin="person")
        sam.does("message.send", space=other, id="m1", text="to the other", origin="person")
        ann.does("message.send", space=space, id="m6", text="all at once", origin="person")
        bob.does("message.send", space=other, id="m2", text="all at once", origin="person")
        self.together(sam, ann, bob)
        self.powered(lambda: expire_tombstones(self.world.mongo, space, 10**6))
        tablet.does("note.delete", id="n1")
        sam.does("message.send", space=space, id="m1", text="an id that is taken", origin="person")
        self.all(sam.does("pairing.end", pairing=space.removeprefix("pair:")))
        self.all(ann.does("message.send", space=space, id="m4", text="too late", origin="person"))

    def end(self) -> list[Any]:
        """Return what each phone has in the end, and what Beside keeps."""
        kept = stored(self.world.mongo, {"space": {"$regex": "^(match|roster|case):"}})
        return [[phone.replica for phone in (*self.phones, self.fresh())], kept]

    def paired(self, peer: Phone) -> str:
        known = self.sam.spaces().keys()
        self.all(self.sam.does("pairing.invite", name="Sam"))
        (space,) = self.sam.spaces().keys() - known
        code = self.sam.records("pairing", space)[0]["data"]["code"]
        self.all(peer.does("pairing.join", agreement=AGREED, code=code))
        return space

    def fresh(self) -> Phone:
        phone = self.world.phone(self.ann.transport.caller, "fresh")
        phone.pull()
        return phone

    def all(self, _: object) -> None:
        """Let every phone send and fetch, however often the power fails meanwhile."""
        for phone in self.phones * 2:
            self.world.wait(1)
            self.powered(phone.sync)
            assert not phone.outbox

    def together(self, *senders: Phone) -> None:
        """Let phones send in the same moment, so that one transaction holds what all of them wrote."""
        while waiting := [phone for phone in senders if phone.outbox]:
            group_commit, threads = self.world.parts.group_commit, []
            with group_commit._turn:
                for phone in waiting:
                    threads.append(threading.Thread(target=self.tried, args=[phone.push]))
                    threads[-1].start()
                    while threads[-1].is_alive() and len(group_commit._in_flight._waiting) < len(threads):
                        time.sleep(0)
            group_commit._in_flight.wake()
            for thread in threads:
                thread.join()
            if any(phone.outbox for phone in senders):
                self.restart()

    def powered(self, run: Callable[[], Any]) -> None:
        """Do something again and again until the power holds."""
        while not self.tried(run):
            self.restart()

    def tried(self, run: Callable[[], Any]) -> bool:
        try:
            run()
        except PowerCut:
            return False
        return True

    def restart(self) -> None:
        self.world.restarted()
        self.world.end_leases()
        for phone in self.phones:
            phone.transport.parts = self.world.parts

    def timers(self) -> None:
        """Let what is due be done, however often the power fails meanwhile."""

        def run() -> None:
            self.world.parts.scheduler.run()  # those of the worker that is there now

        self.powered(run)
        self.all(None)


class Matching(Story):
    """A peer is looked for, found, and looked for again; each step changes the spaces of several people at once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.person("sue", "supervisor")
        operator = world.phone(world.person("olga", "operator"))
        self.tom = world.phone(world.person("tom", "specialist"))
        self.phones = (*self.phones, self.tom)
        listening(world, self.sam, operator, name="Sam")
        listening(world, self.tom, operator, name="Tom", standing_yes=True)

    def tell(self) -> None:
        """Ann chooses sam, who accepts; they part; tom takes her at once; tom leaves."""
        sam, ann, tablet, bob, tom = self.phones
        looks = {"id": "r1", "topics": {"grief_loss": 3}, "languages": {"en": 3}}
        self.all(ann.does("request.open", **looks))
        bob.does("request.open", **looks, mode="first_who_can")
        self.all(bob.does("request.withdraw", id="r1"))
        self.timers()
        self.all(ann.does("request.choose", id="r1", person=self.card("Sam")))
        [offer] = sam.records("offer")
        self.all(sam.does("offer.accept", id=offer["id"]))
        space = self.signed(ann)
        sam.does("message.send", space=space, id="m1", text="hello", origin="person")
        ann.does("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
        self.together(sam, ann)
        self.all(tablet.does("pairing.rematch", pairing=space.removeprefix("pair:")))
        self.timers()
        self.all(ann.does("request.choose", id="r1", person=self.card("Tom")))
        tom.does("agreement.sign", space=self.signed(ann), sha256=AGREED)
        self.all(tom.does("specialist.leave", until=self.world.time + HOUR))
        self.world.wait(HOUR)
        self.timers()
        assert [row["data"]["state"] for row in ann.records("pairing")] == ["ended", "ended"]
        assert [row["data"].get("priority", False) for row in ann.records("request")] == [False, True]
        for kept in self.world.mongo.records.find({"kind": "specialist"}):
            assert kept["data"]["offers"] == kept["data"]["pairings"] == {}, "need everybody gone for this to end well"

    def card(self, name: str) -> str:
        """Return the id under which ann can choose somebody."""
        [listed] = self.ann.records("shortlist")
        return next(one["id"] for one in listed["data"]["people"] if one["name"] == name)

    def signed(self, peer: Phone) -> str:
        """Let a peer sign what is proposed, and return the space."""
        [pairing] = [row for row in peer.records("pairing") if row["data"]["state"] == "agreement_pending"]
        self.all(peer.does("agreement.sign", space=pairing["space"], sha256=pairing["data"]["proposed"]))
        return pairing["space"]


class Trusting(Story):
    """Two people seal, open, pin and end; each step changes the spaces of several people at once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.person("sue", "supervisor")
        listening(world, self.sam, world.phone(world.person("olga", "operator")))
        self.sam.do("availability.set", zone="UTC", weekly=[[day, 0, 1440] for day in range(7)])

    def tell(self) -> None:
        """Ann and sam open together; sam suggests; both hold on to a message; sam is called; ann blocks him."""
        sam, ann, tablet, _ = self.phones
        space, held = self.paired(ann), {"kind": "message", "of": "m1"}
        sam.does("message.send", space=space, id="m1", text="hello", origin="person")
        sam.does("suggestion.ask", space=space, id="u1", text="Write it down.")
        sam.does("milestone.pin", space=space, **held)
        ann.does("disclosure.invite", space=space, id="d1", theme="What I am afraid of")
        ann.does("disclosure.seal", space=space, id="d1", text="The dark.")
        self.all(ann.does("promise.make", space=space, id="v1", by="2026-11-22T15:00", zone="UTC"))
        sam.does("disclosure.seal", space=space, id="d1", text="The sea.")
        ann.does("suggestion.allow", space=space, id="u1")
        tablet.does("milestone.pin", space=space, **held)
        self.together(sam, ann, tablet)
        self.all(None)
        assert [row["data"]["text"] for row in ann.records("suggestion")] == ["Write it down."]
        assert [row["data"]["state"] for row in ann.records("disclosure")] == ["opened"]
        assert len(sam.records("milestone")) == 1
        self.all(tablet.does("sos.raise", id="s1", words="Please."))
        [call] = sam.records("call")
        self.all(sam.does("call.take", id=call["id"]))
        self.world.wait(5 * HOUR)
        self.timers()
        assert [row["data"]["state"] for row in sam.records("promise")] == ["missed"]
        report = {"id": "p1", "ground": "pressure", "words": "x", "messages": ["m1"], "consent": True}
        self.all(ann.does("block.set", space=space, report=report))
        assert ann.records("pairing") == []
        assert [row["data"]["state"] for row in sam.records("pairing")] == ["ended"]
