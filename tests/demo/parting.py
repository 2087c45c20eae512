"""The second story, the end: Tom has to leave, Ida comes, and Mara keeps what there was."""

from server.trust.walltime import instant
from tests.demo.actors import chapter, equal, shown
from tests.demo.finding import accepted, introduced, signed
from tests.demo.path import our_path
from tests.demo.stage import ZONE, Person, Stage, day
from tests.phone import Name, Wire

STORY = "My brother Jan died in autumn. I did not pick up when he called. What helps: patience, and no advice."


def they_part(stage: Stage, mara: Person, tom: Person, ida: Person, space: str, hard: str) -> None:
    """Tell the end of the story."""
    tom_has_to_leave(stage, mara, tom, space)
    they_hold_on(stage, mara, tom, space, hard)
    theirs = ida_comes(stage, mara, tom, ida, space)
    they_say_goodbye(stage, mara, tom, space)
    mara_reads_all_of_it(stage, mara, tom, space)
    they_go_on(mara, ida, theirs)
    all_are_equal(stage, mara, tom, space)


def tom_has_to_leave(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("10  Tom has to leave")
    stage.later("2026-06-08T19:00")
    words = "I am moving away for a job, and cannot go on. It has nothing to do with you."
    tom.says(f"says so, and two weeks ahead: “{words}”")
    until = instant("2026-06-21T22:00", ZONE)
    tom.does("handover.announce", pairing=space.removeprefix("pair:"), until=until, words=words)
    handover = mara.has("handover")
    mara.says(f"reads it, and until when they have: {day(handover['until'])}")


def they_hold_on(stage: Stage, mara: Person, tom: Person, space: str, hard: str) -> None:
    """Let both hold on to the same message: first one, then the other."""
    pin = {"space": space, "kind": "message", "of": hard}
    mara.does("milestone.pin", **pin)
    mara.says("holds on to what was hard to say, for herself")
    tom.online()
    assert not tom.phone.records("milestone")
    assert not tom.phone.records("pin")
    tom.does("milestone.pin", **pin)
    tom.says("cannot know that, and holds on to the same words")
    assert tom.has("milestone") == mara.has("milestone")
    mara.says("sees that both do: now it is a milestone of theirs")


def ida_comes(stage: Stage, mara: Person, tom: Person, ida: Person, space: str) -> str:
    chapter("11  Who comes next is for Mara to say")
    stage.later("2026-06-09T18:00")
    person = introduced(mara)["Ida"]
    mara.does("request.choose", id=f"next.{space.removeprefix('pair:')}", person=person["id"])
    mara.says("chooses Ida")
    ida.online()
    ida.says("is asked, and says yes")
    theirs = accepted(ida)
    signed(mara, ida, theirs)
    mara.does("story.edit", text=STORY)
    mara.does("story.share", space=theirs)
    mara.says("gives Ida her story card, so that she need not tell everything again")
    ida.says(f"reads “{ida.has('story_card', theirs)['text']}”")
    ida.writes(theirs, "Hello Mara. I will be patient. What was Jan like?")
    assert not set(ida.phone.spaces()) & {space}
    assert not ida.knows("Tom")
    ida.says("sees nothing else: not one word of what Mara and Tom have written")
    assert tom.has("handover")["state"] == "completed"
    tom.says("sees that somebody is there for her")
    return theirs


def they_say_goodbye(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("12  Goodbye")
    mara.offline()
    stage.later("2026-06-20T11:00")
    mara.does("letter.write", space=space, text="You stayed when I was silent. I will write to Mum on Sunday.")
    mara.says("writes her letter at a lake, without a network")
    tom.does("letter.write", space=space, text="You began with 'I do not know how'. Look how far that went.")
    tom.says("writes his")
    stage.later("2026-06-20T20:00")
    mara.online()
    for one, other in ((mara, tom), (tom, mara)):
        one.online()
        [letter] = [row for row in one.phone.records("letter") if row["author"] != one.phone.spaces()[space]]
        one.says(f"reads {other.name}'s letter: “{letter['data']['text']}”")
    mara.writes(space, "Goodbye, Tom.")
    tom.writes(space, "Goodbye, Mara.")


def mara_reads_all_of_it(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("13  What stays")
    stage.later("2026-06-22T08:00")
    assert mara.has("pairing", space)["state"] == tom.has("pairing", space)["state"] == "ended"
    late = mara.phone.do("message.send", space=space, id="late", text="Are you there?", origin="person")
    assert late["error"]["details"]["state"] == "ended"
    mara.says("cannot write to Tom any more. What there was stays")
    mara.offline()
    mara.says("switches the network off, and reads all of it:")
    shown(our_path(mara, space))
    mara.online()


def they_go_on(mara: Person, ida: Person, space: str) -> None:
    mara.writes(space, "Jan liked trains. He never said goodbye on the phone.")
    assert "Jan liked trains." in ida.has("message", space)["text"]
    ida.writes(space, "Tell me about the trains.")


def all_are_equal(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    fresh = stage.another_phone(mara)
    fresh.sync()
    replicas = [_within(phone.replica, space) for phone in (mara.phone, tom.phone, fresh)]
    mara.says("takes a new phone: all of it is there as well")
    assert replicas[0] == replicas[1] == replicas[2]
    equal(len(replicas[0]))


def _within(replica: dict[Name, Wire], space: str) -> dict[Name, Wire]:
    return {name: row for name, row in replica.items() if name[0] == space}
