"""What Beside keeps of people to bring them together is shown to nobody, and nobody is told anybody's account.

Everybody, in every role, asks at every endpoint, for every table of every adapter, and is shown every live frame, in
a world in which people are matched, wait for an answer, and part.
"""

import json

import pytest

from schemas.table import TABLES, VERSION
from server.accounts.tokens import Tokens
from server.commands.context import COMMANDS
from server.store.accounts import AccountStore
from sync.clock import HOUR, MINUTE
from sync.record import notification_space, peer_space, specialist_space
from tests.conftest import CONFIG
from tests.doors import ADAPTERS, DOORS, NOWHERE
from tests.good import GOOD
from tests.matched import listening, looking, matched, shortlist
from tests.sealed import push_tokens
from tests.sync.heard import Heard
from tests.sync.stories import Air
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory

ROLES = {"ann": "peer", "bob": "peer", "eve": "peer", "sam": "specialist", "tina": "specialist", "sue": "supervisor",
         "olga": "operator"}  # fmt: skip


@pytest.fixture
def people(world):
    """Return {name: phone} in a world where much has happened; what each was answered and shown is in `.heard`."""
    phones = {name: world.phone(world.person(name, role)) for name, role in ROLES.items()}
    for phone in phones.values():
        device = phone.transport.caller.device
        AccountStore(world.mongo).add_device(device, phone.user, "phone", world.time)
        push_tokens(world.mongo).put(device, {"platform": "fcm", "token": device})
    follow = world.parts.group_commit._after
    air = Air(world, list(phones.values()))
    show = world.parts.group_commit._after
    world.parts.group_commit._after = lambda *changed: (follow(*changed), show(*changed))
    for phone in phones.values():
        phone.heard = []
        phone.transport = Heard(phone.transport, phone.heard)
    live_through(world, phones)
    for phone, frame in air.frames:
        phone.heard.append(json.dumps(frame))
    for phone in phones.values():
        phone.sync()
    return phones


def live_through(world, phones):
    """Ann and sam are matched, and sam leaves; bob waits for sam's answer; eve looks for somebody else."""
    ann, bob, eve, sam, olga = (phones[name] for name in ("ann", "bob", "eve", "sam", "olga"))
    listening(world, sam, olga, places=5)
    for phone in (ann, bob, eve):
        phone.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    space = matched(world, sam, ann)
    trust(world, phones, space)
    listening(world, sam, olga, places=5)
    ann.do("story.share", space=space)
    sam.do("position.read", space=space, seq=9)
    world.wait(2 * MINUTE)
    world.parts.scheduler.run()
    parted = matched(world, sam, eve, "r0")
    assert eve.do("pairing.rematch", pairing=parted.removeprefix("pair:"))["ok"]
    assert eve.do("block.set", space=parted, **GOOD["block.set"] | {"report": {"id": "p1", "ground": "other"}})["ok"]
    looking(world, bob, "r1")
    assert bob.do("request.choose", id="r1", person=shortlist(bob, "r1")[0])["ok"]
    until = world.time + 7 * 24 * HOUR
    assert sam.do("handover.announce", pairing=space.removeprefix("pair:"), until=until)["ok"]
    sam.do("agreement.propose", space=space, id="a2", terms={"weeks": 2})
    listening(world, phones["tina"], olga, name="Tina")
    looking(world, eve, "r2")
    world.parts.scheduler.run()
    world.parts.notifications.enqueuer.enqueue()


def trust(world, phones, space):
    """Let ann and sam live through all that builds trust; what she says last is hard, and sam says nothing to it."""
    ann, sam = phones["ann"], phones["sam"]
    Ready(world, ann, sam, space, olga=phones["olga"], sue=phones["sue"]).live()
    assert sam.do("milestone.pin", space=space, **GOOD["milestone.pin"])["ok"]
    assert ann.do("message.send", space=space, id="m5", text="It hurts.", origin="person", hard_to_say=True)["ok"]
    world.wait(5 * HOUR)
    world.parts.scheduler.run()


@pytest.fixture
def ask(world, people):
    """Return a function that sends a request as somebody, and the answer as text."""

    def send(name, method, path, **how):
        caller = people[name].transport.caller
        if (
            AccountStore(world.mongo).device(caller.device) is None
        ):  # not signed in yet, or signed out by what it asked for
            AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
        token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
        client = world.parts.app.test_client()
        answer = client.open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **how)
        assert answer.status_code < 500, (path, answer.get_data(as_text=True))
        if answer.mimetype != "text/event-stream":
            return answer.get_data(as_text=True)
        first = next(answer.iter_encoded()).decode()
        answer.close()
        return first

    return send


def body_of(path, phone):
    """Return a good body for an endpoint, as somebody may send it."""
    name = path.removeprefix("/api/v1/").replace("/", ".")
    space = next((space for space in phone.spaces()), NOWHERE)
    if name in GOOD:
        fields = COMMANDS[name].schema.fields
        pairing = {"pairing": space.removeprefix("pair:")} if "pairing" in fields else {}
        return GOOD[name] | ({"space": space} if "space" in fields else {}) | pairing
    if path.endswith("/push") and ADAPTERS in path:
        return [{"newDocumentState": {"id": "f1", "space": space}}]
    return {
        "mutate": {"id": "x1", "name": "fact.put", "args": GOOD["fact.put"], "at": "1-0"},
        "push": {"mutations": []},
        "sync": {"mutations": [], "cursor": None},
        "pull": {"cursor": None},
        "operator.match": {"dry_run": True},
        "push-token": {"token": "x"},
    }.get(name, {"checkpoint": None, "batchSize": 1000} if path.endswith("/pull") else {})


