"""A world for matching: specialists who are certified and available, peers who look for someone, and staff.

Everybody talks English at all hours and everybody has lived through grief, unless a test says otherwise.
"""

from typing import Any

from sync.clock import DAY
from tests.conftest import World
from tests.phone import Phone, Wire

ALWAYS = [[day, 0, 1440] for day in range(7)]
GRIEF = {"grief_loss": 3}
TURNS = 4  # runs of the timers, after which everything that was due is done


def ok(outcome: Wire) -> list[Wire]:
    """Return the changes of an outcome that must be a yes."""
    assert outcome["ok"], outcome
    return outcome["changes"]


def no(outcome: Wire) -> tuple[str, str | None]:
    """Return the code, and the state if there is one, of an outcome that must be a no."""
    assert not outcome["ok"], outcome
    return outcome["error"]["code"], outcome["error"]["details"].get("state")


class MatchingFixture:
    """Some people on a world, each with one phone to begin with."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.phones: list[Phone] = []
        self.sue, self.olga = self.person("sue", "supervisor"), self.person("olga", "operator")

    def person(self, name: str, role: str = "peer") -> Phone:
        return self.phone(self.world.person(name, role, certified=False))

    def phone(self, caller: Any, device: str | None = None) -> Phone:
        self.phones.append(self.world.phone(caller, device))
        return self.phones[-1]

    def second(self, phone: Phone) -> Phone:
        """Return another phone of somebody."""
        return self.phone(phone.transport.caller, "tablet")

    def peer(self, name: str, weekly: Any = ALWAYS, zone: str = "UTC", **about: Any) -> Phone:
        phone = self.person(name)
        ok(phone.do("profile.edit", **{"languages": {"en": 3}, **about}))
        if weekly:
            ok(phone.do("availability.set", zone=zone, weekly=weekly))
        return phone

    def specialist(self, name: str, weekly: Any = ALWAYS, zone: str = "UTC", **practice: Any) -> Phone:
        """Return the phone of a specialist with two places; ``about_me`` is a profile, ``minors_ok`` a clearance."""
        about, minors_ok = practice.pop("about_me", {}), practice.pop("minors_ok", False)
        phone = self.person(name, "specialist")
        ok(phone.do("profile.edit", **{"languages": {"en": 3}, **about}))
        if weekly:
            ok(phone.do("availability.set", zone=zone, weekly=weekly))
        ok(phone.do("practice.edit", **{"name": name.title(), "places": 2, **practice}))
        ok(phone.do("fact.put", id="grief", topic="grief_loss", kind="lived", depth=3, tier="profile"))
        self.certify(name, minors_ok=minors_ok)
        return phone

    def certify(self, name: str, *, days: int = 365, minors_ok: bool = False) -> None:
        until = self.world.time + days * DAY
        ok(self.olga.do("specialist.certify", specialist=name, supervisor="sue", until=until, minors_ok=minors_ok))

    # What happens

    def settle(self, ms: int = 0) -> None:
        """Let time pass; everything that is due is done, and every phone has fetched it."""
        self.world.wait(ms)
        for _ in range(TURNS):
            if not self.world.parts.scheduler.run():
                break
        for phone in self.phones:
            phone.sync()

    def restart(self) -> None:
        """Let another worker take over, once the lease of the first is over."""
        self.world.restarted()
        self.world.wait(20_000)
        for phone in self.phones:
            phone.transport.parts = self.world.parts

    # In short

    def look(self, peer: Phone, name: str = "r1", /, **request: Any) -> list[str]:
        """Open a request and return the names of those on the short list."""
        ok(peer.do("request.open", **{"id": name, "topics": GRIEF, **request}))
        self.settle()
        return self.listed(peer, name)

    def listed(self, peer: Phone, name: str = "r1") -> list[str]:
        """Return the names on the short list that is there."""
        return [person["name"] for person in self.people(peer, name)]

    def people(self, peer: Phone, name: str = "r1") -> list[Wire]:
        found = [row for row in peer.records("shortlist") if row["id"] == name]
        return found[0]["data"]["people"] if found else []

    def card(self, peer: Phone, who: str, name: str = "r1") -> str:
        return next(person["id"] for person in self.people(peer, name) if person["name"] == who)

    def choose(self, peer: Phone, who: str, name: str = "r1") -> Wire:
        """Choose somebody by name, let all phones fetch it, and return the outcome."""
        outcome = peer.do("request.choose", id=name, person=self.card(peer, who, name))
        self.settle()
        return outcome

    def ask(self, peer: Phone, specialist: Phone, name: str = "r1", /, **request: Any) -> str:
        """Bring a peer's request to a specialist, and return the id of the offer."""
        if not any(row["id"] == name for row in peer.records("request")):
            self.look(peer, name, **request)
        ok(self.choose(peer, specialist.user.removeprefix("id-").title(), name))
        return self.offers(specialist)[-1]

    def pair(self, peer: Phone, specialist: Phone, name: str = "r1", /, **request: Any) -> str:
        """Pair two people by an offer, and return their space. The specialist has signed the agreement."""
        ok(specialist.do("offer.accept", id=self.ask(peer, specialist, name, **request)))
        self.settle()
        return self.space(peer)

    def bond(self, peer: Phone, specialist: Phone, name: str = "r1", /, **request: Any) -> str:
        """Pair two people, who have both signed, and return their space."""
        space = self.pair(peer, specialist, name, **request)
        ok(peer.do("agreement.sign", space=space, sha256=self.pairing(peer, space)["proposed"]))
        self.settle()
        return space

    # What is to be seen

    def offers(self, specialist: Phone, state: str = "sent") -> list[str]:
        specialist.sync()
        return [row["id"] for row in specialist.records("offer") if row["data"]["state"] == state]

    def offer(self, specialist: Phone, name: str) -> Wire:
        specialist.sync()
        return specialist.replica[f"user:{specialist.user}", "offer", name]["data"]

    def request(self, peer: Phone, name: str = "r1") -> Wire:
        peer.sync()
        return peer.replica[f"user:{peer.user}", "request", name]["data"]

    def practice(self, specialist: Phone) -> Wire:
        specialist.sync()
        return specialist.records("practice")[0]["data"]

    def space(self, peer: Phone) -> str:
        """Return the space of somebody's newest pairing."""
        peer.sync()
        return peer.records("membership")[-1]["data"]["space"]

    def pairing(self, phone: Phone, space: str) -> Wire:
        phone.sync()
        return phone.records("pairing", space)[0]["data"]

    def next_request(self, space: str) -> str:
        return f"next.{space.removeprefix('pair:')}"
