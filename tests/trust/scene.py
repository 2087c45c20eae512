"""The set-up of tests of trust: a network with notifications, requests of users, and a pairing with a history."""

import json

from server.accounts.tokens import Tokens
from server.bus import Bus
from server.effects import Effects
from server.effects.live_frames import Rooms
from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR
from tests.conftest import CONFIG
from tests.matched import listening, looking, shortlist
from tests.sealed import push_tokens
from tests.sync.stories import Air

RX, WM = "/api/v1/adapters/rxdb", "/api/v1/adapters/watermelondb/sync"
NOWHERE = "pair:" + "a" * 26
ALWAYS = [[day, 0, 1440] for day in range(7)]


class Sky(Air):
    """The network between the server and phones; it also collects notifications."""

    def connect(self):
        self.rooms = {}
        for sid, phone in enumerate(self.phones):
            phone.transport.parts = self.world.parts
            for space in self.world.parts.reader.memberships(phone.user):
                self.enter_room(sid, space)
        rooms, pending = Rooms(self, Bus()), self.world.parts.notifications.pending
        self.world.parts.group_commit._after = Effects([rooms.admit], [rooms.show], {}, pending.collect).follow


def send(phone, space, name, text):
    return phone.do("message.send", space=space, id=name, text=text, origin="person")


def asking(world, phone):
    """Return a function that sends a request as somebody, and returns the answer as text."""
    caller, client = phone.transport.caller, world.parts.app.test_client()
    if AccountStore(world.mongo).device(caller.device) is None:
        AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)

    def ask(path, **how):
        token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
        method = "POST" if "json" in how else "GET"
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(path, method=method, headers=headers, **how).get_data(as_text=True)

    return ask


def rows(ask, kind, checkpoint=None):
    return json.loads(ask(f"{RX}/{kind}/pull", json={"checkpoint": checkpoint, "batchSize": 1000}))


def reachable(world, phone):
    asking(world, phone)
    push_tokens(world.mongo).put(phone.transport.caller.device, {"platform": "fcm", "token": phone.user})


def pushed(world, phone):
    """Enqueue and send what is due, and return what has been sent to somebody since the last time."""
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    sent = [one.payload for one in world.parts.notifications.provider.sent if one.token == phone.user]
    world.parts.notifications.provider.sent.clear()
    return sent


def on_shift(world, specialist):
    """Let a specialist be called at any hour."""
    world.person("sue", "supervisor")
    listening(world, specialist, world.phone(world.person("olga", "operator")))
    assert specialist.do("availability.set", zone="UTC", weekly=ALWAYS, exceptions={})["ok"]


def lived(world, moment):
    """Return (sam, ann, space): matched, with records of many kinds, and with their pairing at some ``moment``."""
    world.person("sue", "supervisor")
    olga, sam, ann, tina = (
        world.phone(world.person(*who))
        for who in (("olga", "operator"), ("sam", "specialist"), ("ann", "peer"), ("tina", "specialist"))
    )
    for one in (sam, tina):
        listening(world, one, olga)
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    looking(world, ann, "r0")
    first = shortlist(ann, "r0")
    names = world.mongo.records.find_one({"kind": "shortlist"})["hidden"]["people"]
    assert ann.do("request.choose", id="r0", person=next(one for one in first if names[one] == "id-sam"))["ok"]
    sam.sync()
    [offer] = sam.records("offer")
    assert sam.do("offer.accept", id=offer["id"])["ok"]
    sam.sync(), ann.sync()
    [space] = sam.spaces()
    if moment != "agreement_pending":
        [pairing] = ann.records("pairing", space)
        assert ann.do("agreement.sign", space=space, sha256=pairing["data"]["proposed"])["ok"]
        assert send(sam, space, "s1", "from sam")["ok"]
        assert send(ann, space, "a1", "from ann")["ok"]
        for phone, name, args in (
            (sam, "question.ask", {"id": "q1", "text": "How are you?", "locale": "en"}),
            (ann, "disclosure.invite", {"id": "d1", "theme": "Fear"}),
            (sam, "disclosure.seal", {"id": "d1", "text": "The dark."}),
            (ann, "promise.make", {"id": "v1", "sort": "back", "by": "2026-11-24T18:00", "zone": "Europe/Berlin"}),
            (ann, "story.edit", {"text": "It began in winter."}),
            (sam, "session.open", {"until": world.time + 2 * HOUR, "idle_minutes": 30}),
        ):
            where = {} if name == "story.edit" else {"space": space}
            assert phone.do(name, **args, **where)["ok"], name
    looking(world, ann, "r1")  # she looks for somebody else as well, and sam may be on that list
    if moment == "paused":
        assert ann.do("pairing.pause", pairing=space[5:])["ok"]
    if moment == "handover":
        assert sam.do("handover.announce", pairing=space[5:], until=world.time + 7 * DAY)["ok"]
    return sam, ann, space