def paths(door, phone, cases):
    """Return every path of an endpoint: each table, each space that somebody is in, and each report."""
    found = [door.split(" ")[1].replace("<version>", str(VERSION - 1)).replace("<device>", "x")]
    for part, values in (
        ("<collection>", list(TABLES)),
        ("<space>", [*phone.spaces(), f"user:{phone.user}"]),
        ("<request>", ["r0", "r1", "r2"]),
        ("<id>", cases),
        ("<country>", ["DE"]),
    ):
        found = [path.replace(part, value) for path in found for value in (values if part in path else [""])]
    return found


def others(name):
    """Return what nobody may tell somebody: the spaces of Beside's own, and the accounts of all others."""
    return ["match:", "roster:", "bell:", "case:", "watch:", *(f"id-{other}" for other in ROLES if other != name)]


def leaks(name, text):
    return [word for word in others(name) if word in text]


def test_what_beside_keeps_is_there_to_be_found(world, people):
    """Otherwise nothing below would mean anything."""
    kinds = {row["kind"] for row in world.mongo.records.find({"space": {"$regex": "^(match|roster|bell|case|watch):"}})}
    assert kinds - {"arrival"} == {"peer", "specialist", "alarm", "bell", "case", "watch"}
    assert not kinds & TABLES.keys()
    shown = {row["kind"] for phone in people.values() for row in phone.replica.values()}
    assert shown == TABLES.keys() - {"note", "mute", "sanction", "security_event", "unread", "unsent"}
    for phone in people.values():
        assert phone.user in " ".join(phone.heard) or not phone.replica
    for name in ("ann", "sam"):
        assert len(people[name].heard) > 20


def test_no_outcome_page_or_frame_tells_of_them(people):
    told = [(name, found) for name in ROLES for text in people[name].heard if (found := leaks(name, text))]
    assert told == []


ACCOUNTS = {"GET /api/v1/operator/users"}  # what operators act on, by the ids of accounts


@pytest.mark.parametrize("name", ROLES)
def test_no_endpoint_tells_of_them(world, people, ask, name):
    phone, told, asked = people[name], [], 0
    cases = [case.id for case in world.parts.reader.live("case")]
    for door in DOORS:
        for path in paths(door, phone, cases):
            method = door.split(" ")[0]
            text = ask(name, method, path, json=body_of(path, phone)) if method == "POST" else ask(name, method, path)
            asked += 1
            told += [(door, leaks(name, text))] if leaks(name, text) and door not in ACCOUNTS else []
    assert asked > len(DOORS) + 5 * len(TABLES)
    assert told == []


@pytest.mark.parametrize("name", ["ann", "sam"])
def test_nor_does_a_stream_that_is_open_meanwhile(world, people, ask, name):
    """Every collection is listened to while everything changes."""
    phone, client = people[name], world.parts.app.test_client()
    ask(name, "GET", "/api/v1/devices")  # the device is signed in
    token, _ = Tokens(CONFIG.secret_keys).access(phone.transport.caller, world.time)
    streams = {
        kind: client.get(f"{ADAPTERS}/rxdb/{kind}/stream?token={token}", buffered=False).iter_encoded()
        for kind in TABLES
    }
    [space] = people["ann"].spaces()
    assert phone.do("message.send", space=space, id="m7", text="still here", origin="person")["ok"]
    assert phone.do("fact.put", id="f1", topic="loneliness", kind="lived", tier="match_only")["ok"]
    assert people["sam"].do("practice.edit", about="I listen.")["ok"]
    changed = {"message": "still here", "fact": "loneliness"} | ({"practice": "I listen."} if name == "sam" else {})
    told = {}
    for kind in changed:
        assert next(streams[kind]) == b": nothing new\n\n"
        told[kind] = next(streams[kind]).decode()
    for stream in streams.values():
        stream.close()
    assert all(words in told[kind] for kind, words in changed.items())
    assert [found for text in told.values() if (found := leaks(name, text))] == []


def test_their_spaces_are_spaces_that_are_not_there(people, ask):
    """Not even for those about whom they are."""
    for name, spaces in (
        ("ann", [peer_space("id-ann"), notification_space("id-ann")]),
        ("sam", [peer_space("id-sam"), specialist_space("id-sam"), notification_space("id-sam"), "watch:all"]),
    ):
        not_a_member = ask(name, "GET", f"/api/v1/spaces/{NOWHERE}/history").replace(NOWHERE, "")
        for space in spaces:
            assert ask(name, "GET", f"/api/v1/spaces/{space}/history").replace(space, "") == not_a_member
            page = json.loads(ask(name, "POST", "/api/v1/pull", json={"cursor": None, "spaces": [space]}))
            assert page["changes"] == []
            assert space not in page["positions"]
            rows = {"message": {"created": [{"id": "m9", "space": space, "text": "x"}], "updated": [], "deleted": []}}
            assert json.loads(ask(name, "POST", f"{ADAPTERS}/watermelondb/sync", json=rows)).keys() <= {"server_time"}


def test_their_kinds_are_collections_that_are_not_there(people, ask):
    kinds = {"peer", "specialist", "alarm", "bell", "case", "watch"}
    refused = [
        json.loads(ask("sam", "POST", f"{ADAPTERS}/rxdb/{name}/pull", json={"checkpoint": None, "batchSize": 9}))
        for name in [*kinds, "nothing"]
    ]
    assert [answer["error"] for answer in refused] == [refused[-1]["error"]] * len(refused)
    tables = json.loads(ask("sam", "GET", f"{ADAPTERS}/watermelondb/schema"))["tables"]
    assert not kinds & {table["name"] for table in tables}
    assert not kinds & json.loads(ask("sam", "GET", f"{ADAPTERS}/rxdb/schemas"))["collections"].keys()
