"""The second story, the middle: what stays with Mara, what comes between them, and an evening with an end."""

from server.trust.walltime import instant
from tests.demo.actors import chapter
from tests.demo.stage import ZONE, Person, Stage, day

CALM = (("2026-04-06T20:00", 8, 8, 8), ("2026-04-20T20:00", 7, 8, 8), ("2026-05-04T20:00", 8, 9, 8),
        ("2026-05-18T20:00", 8, 8, 7))  # fmt: skip
QUIET = [[1320, 420]]  # 22:00 to 07:00


def they_fall_out(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    """Tell the middle of the story."""
    mara_looks_for_herself(stage, mara, tom, space)
    they_repair_it(stage, mara, tom, space)
    they_talk_for_an_evening(stage, mara, tom, space)
    nothing_rings_at_night(stage, mara, tom, space)


def mara_looks_for_herself(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("6  What stays with Mara")
    mara.says("is asked three things every other week: could I say it, can I rely on it, did we both give?")
    for number, (local, *values) in enumerate(CALM):
        stage.later(local)
        if number == 1:
            mara.says("is on an island, without a network")
            mara.offline()
        answers(mara, space, f"week-{2 * number + 2}", *values)
    mara.online()
    mara.says("comes back: each answer counts for the day on which she gave it")
    trend = mara.has("trend")
    assert [day(row["at"]) for row in trend["series"]] == [day(instant(local, ZONE)) for local, *_ in CALM]
    assert trend["hint"] is None
    tom.online()
    assert not {"checkin", "trend"} & {kind for _, kind, _ in tom.phone.replica}
    tom.says("sees none of it, and nobody else does")


def answers(mara: Person, space: str, name: str, *values: int) -> None:
    """Let Mara answer, for herself alone."""
    could, rely, gave = values
    args = {"pairing": space.removeprefix("pair:"), "could_say": could, "can_rely": rely, "both_gave": gave}
    mara.does("checkin.put", id=name, **args)
    told = round(sum(values) / len(values))
    mara.says(f"answers {could}, {rely} and {gave}  [magenta]{'■' * told}[/][dim]{'□' * (10 - told)}[/]")


def they_repair_it(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("7  Something comes between them")
    stage.later("2026-05-30T19:00")
    tom.writes(space, "You should just call your mother and get it over with.")
    mara.online()
    mara.says("reads it, and writes nothing")
    stage.later("2026-06-01T20:00")
    answers(mara, space, "week-10", 3, 4, 2)
    assert mara.has("trend")["hint"] == "strict"
    mara.says("is told by her phone, and nobody else is: this is far below what is usual for her")
    mara.says("invites Tom to talk about the two of them: “I do not want to be told what to do.”")
    mara.does("repair.invite", space=space, id="advice", words="I do not want to be told what to do.")
    assert tom.has("repair")["state"] == "invited"
    tom.says("says yes, let us talk about us")
    tom.does("repair.accept", space=space, id="advice")
    tom.writes(space, "That was advice, and you had not asked for any. I am sorry.")
    assert mara.has("repair")["state"] == "accepted"
    mara.writes(space, "I was afraid to say it. Now it is said.")
    mara.does("repair.close", space=space, id="advice")
    assert tom.has("repair")["state"] == "closed"
    mara.says("says that it is good again")


def they_talk_for_an_evening(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("8  An evening with an end")
    stage.later("2026-06-03T20:00")
    tom.does("session.open", space=space, until=instant("2026-06-03T21:00", ZONE))
    tom.says(f"has time tonight. Both see from the start when it ends: {day(mara.has('session')['until'])}")
    mara.writes(space, "I wrote to her. One line.")
    mara.does("step.propose", space=space, id="line", text="Write Mum one line, once a week.")
    mara.says("chooses a step, and only she can: “Write Mum one line, once a week.”")
    assert tom.has("step")["state"] == "adopted"
    tom.does("strength.notice", space=space, id="stay", text="You say the hard thing, and then you stay.")
    tom.says(f"says what he notices in her: “{mara.has('strength')['text']}”")
    stage.later("2026-06-03T20:25")
    mara.does("session.close", space=space, words="I go lighter than I came.")
    assert tom.has("session")["state"] == "closing"
    mara.says("closes with “I go lighter than I came.” The evening is not cut off: Tom has ten minutes")
    tom.does("session.close", space=space, words="Sleep well, Mara.")
    assert mara.has("session")["state"] == "closed"
    tom.says("closes with “Sleep well, Mara.” The evening has ended, and nobody was left in the middle")


def nothing_rings_at_night(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("9  At night nothing rings")
    tom.does("quiet.set", zone=ZONE, spans=QUIET)
    tom.does("position.read", space=space, seq=tom.phone.positions[space])
    tom.says("wants quiet from ten at night until seven in the morning")
    stage.rings(tom)
    tom.offline()
    for local, text in (("23:10", "I cannot sleep."), ("23:14", "No need to answer."), ("23:40", "It helps to write.")):
        stage.later(f"2026-06-03T{local}")
        mara.writes(space, text)
        assert stage.heard(tom) == []
    tom.says("sleeps; his phone is silent")
    stage.later("2026-06-04T07:00")
    [push] = stage.heard(tom)
    assert (push["what"], push["badge"]) == ("new", 3)
    tom.says(f"is rung once: there is something new, {push['badge']} messages to read. Not what, and not from whom")
    tom.online()
    tom.writes(space, "Good morning, Mara. I have read it, and I am here.")
