"""The second story: three months between two people, from the first word to the last."""

from server.store.database import Mongo
from tests.demo.actors import cards, chapter, happens
from tests.demo.finding import they_can_be_found, they_find_each_other
from tests.demo.parting import they_part
from tests.demo.stage import ZONE, Person, Stage, day
from tests.demo.trouble import they_fall_out

HARD = "I did not pick up when he called, the evening before."
MINE = "I still pay for his phone, to hear him say that he is not in."
HIS = "I was angry with my father for dying. For years."


def tell(mongo: Mongo) -> None:
    """Tell the story."""
    stage = Stage(mongo, "2026-03-23T12:00")
    mara, tom, ida = stage.enters("Mara", "peer"), stage.enters("Tom", "specialist"), stage.enters("Ida", "specialist")
    they_can_be_found(stage, tom, ida)
    space = they_find_each_other(stage, mara, tom)
    tom_promises(stage, mara, tom, space)
    mara_passes(stage, mara, tom, space)
    hard = mara_says_something_hard(stage, mara, tom, space)
    they_open_together(stage, mara, tom, space)
    they_fall_out(stage, mara, tom, space)
    they_part(stage, mara, tom, ida, space, hard)


def tom_promises(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("2  Tom promises to be back")
    stage.later("2026-03-27T20:15")
    tom.says("is away for the weekend, and promises to be back on Monday at six")
    tom.does("promise.make", space=space, id="monday", by="2026-03-30T18:00", zone=ZONE)
    mara.says(f"does not see when he was last there. She sees “back by {day(mara.has('promise')['by_at'])}”")
    happens("On Sunday the clocks go forward. Six o'clock is still six o'clock.")
    tom.offline()
    stage.later("2026-03-30T17:52")
    tom.says("sits on a train, without a network")
    tom.writes(space, "I am back. How was the weekend?")
    tom.does("promise.keep", space=space, id="monday")
    stage.later("2026-03-30T18:30")
    assert mara.has("promise")["state"] == "made"
    mara.says("has heard nothing yet; nor does her phone say that he broke his word")
    stage.later("2026-03-30T18:47")
    tom.online()
    tom.says("comes home: his phone sends what has waited")
    promise = mara.has("promise")
    assert (promise["state"], promise["late"]) == ("kept", True)
    mara.says(f"reads “{mara.phone.texts(space)[-1]}” The promise is kept; only the network was late")


def mara_passes(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("3  A question, and no answer")
    stage.later("2026-04-02T19:20")
    tom.does("question.ask", space=space, id="hear", prompt="what_you_wish_to_hear")
    tom.says(f"asks “{mara.has('question')['text']}”")
    mara.does("question.pass", space=space, id="hear")
    mara.says("passes. That is an answer, and nothing will remind her")
    assert tom.has("question")["state"] == "passed"
    tom.writes(space, "Then we leave it.")


def mara_says_something_hard(stage: Stage, mara: Person, tom: Person, space: str) -> str:
    chapter("4  Something that is hard to say")
    stage.later("2026-04-03T21:30")
    hard = mara.writes(space, HARD, hard_to_say=True)
    assert tom.has("message", space)["hard_to_say"]
    tom.says("sees that this was hard to say. Before he has words, he answers: heard · with you")
    tom.does("ack.set", space=space, message=hard, heard=True, with_you=True)
    ack = mara.has("ack")
    assert (ack["heard"], ack["with_you"]) == (True, True)
    mara.says("sees “heard” and “with you” beside her words")
    tom.writes(space, "Thank you for telling me. You could not have known.")
    return hard


def they_open_together(stage: Stage, mara: Person, tom: Person, space: str) -> None:
    chapter("5  They open something together")
    stage.later("2026-04-05T16:00")
    tom.says("invites her to open something together: “What I have told nobody”. Each writes a card, and seals it")
    tom.does("disclosure.invite", space=space, id="nobody", theme="What I have told nobody")
    mara.online()
    mara.offline()
    mara.does("disclosure.seal", space=space, id="nobody", text=MINE)
    mara.says("writes her card in the mountains, without a network, and seals it")
    tom.does("disclosure.seal", space=space, id="nobody", text=HIS)
    assert tom.has("disclosure")["state"] == "sealed"
    assert not tom.knows(MINE)
    tablet = stage.another_phone(mara)
    tablet.sync()
    assert HIS not in str(tablet.replica)
    tom.says("seals his. Hers is not shown to him, nor his to her, on any of her devices")
    stage.later("2026-04-05T19:10")
    mara.online()
    opened = mara.has("disclosure")
    assert tom.has("disclosure") == opened
    mara.says("comes down to the valley, and in the same instant both cards are open, on both phones:")
    names = {member: told["name"] for member, told in mara.has("pairing", space)["members"].items()}
    cards(*sorted((names[member], card["text"]) for member, card in opened["cards"].items()))
    seqs = {one.phone.records("disclosure")[-1]["seq"] for one in (mara, tom)}
    assert len(seqs) == 1, seqs
