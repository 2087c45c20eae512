"""`make demo`: a story of two people and three phones, told in the terminal against a server of its own."""

import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from pymongo import MongoClient
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from schemas.agreement import AGREED
from server.embedded import Embedded
from server.store.database import NAME, database
from tests.conftest import Running
from tests.phone import Lost, Phone, Wire
from tests.transports import Http, Socket

console = Console(highlight=False)
COLOURS = {"Sam": "cyan", "Ann": "magenta", "Ann's tablet": "yellow"}


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


def chapter(title: str) -> None:
    console.print(Panel(title, style="bold", expand=False))


def tell(server: Running) -> None:
    """Tell the story."""
    sam = Actor("Sam", server, server.user("specialist"))
    anns = server.user()
    ann, tablet = Actor("Ann", server, anns), Actor("Ann's tablet", server, server.device(anns))
    actors = [sam, ann, tablet]
    try:
        space = they_pair(sam, ann)
        they_talk_live(sam, ann, space)
        ann_goes_offline(sam, ann, tablet, space)
        the_network_is_bad(ann, space)
        ann_comes_back(sam, ann, tablet, space)
        all_are_equal(actors, space)
    finally:
        for actor in actors:
            actor.offline()
            actor.http.close()


def they_pair(sam: Actor, ann: Actor) -> str:
    chapter("1  Two people are paired")
    code = sam.phone.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    sam.says(f"invites with the code [bold]{code}[/]")
    space: str = ann.phone.do("pairing.join", agreement=AGREED, code=code, name="Ann")["changes"][0]["space"]
    ann.says("joins; the space of their pairing appears on both phones")
    for actor in (sam, ann):
        actor.phone.sync()
        actor.online()
    return space


def they_talk_live(sam: Actor, ann: Actor, space: str) -> None:
    chapter("2  They talk, live")
    said = ((ann, sam, "Hello. Is this a good time?"), (sam, ann, "It is. I am glad you wrote."))
    for speaker, listener, text in said:
        speaker.says(f"writes “{text}”")
        started = time.perf_counter()
        speaker.phone.do("message.send", space=space, id=f"{speaker.name}-1", text=text)
        listener.waits_for(text, space, started)
    ann.phone.do("note.put", id="journal", title="Monday", body="I wrote to Sam.")


def ann_goes_offline(sam: Actor, ann: Actor, tablet: Actor, space: str) -> None:
    chapter("3  Ann's phone goes offline, and everybody goes on writing")
    tablet.phone.sync()
    ann.offline()
    ann.phone.does("message.send", space=space, id="train", text="I am on a train.")
    ann.phone.does("message.edit", space=space, id="Ann-1", text="Hello. Is this a good time? It helps to write.")
    ann.phone.does("note.put", id="journal", title="Monday, on the train")
    ann.says(f"writes, edits a message and the title of her note: {len(ann.phone.outbox)} mutations wait in the outbox")
    sam.phone.do("message.send", space=space, id="Sam-2", text="Take your time.")
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
