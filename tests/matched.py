"""Matching in short: a specialist who can be found, a peer who looks for somebody, and their pairing."""

from sync.clock import HOUR
from tests.conftest import World
from tests.phone import Phone

EVERY_DAY = [[day, 480, 1320] for day in range(7)]


def listening(world: World, specialist: Phone, operator: Phone, **practice: object) -> None:
    """Let a specialist be found: languages, hours, two places, something lived through, and a supervisor, sue."""
    for outcome in (
        specialist.do("profile.edit", languages={"en": 3}, gender="woman", age_band="40_59"),
        specialist.do("availability.set", zone="Europe/Berlin", weekly=EVERY_DAY, exceptions={}),
        specialist.do("practice.edit", **{"name": "Sam", "places": 2, **practice}),
        specialist.do("fact.put", id="f1", topic="grief_loss", kind="lived", depth=3, tier="profile"),
        operator.do(
            "specialist.certify",
            specialist=specialist.user.removeprefix("id-"),
            supervisor="sue",
            until=world.time + 90 * 24 * HOUR,
        ),
    ):
        assert outcome["ok"], outcome


def looking(world: World, peer: Phone, name: str, **more: object) -> None:
    """Let a peer open a request, and let the timers serve it."""
    asked = {"topics": {"grief_loss": 3}, "languages": {"en": 3}, "name": "Ann", **more}
    opened = peer.do("request.open", id=name, **asked)
    assert opened["ok"], opened
    world.parts.scheduler.run()
    peer.sync()


def shortlist(peer: Phone, request: str) -> list[str]:
    """Return the ids of the people on a short list."""
    return [one["id"] for row in peer.records("shortlist") if row["id"] == request for one in row["data"]["people"]]


def matched(world: World, specialist: Phone, peer: Phone, name: str = "r1") -> str:
    """Let a peer choose a specialist who can be found, and both agree; return their space."""
    looking(world, peer, name)
    chosen = peer.do("request.choose", id=name, person=shortlist(peer, name)[0])
    assert chosen["ok"], chosen
    specialist.sync()
    [offer] = [row for row in specialist.records("offer") if row["data"]["state"] == "sent"]
    known = specialist.spaces().keys()
    accepted = specialist.do("offer.accept", id=offer["id"])
    assert accepted["ok"], accepted
    specialist.sync(), peer.sync()
    [space] = specialist.spaces().keys() - known
    [pairing] = peer.records("pairing", space)
    signed = peer.do("agreement.sign", space=space, sha256=pairing["data"]["proposed"])
    assert signed["ok"], signed
    specialist.sync(), peer.sync()
    return space
