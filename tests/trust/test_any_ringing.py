"""Whatever happens in whatever order, on one worker or two: every device ends with the right number, and rang for news.

Of a history that fails the seed is printed: `STORY_SEED=<seed> pytest <this file>` tells it again. Short histories by
default; with STORY_STEPS, as in `make stories`, many and long ones.
"""

import os
import random

import pytest

from server.app import build
from server.notifications.enqueuer import BADGE, PRESENCE
from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR, MINUTE
from sync.record import private
from tests.conftest import CONFIG
from tests.sealed import push_tokens
from tests.trust.scene import send

LONG = int(os.environ.get("STORY_STEPS", "0"))
STEPS, HISTORIES = (LONG, 40) if LONG else (60, 4)
SEEDS = [int(os.environ["STORY_SEED"])] if "STORY_SEED" in os.environ else range(HISTORIES)
DEVICES = {"phone": "fcm", "tablet": "apns", "browser": "webpush"}
QUARTER, DAY_MINUTES = 15, DAY // MINUTE
SOON, TICK = MINUTE, 4_000  # ms: in which a message that nobody receives has rung; between two looks of the workers
ONCE = 1_000  # ms that a step takes at most, unless it waits


class Screen:
    """What a device shows, from the payloads that reached it."""

    def __init__(self):
        self.badge, self.shown, self.rang, self.payloads = 0, set(), [], []

    def take(self, payload, at):
        self.badge = payload["badge"]
        self.payloads.append(payload)
        if payload["what"] in {"new", "urgent"}:
            self.shown.add(payload["collapse"])
            self.rang.append(at)
        elif payload["what"] == "withdraw":
            self.shown.discard(payload["collapse"])


