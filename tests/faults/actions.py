"""Random actions of people on their phones."""

import random
import time

from tests.faults.history import CheckedPhone


def act(phone: CheckedPhone, space: str, chance: random.Random) -> None:
    """Do something that a person does with a phone, network or not."""
    words = f"{phone.name} says {chance.randrange(10**6)}"
    mine = [change["id"] for change in phone.records("message", space) if change["author"] == phone.spaces()[space]]
    note = f"n{chance.randrange(8)}"
    what = chance.choices(["send", "edit", "delete", "put", "throw", "read", "profile"], [40, 12, 6, 15, 4, 15, 8])[0]
    if what == "send" or (what in {"edit", "delete"} and not mine):
        phone.does("message.send", space=space, id=f"{phone.name}-{len(phone.done)}", text=words, origin="person")
    elif what == "edit":
        phone.does("message.edit", space=space, id=chance.choice(mine), text=words)
    elif what == "delete":
        phone.does("message.delete", space=space, id=chance.choice(mine))
    elif what == "put":
        phone.does("note.put", id=note, title=words)
    elif what == "throw":
        phone.does("note.delete", id=note)
    elif what == "read":
        phone.does("position.read", space=space, seq=phone.positions.get(space, 0))
    else:
        phone.does("profile.edit", about=words)


def live(phone: CheckedPhone, space: str, chance: random.Random, most: int) -> None:
    """Do some things, then try to reach the server."""
    for _ in range(chance.randint(1, most)):
        act(phone, space, chance)
    if chance.random() < 0.3:
        phone.push()
    chance.choice([phone.sync, phone.pull])(limit=chance.choice([5, 50, 500, 500]))
    time.sleep(chance.random() * 0.02)


def write(phone: CheckedPhone, space: str, _: random.Random) -> None:
    """Send one message, and whatever still waits."""
    phone.does("message.send", space=space, id=f"{phone.name}-{len(phone.done)}", text="x", origin="person")
    phone.push()
