"""The people who are called by an SOS, and what they are shown of it."""

import threading

from server.commands.context import Caller
from tests.trust.scene import ALWAYS, on_shift

WORDS = "I need somebody"
HOURS = {"zone": "UTC", "weekly": ALWAYS, "exceptions": {}}
NEVER = {"zone": "UTC", "weekly": [], "exceptions": {}}


def staff_of(world, specialist):
    """Return {name: phone}: sam is on shift, sue supervises sam, oscar is on call, olga sets who is."""
    on_shift(world, specialist)
    olga = world.phone(Caller("id-olga", "phone-of-olga", "operator"))
    oscar = world.phone(world.person("oscar", "operator"))
    assert olga.do("watch.edit", handle="oscar", hours=HOURS)["ok"]
    sue = world.phone(Caller("id-sue", "phone-of-sue", "supervisor"))
    return {"sam": specialist, "oscar": oscar, "sue": sue, "olga": olga}


def raised(phone, name="s1", **more):
    outcome = phone.do("sos.raise", id=name, **more)
    assert outcome["ok"], outcome
    return outcome["changes"][0]


def calls(phone):
    phone.sync()
    return phone.records("call")


def call(phone):
    [found] = [one for one in calls(phone) if one["data"]["state"] != "over"]
    return found["id"]


def sos(phone, name="s1"):
    phone.sync()
    [found] = [one for one in phone.records("sos") if one["id"] == name]
    return found["data"]


def climb(world, minutes):
    world.wait(minutes * 60_000)
    world.parts.scheduler.run()


def at_once(actions):
    gate, answers, failed = threading.Barrier(len(actions)), [None] * len(actions), []

    def run(number):
        gate.wait()
        try:
            answers[number] = actions[number]()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return answers