class History:
    """Sam writes, ann's three devices come and go, and two workers do the work in any order."""

    def __init__(self, world, seed, workers):
        self.world, self.chance = world, random.Random(seed)
        self.sam = world.phone(world.person("sam", "specialist"))
        ann = world.person("ann")
        self.space = world.paired(self.sam, world.phone(ann))
        self.parts = [world.parts, *(build(CONFIG, world.mongo, lambda: world.time) for _ in range(workers - 1))]
        self.phones = {name: world.phone(ann, name) for name in DEVICES}
        self.screens, self.open, self.failing = {name: Screen() for name in DEVICES}, set(), set()
        for name, platform in DEVICES.items():
            AccountStore(world.mongo).add_device(name, ann.user, name, world.time)
            push_tokens(world.mongo).put(name, {"platform": platform, "token": name})
        self.user, self.muted, self.is_quiet, self.names = ann.user, False, False, 0
        self.silent = []  # (device, when) of messages that did not ring in time
        self.written, self.asked, self.messages = [], [], {}  # times of what may ring; {id: when it was sent}
        self.excused = {name: set() for name in DEVICES}  # messages for which a device need not ring
        for parts in self.parts:
            parts.notifications.provider.send = self._provide
            parts.notifications.enqueuer._connected = parts.notifications.situations._connected = self._connected

    def _provide(self, sent):
        if sent.token in self.failing:
            raise TimeoutError
        self.screens[sent.token].take(sent.payload, self.world.time)

    def _connected(self, rooms):
        found = {f"device:{name}" for name in self.open} | ({private(self.user)} if self.open else set())
        return found.intersection(rooms)

    # Steps

    def write(self):
        self.names += 1
        name = f"m{self.names}"
        self._through(self.sam)
        assert send(self.sam, self.space, name, "hello")["ok"]
        self._happened(name)

    def ask(self):
        self.names += 1
        self._through(self.sam)
        assert self.sam.do("question.ask", space=self.space, id=f"q{self.names}", text="How?", locale="en")["ok"]
        self.asked.append(self.world.time)

    def edit(self):
        if self.messages:
            self._through(self.sam)
            name = self.chance.choice(list(self.messages))
            assert self.sam.do("message.edit", space=self.space, id=name, text="another")["ok"]

    def delete(self):
        if self.messages:
            self._through(self.sam)
            name = self.chance.choice(list(self.messages))
            assert self.sam.do("message.delete", space=self.space, id=name)["ok"]
            del self.messages[name]

    def deliver(self):
        self._says("position.delivered")

    def read(self):
        self._says("position.read")

    def come_or_go(self):
        self.open ^= {self.chance.choice(list(DEVICES))}

    def mute(self):
        self.muted = not self.muted and self.chance.random() < 0.5
        phone = self._any()
        how = {"until": None} if self.muted else {}
        assert phone.do("mute.set" if self.muted else "mute.lift", space=self.space, **how)["ok"]
        self._excuse(*DEVICES)

    def quiet(self):
        """Say that nothing may ring for some hours from now on, or that all may ring again."""
        self.is_quiet = not self.is_quiet
        minute = self.world.time // MINUTE % DAY_MINUTES
        start = minute - minute % QUARTER
        end = (start + self.chance.choice([2, 8]) * HOUR // MINUTE) % DAY_MINUTES
        assert self._any().do("quiet.set", zone="UTC", spans=[[start, end]] if self.is_quiet else [])["ok"]

    def mark(self):
        phone = self._any()
        found = [one["first_seq"] for one in phone.records("message", self.space)]
        if found and self.chance.random() < 0.7:
            assert phone.do("unread.mark", space=self.space, seq=self.chance.choice(found))["ok"]
        else:
            assert phone.do("unread.clear", space=self.space)["ok"]

    def wait(self):
        self.world.wait(self.chance.choice([500, PRESENCE, BADGE, 20_000]))

    def work(self):
        for parts in self.chance.sample(self.parts, len(self.parts)):
            if self.chance.random() < 0.7:
                parts.notifications.enqueuer.enqueue()
            if self.chance.random() < 0.7:
                parts.notifications.scheduler.run()

    def write_and_ring(self):
        """Write what nobody receives while all services work: it rings on every device within SOON."""
        if self.muted or self.is_quiet:
            return
        self.failing = set()
        self.write()
        written = self.world.time
        for _ in range(SOON // TICK):
            for parts in self.parts:
                parts.notifications.enqueuer.enqueue()
                parts.notifications.scheduler.run()
            self.world.wait(TICK)
        for name, screen in self.screens.items():
            if not any(at >= written for at in screen.rang):
                self.silent.append((name, written))

    def fail(self):
        self.failing ^= {self.chance.choice(list(DEVICES))}

    def run(self):
        self.write()
        while not all(screen.rang for screen in self.screens.values()):
            self.work()
        self.world.wait(1)
        steps = [self.write] * 6 + [self.work] * 6 + [self.wait] * 3 + [self.deliver, self.read, self.come_or_go]
        steps += [self.edit] * 4 + [self.ask, self.delete, self.mute, self.mark, self.fail, self.quiet]
        steps += [self.write_and_ring] * 2
        for _ in range(STEPS):
            self.chance.choice(steps)()
            self.world.wait(self.chance.randrange(1, ONCE))

    def end(self):
        """Let all services work again, and time pass until nothing is left to be told."""
        self.failing = set()
        for _ in range(12):
            for parts in self.parts:
                parts.notifications.enqueuer.enqueue()
                parts.notifications.scheduler.run()
            self.world.wait(HOUR)
        assert self.world.mongo.records.find_one({"kind": "bell"}).get("due") is None

    # Below here: how

    def _through(self, phone):
        phone.transport.parts = self.chance.choice(self.parts)

    def _any(self):
        phone = self.phones[self.chance.choice(list(DEVICES))]
        self._through(phone)
        phone.sync()
        return phone

    def _says(self, name):
        phone = self._any()
        found = [one["first_seq"] for one in phone.records("message", self.space)]
        if found:
            assert phone.do(name, space=self.space, seq=max(found))["ok"]
            self._excuse(phone.transport.caller.device, *self.open)

    def _excuse(self, *names):
        for name in names:
            self.excused[name] |= set(self.messages)

    def _happened(self, name):
        self.written.append(self.world.time)
        self.messages[name] = self.world.time
        if self.muted:
            self._excuse(*DEVICES)


def unread(phone, space):
    """Return how many messages a phone counts as unread, by what it has been synced: its own arithmetic."""
    me, position = phone.spaces()[space], phone.position(space).get("read", 0)
    marks = [one["data"] for one in phone.records("unread") if one["data"]["where"] == space]
    first = next((one["seq"] for one in marks if one["seq"] and one["read"] == position), position + 1)
    found = [one for one in phone.records("message", space) if one["author"] != me]
    return sum(one["first_seq"] > position or one["first_seq"] >= first for one in found)


def unfounded(rang, *causes):
    """Return the times at which a device rang although nothing had happened that had not rung there already.

    Messages and questions fall due at times of their own, so each may ring once more after the other has.
    """
    left, found = [list(one) for one in causes], []
    for at in rang:
        one = next((one for one in left if any(cause <= at for cause in one)), None)
        if one is None:
            found.append(at)
        else:
            one[:] = [cause for cause in one if cause > at]
    return found


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_history_ends_with_the_right_number_and_has_rung_for_what_was_news(world, seed, workers):
    history = History(world, seed, workers)
    history.run()
    history.end()
    assert history.silent == [], (seed, workers)
    phone = history.phones["phone"]
    phone.transport.parts = history.parts[0]
    phone.sync()
    badge, read = unread(phone, history.space), phone.position(history.space).get("read", 0)
    for name, screen in history.screens.items():
        where = (seed, workers, name)
        silent = [one for one in screen.payloads if one["what"] in {"badge", "withdraw"}]
        if DEVICES[name] == "webpush":
            assert silent == [], where
        else:
            assert screen.badge == badge, where
        assert all(one.keys() == {"what", "badge", "collapse"} for one in screen.payloads), where
        assert not unfounded(screen.rang, history.written, history.asked), where
        for message in phone.records("message", history.space):
            is_news = message["first_seq"] > read and message["id"] in history.messages
            if is_news and message["id"] not in history.excused[name]:
                assert any(at >= history.messages[message["id"]] for at in screen.rang), (*where, message["id"])
