"""`make demo`: a story of two people and three phones, told in the terminal against a server of its own."""

import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from pymongo import MongoClient
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from server.embedded import Embedded
from server.store.database import NAME, database
from tests.conftest import Running
from tests.phone import Lost, Phone, Wire
from tests.transports import Http, Socket

console = Console(highlight=False)
YEAR = 365 * 86_400_000  # ms
COLOURS = {"Sam": "cyan", "Ann": "magenta", "Ann's tablet": "yellow", "Olga": "white"}


class Flaky(Http):
    """HTTP with a bad network: the next answer can be lost, or the next request sent twice."""

    lose_next = twice_next = False

    def call(self, verb: str, body: Wire) -> Wire:
        if self.twice_next:
            self.twice_next = False
            super().call(verb, body)
        answer = super().call(verb, body)
        if self.lose_next:
            self.lose_next = False
            raise Lost
        return answer


class Actor:
    """A person with a phone in their hand."""

    def __init__(self, name: str, server: Running, tokens: Wire) -> None:
        self.name, self.server, self.tokens = name, server, tokens
        self.http = Flaky(server.address, tokens["access_token"])
        self.phone = Phone(self.http, tokens["user"], tokens["device"], lambda: int(time.time() * 1000))
        self.live: Socket | None = None

    def says(self, text: str) -> None:
        console.print(f"[{COLOURS[self.name]}]{self.name:>13}[/]  {text}")

    def online(self) -> None:
        self.live = Socket(self.server.address, self.tokens["access_token"], self.phone)

    def offline(self) -> None:
        if self.live is not None:
            self.live.close()
            self.live = None

    def waits_for(self, text: str, space: str, started: float) -> None:
        assert self.live is not None
        self.live.wait(lambda: text in self.phone.texts(space))
        self.says(f"sees “{text}” live, {1000 * (time.perf_counter() - started):.0f} ms later")

    def is_shown(self, kind: str) -> Wire:
        """Wait until the phone is shown a record of some kind, and return it."""
        assert self.live is not None
        frames = self.live.frames
        self.live.wait(lambda: any(frame.get("change", {}).get("kind") == kind for frame in frames))
        self.phone.pull()
        return self.phone.records(kind)[0]


def chapter(title: str) -> None:
    console.print(Panel(title, style="bold", expand=False))


def tell(server: Running) -> None:
    """Tell the story."""
    sam = Actor("Sam", server, server.user("specialist"))
    anns = server.user()
    ann, tablet = Actor("Ann", server, anns), Actor("Ann's tablet", server, server.device(anns))
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


def sam_can_be_found(server: Running, sam: Actor) -> None:
    """Say what Sam has lived through and when he is there; an operator says who supervises him."""
    olga = Actor("Olga", server, server.user("operator"))
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


def they_find_each_other(server: Running, sam: Actor, ann: Actor) -> str:
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
    refused = ann.phone.do("message.send", space=space, id="early", text="Hello", origin="person")["error"]["code"]
    ann.says(f"cannot write before both have signed ({refused}); reads what they agree on, and signs it")
    assert ann.phone.do("agreement.sign", space=space, sha256=pairing["data"]["proposed"])["ok"]
    sam.phone.sync()
    return space


def they_talk_live(sam: Actor, ann: Actor, space: str) -> None:
    chapter("2  They talk, live")
    said = ((ann, sam, "Hello. Is this a good time?"), (sam, ann, "It is. I am glad you wrote."))
    for speaker, listener, text in said:
        speaker.says(f"writes “{text}”")
        started = time.perf_counter()
        speaker.phone.do("message.send", space=space, id=f"{speaker.name}-1", text=text, origin="person")
        listener.waits_for(text, space, started)
    ann.phone.do("note.put", id="journal", title="Monday", body="I wrote to Sam.")


def ann_goes_offline(sam: Actor, ann: Actor, tablet: Actor, space: str) -> None:
    chapter("3  Ann's phone goes offline, and everybody goes on writing")
    tablet.phone.sync()
    ann.offline()
    ann.phone.does("message.send", space=space, id="train", text="I am on a train.", origin="person")
    ann.phone.does("message.edit", space=space, id="Ann-1", text="Hello. Is this a good time? It helps to write.")
    ann.phone.does("note.put", id="journal", title="Monday, on the train")
    ann.says(f"writes, edits a message and the title of her note: {len(ann.phone.outbox)} mutations wait in the outbox")
    sam.phone.do("message.send", space=space, id="Sam-2", text="Take your time.", origin="person")
    sam.says("writes “Take your time.”")
    tablet.phone.do("note.put", id="journal", body="I wrote to Sam, and it was good.")
    tablet.says("changes the text of the same note")


def the_network_is_bad(ann: Actor, space: str) -> None:
    chapter("4  Her phone finds a network, and it is a bad one")
    ann.http.twice_next = ann.http.lose_next = True
    with suppress(Lost):
        ann.phone.push()
    ann.says("sends her outbox: the request arrives twice, and the answer is lost")
    ann.says(f"knows nothing, so all {len(ann.phone.outbox)} mutations stay in the outbox")


def ann_comes_back(sam: Actor, ann: Actor, tablet: Actor, space: str) -> None:
    chapter("5  The phone comes back")
    outcomes = ann.phone.sync()
    ann.says(f"sends all of it again: {sum(outcome['ok'] for outcome in outcomes)} outcomes, none of it done twice")
    for actor in (sam, tablet, ann):
        actor.phone.pull()
    note = ann.phone.records("note")[0]["data"]
    ann.says(f"both edits of the note are kept: “{note['title']}” / “{note['body']}”")


def all_are_equal(actors: list[Actor], space: str) -> None:
    chapter("6  What each of them has now")
    table = Table("", *[actor.name for actor in actors])
    rows = zip(*[actor.phone.records("message", space) for actor in actors], strict=True)
    for number, row in enumerate(rows, 1):
        table.add_row(str(number), *[message["data"]["text"] for message in row])
    console.print(table)
    shared = [{name: row for name, row in actor.phone.replica.items() if name[0] == space} for actor in actors]
    assert shared[0] == shared[1] == shared[2]
    assert actors[1].phone.replica == actors[2].phone.replica
    console.print(f"[bold green]The replicas are equal[/], record by record ({len(shared[0])} in their space).")


@contextmanager
def server_of_its_own():
    """Start a database and a server in a temporary directory, and stop both."""
    with tempfile.TemporaryDirectory() as directory:
        embedded = Embedded(Path(directory))
        with MongoClient(embedded.uri) as client:
            server = Running(database(client, NAME), MONGODB_URI=embedded.uri, DATA_DIR=directory)
            try:
                yield server
            finally:
                server.stop()
        embedded.stop()


if __name__ == "__main__":
    with server_of_its_own() as server:
        tell(server)
