"""The first story: two people find each other and talk, while one of their phones goes offline and comes back."""

import time
from contextlib import suppress

from rich.table import Table

from sync.clock import DAY
from tests.conftest import Running
from tests.demo.actors import chapter, console, equal
from tests.demo.online import Online
from tests.phone import Lost

YEAR = 365 * DAY  # ms


def tell(server: Running) -> None:
    """Tell the story."""
    sam = Online("Sam", server, server.user("specialist"))
    anns = server.user()
    ann, tablet = Online("Ann", server, anns), Online("Ann's tablet", server, server.device(anns))
    actors = [sam, ann, tablet]
    try:
        space = they_find_each_other(server, sam, ann)
        they_talk_live(sam, ann, space)
        ann_goes_offline(sam, ann, tablet, space)
        the_network_is_bad(ann, space)
        ann_comes_back(sam, ann, tablet, space)
        all_are_equal(actors, space)
    finally:
        for actor in actors:
            actor.offline()
            actor.http.close()


def sam_can_be_found(server: Running, sam: Online) -> None:
    """Say what Sam has lived through and when he is there; an operator says who supervises him."""
    olga = Online("Olga", server, server.user("operator"))
    sue = server.user("supervisor")
    week = [[day, 0, 1440] for day in range(7)]
    until = int(time.time() * 1000) + YEAR
    does = [
        sam.phone.do("profile.edit", languages={"en": 3}),
        sam.phone.do("availability.set", zone="Europe/Berlin", weekly=week),
        sam.phone.do("fact.put", id="grief", topic="grief_loss", kind="lived", depth=3, tier="profile"),
        sam.phone.do("practice.edit", name="Sam", places=2),
        olga.phone.do("specialist.certify", specialist=sam.tokens["handle"], supervisor=sue["handle"], until=until),
    ]
    assert all(done["ok"] for done in does), does
    olga.http.close()


def they_find_each_other(server: Running, sam: Online, ann: Online) -> str:
    chapter("1  Ann needs someone")
    sam_can_be_found(server, sam)
    for actor in (sam, ann):
        actor.phone.sync()
        actor.online()
    ann.says("opens a request: it is about grief")
    assert ann.phone.do("request.open", id="request", topics={"grief_loss": 3}, languages={"en": 3}, name="Ann")["ok"]
    (person,) = ann.is_shown("shortlist")["data"]["people"]
    ann.says(f"is shown {person['name']}: {' '.join(reason['text']['en'] for reason in person['reasons'])}")
    ann.says(f"and one limit: {person['limit']['text']['en']}")
    assert ann.phone.do("request.choose", id="request", person=person["id"])["ok"]
    assert sam.phone.do("offer.accept", id=sam.is_shown("offer")["id"])["ok"]
    sam.says("is asked, and says yes")
    pairing = ann.is_shown("pairing")
    space: str = pairing["space"]
    assert not ann.phone.do("message.send", space=space, id="early", text="Hello", origin="person")["ok"]
    ann.says("cannot write before both have signed; reads what they agree on, and signs it")
    assert ann.phone.do("agreement.sign", space=space, sha256=pairing["data"]["proposed"])["ok"]
    sam.phone.sync()
    return space


def they_talk_live(sam: Online, ann: Online, space: str) -> None:
    chapter("2  They talk, live")
    said = ((ann, sam, "Hello. Is this a good time?"), (sam, ann, "It is. I am glad you wrote."))
    for speaker, listener, text in said:
        speaker.says(f"writes “{text}”")
        started = time.perf_counter()
        speaker.phone.do("message.send", space=space, id=f"{speaker.name}-1", text=text, origin="person")
        listener.waits_for(text, space, started)
    ann.phone.do("note.put", id="journal", title="Monday", body="I wrote to Sam.")


def ann_goes_offline(sam: Online, ann: Online, tablet: Online, space: str) -> None:
    chapter("3  Ann's phone goes offline, and everybody goes on writing")
    tablet.phone.sync()
    ann.offline()
    ann.phone.does("message.send", space=space, id="train", text="I am on a train.", origin="person")
    ann.phone.does("message.edit", space=space, id="Ann-1", text="Hello. Is this a good time? It helps to write.")
    ann.phone.does("note.put", id="journal", title="Monday, on the train")
    ann.says(f"writes, edits a message and the title of her note: these {len(ann.phone.outbox)} wait on her phone")
    sam.phone.do("message.send", space=space, id="Sam-2", text="Take your time.", origin="person")
    sam.says("writes “Take your time.”")
    tablet.phone.do("note.put", id="journal", body="I wrote to Sam, and it was good.")
    tablet.says("changes the text of the same note")


def the_network_is_bad(ann: Online, space: str) -> None:
    chapter("4  Her phone finds a network, and it is a bad one")
    ann.http.twice_next = ann.http.lose_next = True
    with suppress(Lost):
        ann.phone.push()
    ann.says("sends them: they arrive twice, and the answer is lost")
    ann.says(f"knows nothing, so all {len(ann.phone.outbox)} go on waiting")


def ann_comes_back(sam: Online, ann: Online, tablet: Online, space: str) -> None:
    chapter("5  The phone comes back")
    outcomes = ann.phone.sync()
    ann.says(f"sends all {sum(outcome['ok'] for outcome in outcomes)} again: each is done, and none of it twice")
    for actor in (sam, tablet, ann):
        actor.phone.pull()
    note = ann.phone.records("note")[0]["data"]
    ann.says(f"both edits of the note are kept: “{note['title']}” / “{note['body']}”")


def all_are_equal(actors: list[Online], space: str) -> None:
    chapter("6  What each of them has now")
    table = Table("", *[actor.name for actor in actors])
    rows = zip(*[actor.phone.records("message", space) for actor in actors], strict=True)
    for number, row in enumerate(rows, 1):
        table.add_row(str(number), *[message["data"]["text"] for message in row])
    console.print(table)
    shared = [{name: row for name, row in actor.phone.replica.items() if name[0] == space} for actor in actors]
    assert shared[0] == shared[1] == shared[2]
    assert actors[1].phone.replica == actors[2].phone.replica
    equal(len(shared[0]))
