"""Two people with records of many kinds, and the records that are left after one of them was erased."""

from tests.sealed import decoded


def say(phone, space, name, text):
    outcome = phone.do("message.send", space=space, id=name, text=text, origin="person")
    assert outcome["ok"], outcome


def remove(world, phone, said="erased"):
    """Delete an account, run the timers until nothing is due, and return the receipt."""
    receipt = world.parts.accounts.remove_confirmed(phone.transport.caller, said=said)
    settle(world)
    return receipt


def settle(world):
    for _ in range(100):
        if not world.parts.scheduler.run():
            return
    raise AssertionError("it never ends")


def stored(world, **where):
    return [one for one in decoded(world.mongo, world.mongo.records.find(where)) if not one.deleted]


def live_together(world, sam, ann, pair):
    """Let two people write records of many kinds; everything that ann writes contains CANARY."""
    say(ann, pair, "m1", "CANARY I am afraid")
    say(sam, pair, "m2", "I am here")
    ann.do("message.edit", space=pair, id="m1", text="CANARY I was afraid")
    ann.do("question.ask", space=pair, id="q1", text="CANARY Why?", locale="en")
    sam.do("question.answer", space=pair, id="q1", text="Because.")
    sam.do("question.ask", space=pair, id="q2", text="How?", locale="en")
    ann.do("question.answer", space=pair, id="q2", text="CANARY Well.")
    sam.do("step.propose", space=pair, id="s1", text="Walk.")
    ann.do("step.change", space=pair, id="s1", state="adopted", text="CANARY Run.")
    ann.do("strength.notice", space=pair, id="t1", text="CANARY You listen.")
    ann.do("letter.write", space=pair, text="CANARY Goodbye.")
    ann.do("note.put", id="n1", body="CANARY mine alone")
    sam.pull()
