"""Apps built from docs/rxdb.md, with the real RxDB: what they may rely on under every fault."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.store.tombstones import expire_tombstones
from tests.adapters.conftest import paired
from tests.adapters.program import Failure, Program
from tests.adapters.rxdb import App, Bare, eventually, program, same
from tests.adapters.streams import Stream
from tests.conftest import CONFIG, Running
from tests.phone import Wire

VERSIONS = [17, 16]
LIVE = ["socket", "sse"]
CROSSED = [(17, "socket"), (16, "socket"), (17, "poll")]
EACH = [(17, "socket"), (16, "sse")]


@pytest.fixture(scope="module")
def node() -> Iterator[Program]:
    running = program()
    yield running
    running.end()


@pytest.fixture
def app(server, node) -> Iterator[Callable[..., App]]:
    """Return a function that opens an app for a user, on a new device."""
    opened: list[App] = []

    def make(phone: Any, *collections: str, tokens: Any = None, **how: Any) -> App:
        bare = Bare(server.address, phone.tokens["access_token"])
        how = {"version": 17, "live": "socket", "gate": True, "conflicts": "merge", "retry": 200, **how}
        how |= {"collections": collections or ["message"], "schemas": bare.schemas()}
        bare.close()
        opened.append(App(node, address=server.address, tokens=tokens or server.device(phone.tokens), **how))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def expiring(server, phone, seconds: float) -> dict[str, Any]:
    """Return the tokens of a new device whose access token expires soon."""
    tokens = server.device(phone.tokens)
    caller = Caller(tokens["user"], tokens["device"], tokens["role"])
    now = int(time.time() * 1000) - 600_000 + int(seconds * 1000)
    return {**tokens, "access_token": Tokens(CONFIG.secret_keys).access(caller, now)[0]}


def heard(phone, space) -> list[str]:
    phone.pull()
    return phone.texts(space)


def position(phone, space) -> int | None:
    """Return how far a user has read, as a native phone of the user is told."""
    phone.pull()
    return phone.position(space).get("read")


def dotted(space) -> str:
    return space.replace(":", ".")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_app_of_the_documentation_works_as_it_is_written(server, node, app, sam, ann, space, version):
    sam.do("message.send", space=space, id="m1", text="welcome", origin="person")
    anns = app(ann, version=version, documented=True)
    assert set(anns.collections) == set(anns.do("suggested")["peer"])
    same({1}, lambda: {len(anns.rows(kind)) for kind in ("message", "membership", "pairing")})
    anns.say(space, "hello")
    same(["welcome", "hello"], lambda: heard(sam, space))
    last = sam.do("message.send", space=space, id="m2", text="how are you?", origin="person")["changes"][0]
    same(["welcome", "hello", "how are you?"], lambda: anns.do("listen", space=space))
    anns.do("markRead", space=space, first_seq=last["first_seq"])
    same(last["first_seq"], lambda: position(ann, space))
    anns.do("markRead", space=space, first_seq=1)
    anns.say(
        space,
        "fine",
        reply_to=next(row for row, text in anns.cells("message", "text").items() if text == last["data"]["text"]),
    )
    same("fine", lambda: heard(sam, space)[-1])
    assert next(m for m in sam.records("message") if m["data"]["text"] == "fine")["data"]["reply_to"] == "m2"
    assert anns.rows("position")[dotted(space)]["read"] == last["first_seq"]
    sam.pull()
    assert not sam.records("position"), "that is nobody's business but ann's"


@pytest.mark.parametrize("live", LIVE)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_there_is_comes_first_and_what_happens_is_shown_at_once(app, sam, ann, space, version, live):
    for number in range(130):  # more than a page
        sam.does("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
    sam.push()
    anns = app(ann, "message", "note", version=version, live=live)
    same([f"{n}" for n in range(130)], lambda: anns.texts(space))
    anns.connected()
    sam.do("message.edit", space=space, id="m7", text="edited")
    sam.do("message.delete", space=space, id="m8")
    sam.do("message.send", space=space, id="new", text="new", origin="person")
    same(["6", "edited", "9", "new"], lambda: anns.texts(space)[6:9] + anns.texts(space)[-1:])
    ann.do("note.put", id="n1", title="a note", mood=3)
    same({"n1": 3}, lambda: anns.cells("note", "mood"))
    assert anns.errors() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_here_is_stored_once_and_comes_back_whole(app, sam, ann, space, version):
    anns = app(ann, "message", version=version)
    mine = anns.say(space, "hello")
    assert anns.rows("message")[mine]["first_seq"] == 0
    same(["hello"], lambda: heard(sam, space))
    row = eventually(lambda: anns.rows("message")[mine]["first_seq"] and anns.rows("message")[mine])
    [stored] = sam.records("message")
    assert (row["author"], row["first_seq"]) == (stored["author"], stored["first_seq"])
    for text in ("one", "two", "three"):
        anns.patch("message", mine, text=text)
    same(["three"], lambda: heard(sam, space))
    anns.remove("message", mine)
    same([], lambda: heard(sam, space))
    anns.pushed("message")
    assert anns.rows("message") == {}
    assert anns.errors() == []


def test_two_devices_of_one_person_are_the_same_down_to_the_ids(app, sam, ann, space):
    phone, tablet = app(ann, "message", version=17), app(ann, "message", version=16, live="sse")
    phone.say(space, "from the phone")
    same(["from the phone"], lambda: tablet.texts(space))
    tablet.say(space, "from the tablet")
    sam.do("message.send", space=space, id="m1", text="from sam", origin="person")
    same(3, lambda: len([row for row in phone.rows("message").values() if row["first_seq"]]))
    same(phone.rows("message"), lambda: tablet.rows("message"))


@pytest.mark.parametrize("live", LIVE)
def test_what_was_written_offline_arrives_once_when_back(app, sam, ann, space, live):
    anns = app(ann, "message", "note", live=live)
    anns.connected()
    anns.offline()
    first = anns.say(space, "in a tunnel")
    anns.say(space, "still there")
    anns.patch("message", first, text="in a long tunnel")
    anns.remove("message", anns.say(space, "never mind"))
    anns.insert("note", "n1", title="written offline")
    sam.do("message.send", space=space, id="m1", text="where are you?", origin="person")
    assert len(anns.pending("message")) == 3
    anns.online()
    anns.pushed("message")
    anns.pushed("note")
    same(["where are you?", "in a long tunnel", "still there"], lambda: heard(sam, space))
    same(heard(sam, space), lambda: anns.texts(space))
    ann.pull()
    assert [note["data"]["title"] for note in ann.records("note")] == ["written offline"]


@pytest.mark.parametrize("fault", [{"lost": True}, {"unanswered": True}, {"delay": 300}])
@pytest.mark.parametrize("on", ["push", "pull"])
def test_lost_requests_and_answers_lose_and_double_nothing(app, sam, ann, space, on, fault):
    anns = app(ann, "message", live="poll")
    anns.do("inSync", collection="message")
    anns.fault(on, times=2, **fault)
    for text in ("one", "two", "three"):
        anns.say(space, text)
    sam.do("message.send", space=space, id="m1", text="four", origin="person")
    anns.resync()
    anns.pushed("message")
    same(["four", "one", "three", "two"], lambda: sorted(heard(sam, space)))
    same(heard(sam, space), lambda: [anns.resync(), anns.texts(space)][1])


@pytest.mark.parametrize(("conflicts", "title", "body"), [
    ("default", "theirs", "old"), ("client", "old", "mine"), ("merge", "theirs", "mine"),
])  # fmt: skip
@pytest.mark.parametrize("version", VERSIONS)
def test_a_conflict_is_what_the_handler_makes_of_it(app, ann, version, conflicts, title, body):
    ann.do("note.put", id="n1", title="old", body="old")
    anns = app(ann, "note", version=version, conflicts=conflicts)
    same(["n1"], lambda: list(anns.rows("note")))
    anns.offline()
    anns.patch("note", "n1", body="mine")
    ann.do("note.put", id="n1", title="theirs")
    anns.fault("pull", times=1, delay=500)  # so that the push comes first and meets the conflict
    anns.online()
    anns.pushed("note")
    row = {"title": title, "body": body}
    same(row, lambda: {name: anns.rows("note")["n1"][name] for name in row})
    same(row, lambda: [ann.pull(), {name: ann.records("note")[0]["data"][name] for name in row}][1])


@pytest.mark.parametrize(("version", "conflicts"), [(17, "default"), (17, "client"), (17, "merge"), (16, "client")])
def test_what_is_refused_is_put_right_and_not_asked_for_ever(app, sam, ann, space, version, conflicts):
    sam.do("message.send", space=space, id="m1", text="sam's", origin="person")
    ann.do("position.read", space=space, seq=3)
    anns = app(ann, "message", "membership", "position", "pairing", version=version, conflicts=conflicts)
    same(1, lambda: len(anns.rows("membership")) and len(anns.rows("message")) and len(anns.rows("pairing")) and 1)
    same(3, lambda: anns.rows("position").get(dotted(space), {}).get("read"))
    [theirs], [membership], [pairing] = (list(anns.rows(kind)) for kind in ("message", "membership", "pairing"))
    before = {kind: anns.rows(kind) for kind in anns.collections}
    anns.patch("message", theirs, text="forged")
    anns.patch("membership", membership, role="specialist")
    anns.patch("pairing", pairing, state="invited")
    anns.patch("position", dotted(space), read=1)
    anns.say("pair:nobody-there", "hello?")
    same(before, lambda: {kind: anns.rows(kind) for kind in anns.collections})
    anns.remove("message", theirs)
    anns.remove("pairing", pairing)
    same(before, lambda: {kind: anns.rows(kind) for kind in anns.collections})
    for kind in anns.collections:
        anns.pushed(kind)
    pushes = [asked for asked in anns.do("asked") if asked["path"].endswith("push")]
    assert len(pushes) < 25
    time.sleep(4)  # rows that are sent once more must not cause new pushes
    assert [asked for asked in anns.do("asked") if asked["path"].endswith("push")] == []
    assert {kind: anns.rows(kind) for kind in anns.collections} == before
    assert anns.errors() == []


def test_a_message_into_an_ended_pairing_is_taken_back(app, sam, ann, space):
    anns = app(ann, "message", "pairing")
    same(["active"], lambda: list(anns.cells("pairing", "state").values()))
    anns.offline()
    anns.say(space, "too late")
    sam.do("pairing.end", pairing=space.removeprefix("pair:"))
    anns.online()
    same(["ended"], lambda: list(anns.cells("pairing", "state").values()))
    same([], lambda: anns.texts(space))
    anns.pushed("message")
    assert heard(sam, space) == []


def test_a_pairing_is_ended_by_writing_so(app, sam, ann, space):
    anns = app(ann, "pairing")
    [pairing] = eventually(lambda: list(anns.rows("pairing")))
    anns.patch("pairing", pairing, state="ended")
    same(["ended"], lambda: [sam.pull(), [row["data"]["state"] for row in sam.records("pairing")]][1])
    same(["ended"], lambda: list(anns.cells("pairing", "state").values()))


def test_a_text_that_is_too_long_is_cut_here_as_well(app, sam, ann, space):
    anns = app(ann, "note")
    mine = anns.insert("note", title="t" * 201)
    same({mine: "t" * 200}, lambda: anns.cells("note", "title"))


def test_of_two_read_marks_the_higher_one_stays(app, sam, ann, space):
    for number in range(6):
        sam.do("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
    phone, tablet = app(ann, "position", "membership"), app(ann, "position", "membership", version=16)
    for one in (phone, tablet):
        same(1, lambda one=one: len(one.rows("membership")))
    phone.do("markRead", space=space, first_seq=4)
    same(4, lambda: tablet.rows("position").get(dotted(space), {}).get("read"))
    for one in (phone, tablet):
        one.offline()
    phone.do("markRead", space=space, first_seq=8)
    tablet.do("markRead", space=space, first_seq=6)
    for one in (tablet, phone):
        one.online()
        one.pushed("position")
    for one in (tablet, phone):
        same(8, lambda one=one: one.rows("position")[dotted(space)]["read"])
    assert position(ann, space) == 8


def test_half_an_emoji_holds_up_nothing(app, sam, ann, space):
    anns = app(ann, "message", live="poll")
    anns.offline()
    anns.say(space, "cut in half: \ud83d")
    anns.say(space, "whole: 👋")
    anns.online()
    anns.pushed("message", 5)
    assert heard(sam, space)[-1] == "whole: 👋"


def test_what_was_deleted_stays_deleted_even_if_it_is_made_again(app, ann):
    phone, tablet = app(ann, "note"), app(ann, "note", version=16, conflicts="client")
    for one in (phone, tablet):
        one.insert("note", f"of-{one.name}", title="first")
        one.pushed("note")
        one.remove("note", f"of-{one.name}")
        one.pushed("note")
        time.sleep(0.5)  # until the echo of its own push has passed
        one.insert("note", f"of-{one.name}", title="again")
    for one in (phone, tablet):
        same({}, lambda one=one: one.rows("note"))
        one.pushed("note")


def test_two_devices_write_the_same_document_for_the_first_time(app, ann):
    phone, tablet = app(ann, "profile"), app(ann, "profile", version=16)
    for one, fields in ((phone, {"name": "Ann"}), (tablet, {"about": "I listen."})):
        one.offline()
        one.insert("profile", "me", **fields)
    for one in (phone, tablet):
        one.online()
        one.pushed("profile")
    right = {"name": "Ann", "about": "I listen."}
    for one in (phone, tablet):
        same(right, lambda one=one: {name: one.rows("profile")["me"][name] for name in right})


@pytest.mark.parametrize("live", LIVE)
def test_who_joins_a_space_is_given_it_and_who_loses_it_has_it_taken_away(app, online, sam, live, revoke):
    bob = online()
    kinds = ("message", "membership", "pairing")
    bobs = app(bob, *kinds, live=live)
    bobs.connected()
    space = paired(sam, bob)
    sam.do("message.send", space=space, id="m1", text="welcome", origin="person")
    same([1, 1, 1], lambda: [len(bobs.rows(kind)) for kind in kinds])
    bobs.say(space, "thank you")
    same(["welcome", "thank you"], lambda: heard(sam, space))
    revoke(bob, space)
    sam.do("message.send", space=space, id="m2", text="not for bob", origin="person")
    same([0, 0, 0], lambda: [bobs.resync(), *(len(bobs.rows(kind)) for kind in kinds)][1:])
    bobs.pushed("message")
    assert "not for bob" not in str(bobs.do("asked"))


@pytest.fixture(scope="module")
def second(server, mongodb, tmp_path_factory) -> Iterator[Running]:
    """Return another worker on the database of the running one. Nothing else connects the two."""
    path, _, query = mongodb.partition("?")
    uri = f"{path.rstrip('/')}/{server.mongo.name}?{query}"
    running = Running(server.mongo, MONGODB_URI=uri, DATA_DIR=str(tmp_path_factory.mktemp("second")))
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("version", "live", "gate", "workers"),
    [
        *[(version, live, gate, 1) for version, live in CROSSED for gate in (True, False)],
        *[(version, "poll", False, 2) for version in VERSIONS],
    ],
)
def test_a_change_that_is_pulled_while_a_push_is_under_way_is_not_lost(request, app, ann, version, live, gate, workers):
    ann.do("note.put", id="n1", title="old", body="old")
    pulls = request.getfixturevalue("second").address if workers == 2 else None
    anns = app(ann, "note", version=version, live=live, gate=gate, pulls=pulls)
    same(["n1"], lambda: list(anns.rows("note")))
    anns.do("inSync", collection="note")
    crossing(anns, "note", lambda: anns.patch("note", "n1", body="mine"), gate=gate)
    same("mine", lambda: [ann.pull(), ann.records("note")[0]["data"]["body"]][1])
    ann.do("note.put", id="n1", title="theirs")
    right = {"title": "theirs", "body": "mine"}
    same(right, lambda: [live == "poll" and anns.resync(), {name: anns.rows("note")["n1"][name] for name in right}][1])
    asked = anns.do("asked")
    assert crossed(asked, "n1") is not gate, shortly(asked)
    anns.pushed("note")


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_correction_that_is_pulled_while_a_push_is_under_way_is_not_lost(app, sam, ann, space, version, gate):
    sam.do("message.send", space=space, id="m1", text="sam's", origin="person")
    anns = app(ann, "message", version=version, gate=gate)
    [theirs] = eventually(lambda: list(anns.rows("message")))
    anns.do("inSync", collection="message")
    crossing(anns, "message", lambda: anns.patch("message", theirs, text="forged"), gate=gate)
    eventually(lambda: anns.pending("message") == [])
    same({theirs: "sam's"}, lambda: anns.cells("message", "text"))
    asked = anns.do("asked")
    assert crossed(asked, theirs) is not gate, shortly(asked)


def crossing(one: App, collection: str, write: Callable[[], None], *, gate: bool) -> None:
    """Write while a pull is under way: the pull is answered after the push was done, but before the push is answered.

    With a gate, the push begins only after the pull has ended. So the pull is only delayed, and does not wait for it.
    """
    one.do("asked")
    one.fault("pull", **({"wait": 700} if gate else {"after": "push"}))
    one.do("resync", collection=collection)
    if not gate:
        eventually(lambda: one.do("held"))
        one.fault("push", until="pull", delay=500)  # a moment in which RxDB stores what it pulled
    write()
    if not gate:  # a document that changes while it is pulled comes with the next pull instead
        eventually(lambda: one.do("answered") >= len(["push", "pull"]))


def crossed(requests: list[Wire], row: str) -> bool:
    """Tell from the requests of an app whether a row was pulled while its push was under way."""
    return any(
        "pull" in request["path"]
        and [document["id"] for document in request["answer"].get("documents", [])] == [row]
        and any("push" in path for path in request["during"])
        for request in requests
    )


def shortly(requests: list[Wire]) -> str:
    """Return the requests of an app with their answers, a line for each."""
    answers = [request["answer"] for request in requests]
    said = [answer.get("documents", answer) if isinstance(answer, dict) else answer for answer in answers]
    return "\n".join(
        f"{request['path']} {request['status']} during {request['during']}: {answer}"
        for request, answer in zip(requests, said, strict=True)
    )


@pytest.mark.parametrize("live", LIVE)
def test_a_connection_that_is_cut_again_and_again_misses_nothing(app, sam, ann, space, live):
    anns = app(ann, "message", live=live)
    anns.connected()
    for burst in range(3):
        for number in range(40):
            sam.does("message.send", space=space, id=f"m{burst}-{number}", text=f"{burst}-{number}", origin="person")
        anns.do("cut")
        while sam.outbox:
            assert all(outcome["ok"] for outcome in sam.push())
        anns.connected()
    same([f"{b}-{n}" for b in range(3) for n in range(40)], lambda: anns.texts(space))


@pytest.mark.parametrize(("version", "live"), EACH)
def test_an_app_goes_on_when_its_token_expires(app, server, sam, ann, space, version, live):
    anns, first = connected_until_it_expires(app, server, ann, version=version, live=live)
    sam.do("message.send", space=space, id="m1", text="before", origin="person")
    same(["before"], lambda: anns.texts(space))
    eventually(lambda: anns.do("token") != first)
    anns.connected()
    sam.do("message.send", space=space, id="m2", text="after", origin="person")
    same(["before", "after"], lambda: anns.texts(space))


def connected_until_it_expires(app, server, phone, **how: Any) -> tuple[App, str]:
    """Return an app that is connected by a token of 2 to 16 seconds, as long as the machine needs, and that token."""
    for seconds in (2, 4, 8, 16):
        tokens = expiring(server, phone, seconds)
        one = app(phone, "message", tokens=tokens, **how)
        one.connected()
        if one.do("token") == tokens["access_token"]:
            return one, tokens["access_token"]
        one.close()
    raise AssertionError("an app needs more than 16 s to connect")


@pytest.mark.parametrize("live", LIVE)
def test_a_device_that_is_signed_out_is_shown_nothing_more(app, server, sam, ann, space, live):
    tokens = server.device(ann.tokens)
    anns = app(ann, "message", live=live, tokens=tokens)
    anns.connected()
    ann.transport.send("DELETE", f"devices/{tokens['device']}")
    sam.do("message.send", space=space, id="m1", text="not for this device", origin="person")
    eventually(lambda: not anns.do("connected"))
    anns.resync()
    eventually(anns.errors)
    assert anns.rows("message") == {}


def test_an_app_whose_stream_is_ended_as_one_too_many_connects_again(app, server, sam, ann, space):
    """The oldest stream is mostly dead, but need not be: an app that stays connected would be shown nothing more."""
    anns = app(ann, "message", live="socket", tokens=ann.tokens)
    anns.connected()
    sam.do("message.send", space=space, id="m1", text="before", origin="person")
    same(["before"], lambda: anns.texts(space))
    with contextlib.ExitStack() as others:
        for _ in range(4):
            one = Stream(server.address, "message", header=ann.tokens["access_token"])
            others.callback(one.close)
            one.reading()
        eventually(lambda: not anns.do("connected"))
        anns.connected()
        sam.do("message.send", space=space, id="m2", text="after", origin="person")
        same(["before", "after"], lambda: anns.texts(space))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_missed_is_pulled_although_changes_wait_before_it(app, sam, ann, space, version):
    """While RxDB pushes, changes wait. It drops a RESYNC that is next behind them, so the app gives it two."""
    anns = app(ann, "message", version=version, live="socket")
    anns.connected()
    anns.do("inSync", collection="message")
    anns.fault("push", wait=8_000)
    anns.say(space, "mine")
    sam.do("message.send", space=space, id="m1", text="heard", origin="person")
    eventually(lambda: anns.do("heard"))
    anns.do("cut")
    sam.do("message.send", space=space, id="m2", text="missed", origin="person")
    eventually(lambda: anns.do("connected"))
    same({"heard", "missed", "mine"}, lambda: set(anns.texts(space)))


@pytest.mark.parametrize("version", VERSIONS)
def test_who_was_away_too_long_starts_over_and_keeps_what_was_not_sent(app, server, sam, ann, space, version):
    for number in range(4):
        sam.do("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
    anns = app(ann, "message", "note", version=version)
    same(["0", "1", "2", "3"], lambda: anns.texts(space))
    mine = anns.say(space, "mine")
    same(["0", "1", "2", "3", "mine"], lambda: heard(sam, space))
    anns.pushed("message")
    anns.offline()
    anns.say(space, "not sent yet")
    anns.patch("message", mine, text="mine, edited")
    sam.do("message.delete", space=space, id="m1")
    gone = sam.do("message.delete", space=space, id="m2")["changes"][0]["seq"]
    sam.do("message.send", space=space, id="m4", text="4", origin="person")
    assert expire_tombstones(server.mongo, space, gone) == 2
    anns.fault("push", times=2, lost=True)
    anns.online()
    same(["message"], lambda: anns.do("rebuilt"))
    same(["0", "3", "mine, edited", "4", "not sent yet"], lambda: heard(sam, space))
    same(heard(sam, space), lambda: anns.texts(space))
    sam.do("message.send", space=space, id="m5", text="5", origin="person")
    same("5", lambda: anns.texts(space)[-1])


FAULTS: list[dict[str, Any]] = [{"lost": True}, {"unanswered": True}, {"delay": 200}, {"wait": 200}]


def mishap(chance: random.Random, one: App, space: str, step: int) -> None:
    """Do one random action, or inject one fault. Another device may delete the row that a device changes."""
    own = sorted(row for row in one.rows("message") if "." not in row)
    doing = chance.choice(["say", "say", "say", "edit", "delete", "note", "fault", "cut"])
    if doing == "say" or (doing in {"edit", "delete"} and not own):
        one.say(space, f"step {step}")
    elif doing == "edit":
        one.patch("message", chance.choice(own), text=f"edited in step {step}")
    elif doing == "delete":
        one.remove("message", chance.choice(own))
    elif doing == "note" and "note" in one.collections:
        note = f"note-{chance.randrange(3)}"
        (one.patch if note in one.rows("note") else one.insert)("note", note, title=f"step {step}")
    elif doing == "fault":
        one.fault(chance.choice(["push", "pull"]), **chance.choice(FAULTS))
    else:
        one.do("cut")


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_on_the_way_all_end_up_with_the_same(app, sam, ann, space, seed):
    chance = random.Random(seed)
    devices = [
        app(ann, "message", "note", version=17, live="socket"),
        app(ann, "message", "note", version=16, live="sse"),
        app(ann, "message", "note", version=17, live="socket", gate=False),
    ]
    sams = app(sam, "message", version=16)
    for step in range(60):
        with contextlib.suppress(Failure):
            mishap(chance, chance.choice([*devices, sams]), space, step)
    for one in (*devices, sams):
        one.online()
        one.pushed("message")
    same([], lambda: [one.texts(space) for one in (*devices, sams) if one.texts(space) != heard(sam, space)])
    told = heard(sam, space)
    messages, notes = (agreed(devices, kind) for kind in ("message", "note"))
    assert heard(ann, space) == told
    assert len(messages) == len(told)
    assert {note["id"]: note["data"]["title"] for note in ann.records("note")} == {
        note: cells["title"] for note, cells in notes.items()
    }


def agreed(devices: list[App], collection: str) -> dict[str, Any]:
    """Wait until all devices of a person have the same rows, and return these."""

    def differences() -> list[Any]:
        first, *others = [one.rows(collection) for one in devices]
        unseen = [row for row in first.values() if not row["first_seq"]]
        return unseen + [other for other in others if other != first]

    same([], differences)
    return devices[0].rows(collection)
