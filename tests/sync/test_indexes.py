"""Whatever is asked of the database is found by an index: what one person does costs no more when there are many."""

# ruff: noqa: F811

from schemas.table import TABLES
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.notifications.recovery import ALIVE
from server.store.accounts import AccountStore
from server.store.database import database
from server.store.migrations import migrate, pending
from sync.client_databases.corrections import correct
from sync.clock import HOUR
from tests.asked import asked  # noqa: F401 — a fixture
from tests.conftest import CONFIG, PASSPHRASE, World
from tests.matched import listening, looking, matched
from tests.phone import Phone
from tests.quick import lay_out
from tests.sealed import push_tokens
from tests.trusted import Ready

FEW = ("migrations ", "leases ['_id', ")  # a few documents, whatever happens, one of which is asked for


def test_every_question_is_answered_by_an_index(asked, mongo):
    world, listener = asked
    day_in_the_life(world)
    often = [(name, where) for name, where in listener.questions if not is_forgetting(name, where)]
    assert len(often) < len(listener.questions), "need an account that is deleted"
    questions = {f"{name} {sorted(where)}": (name, where) for name, where in often}
    assert len(questions) > 12
    needed = {"records ['due']", "records ['live']", "ledger ['at']", "leases ['_id']"}
    assert needed <= questions.keys(), "need the questions of timers, and of who heals"
    scans = {}
    for shape, (name, where) in questions.items():
        if shape.startswith(FEW):
            continue
        plan = mongo.command({"explain": {"find": name, "filter": where}, "verbosity": "queryPlanner"})
        if "COLLSCAN" in str(plan):
            scans[shape] = where
    assert scans == {}


def is_forgetting(name, where) -> bool:
    """Tell whether this is for the entries of an account that is deleted, which are a range of ids of the ledger.

    MongoDB finds a range with its index of `_id`; the embedded database, which is small, reads through all ids.
    """
    return name == "ledger" and isinstance(where.get("_id"), dict) and where["_id"].keys() == {"$gt", "$lt"}


def day_in_the_life(world: World) -> None:
    """Let people do everything that people do every day."""
    accounts = world.parts.accounts
    tokens = accounts.register({"handle": "dan", "passphrase": PASSPHRASE, "device": "phone"}, "10.0.0.1")
    accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")
    caller = accounts.devices.caller(tokens["access_token"])
    sam, dan = world.phone(world.person("sam", "specialist")), world.phone(caller)
    space = world.paired(sam, dan)
    ready = Ready(world, dan, sam, space)
    operator = ready.people["olga"]
    world.person("una", "specialist")
    assert operator.do("pairing.invite", specialist="una")["ok"]
    dan.do("message.edit", space=space, id="m1", text="hello Sam")
    sam.sync()
    sam.do("position.read", space=space, seq=3)
    dan.do("note.put", id="n1", title="x")
    dan.sync()
    reader = world.parts.reader
    reader.history(space, 100, 10)
    reader.unread(sam.user, {space: sam.spaces()[space]})
    reader.oldest_due(world.time)
    reader.is_member(dan.user, space)
    reader.born(space, "message", 0, 100, 10)
    reader.early(f"rows:{dan.user}", "message", world.time)
    world.parts.backend.together(caller, [], lambda unit: correct(unit, TABLES["message"], "m1"))
    client, headers = world.parts.app.test_client(), {"Authorization": f"Bearer {tokens['access_token']}"}
    first = client.get("/api/v1/adapters/watermelondb/sync", headers=headers).get_json()["timestamp"]
    dan.do("note.put", id="n2", title="y")
    assert client.get(f"/api/v1/adapters/watermelondb/sync?last_pulled_at={first}", headers=headers).status_code == 200
    pull = {"checkpoint": None, "batchSize": 1}
    assert client.post("/api/v1/adapters/rxdb/message/pull", headers=headers, json=pull).status_code == 200
    trust_and_call(world, ready, caller)
    search_and_part(world, dan, operator)
    accounts.devices.sign_out(caller, caller.device)
    accounts.remove(caller, PASSPHRASE)


def trust_and_call(world: World, ready: Ready, caller: Caller) -> None:
    """Let two do all that builds trust; let timers run, people be notified, and a worker die; and let them part."""
    parts, space, sam = world.parts, ready.space, ready.people["sam"]
    ready.live()
    push_tokens(world.mongo).put(caller.device, {"platform": "fcm", "token": "t"})
    assert sam.do("message.send", space=space, id="m3", text="hello", origin="person", hard_to_say=True)["ok"]
    parts.notifications.recovery.beat()
    assert parts.notifications.scheduler.run() > 0, "need somebody who is notified"
    for hours in (1, 30, 24 * 8):  # conversations and SOS; promises; what was to be opened together
        world.wait(hours * HOUR)
        assert parts.scheduler.run() > 0, "need something that is due"
    world.restarted()
    world.wait(ALIVE + 1)
    world.parts.notifications.recovery.heal()
    client, headers = world.parts.app.test_client(), {"Authorization": f"Bearer {fresh(world, caller)}"}
    for path in ("spaces", f"spaces/{space}/path"):
        assert client.get(f"/api/v1/{path}", headers=headers).status_code == 200
    ready.do("block.lift")


def fresh(world: World, caller: Caller) -> str:
    """Return an access token of somebody who is signed in."""
    return Tokens(CONFIG.secret_keys).access(caller, world.time)[0]


def search_and_part(world: World, dan: Phone, operator: Phone) -> None:
    """Let somebody be looked for, asked and found; let nobody answer; and let everybody go."""
    parts = world.parts
    vic, will = (world.phone(world.person(name, "specialist")) for name in ("vic", "will"))
    listening(world, vic, operator)
    space = matched(world, vic, dan)
    listening(world, will, operator)
    looking(world, dan, "r2", mode="first_who_can")
    oversee(world, operator.transport.caller)
    assert any(parts.reader.live("offer")), "need somebody who is asked"
    world.wait(25 * HOUR)
    assert parts.scheduler.run() > 0, "need an offer that nobody answers"
    assert dan.do("request.withdraw", id="r2")["ok"]
    assert dan.do("story.edit", text="x")["ok"]
    assert dan.do("story.share", space=space)["ok"]
    assert vic.do("specialist.leave", until=world.time + HOUR)["ok"]
    world.wait(HOUR)
    assert parts.scheduler.run() > 0, "need somebody who goes"
    parts.scheduler.stop()


def oversee(world: World, operator: Caller) -> None:
    """Let an operator look at everything there is to look at."""
    AccountStore(world.mongo).add_device(operator.device, operator.user, "desk", world.time)
    client, headers = world.parts.app.test_client(), {"Authorization": f"Bearer {fresh(world, operator)}"}
    for what in ("queue", "load", "figures", "leaving", "orphans", "reports", "escalations"):
        assert client.get(f"/api/v1/operator/{what}", headers=headers).status_code == 200
    assert client.post("/api/v1/operator/match", headers=headers, json={"dry_run": False}).status_code == 200


def test_a_world_is_laid_out_as_a_database_that_was_migrated(client, mongo):
    """Worlds of tests copy a layout: it must be the one that the product makes."""
    migrated = database(client, f"{mongo.name}_migrated")
    migrate(migrated)
    lay_out(mongo)
    assert pending(mongo) == []
    layouts = [
        {name: one[name].index_information() for name in one.list_collection_names()} for one in (migrated, mongo)
    ]
    done = [sorted(str(row["_id"]) for row in one.migrations.find()) for one in (migrated, mongo)]
    client.drop_database(migrated.name)
    assert layouts[0] == layouts[1]
    assert done[0] == done[1]
