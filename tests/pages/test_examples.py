"""The examples of the API descriptions can be sent as they stand."""

from typing import Any

import jsonschema_rs
import orjson
import pytest

from server.accounts import passphrases
from server.accounts.tokens import Tokens
from server.realtime.events import PHONE_SENDS
from server.store.accounts import AccountStore
from server.web.examples import VALID
from tests.conftest import CONFIG, HASHED
from tests.good import WHO

pytestmark = pytest.mark.in_memory

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROLES = {"ann": "peer", "sam": "specialist", "sue": "supervisor", "olga": "operator", "asked": "specialist"}
SAID = {"not_found", "forbidden", "unauthenticated"}  # what the description says of examples that are made up
SENDERS = {"users": "olga", "operator.match": "olga", "logout": "asked"}  # others than those who ask for commands
DONE = {  # what is done as it stands: nothing of these is made up
    "register", "login", "mutate", "push", "pull", "sync", "passphrase", "account", "users", "push-token", "spaces",
    "push-token/test",
    "recovery-codes", "links", "passkeys/options", "totp",
    "devices", "lines/{country}", "adapters/watermelondb/sync", "adapters/rxdb/{collection}/pull",
    "adapters/rxdb/{collection}/push", "adapters/rxdb/{collection}/{version}/push", "operator/match", "note/put",
    "note/delete", "profile/edit", "availability/set", "quiet/set", "plan/edit", "story/edit", "fact/put",
    "fact/delete", "pairing/invite", "request/open",
    "practice/edit", "practice/pause", "sos/raise", "sos/say", "specialist/certify", "watch/edit",
}  # fmt: skip
MADE_BY_A_DEVICE = {  # examples that nobody can make up: credentials, and codes of an app
    "POST /api/v1/passkeys", "POST /api/v1/login/passkey", "POST /api/v1/totp/confirm",
}  # fmt: skip
NOT_KNOWN = {  # examples with a secret that is made up
    "POST /api/v1/refresh", "POST /api/v1/recover", "POST /api/v1/login/link", "POST /api/v1/reset-passphrase",
}  # fmt: skip
STREAMS = ("/stream", "/pullStream")  # they never end
EARLY = ("register", "login", "specialist/certify", "pairing/invite")  # operations that others need
LATE = ("v1/passphrase", "DELETE /api/v1/account", "logout")  # operations that sign out


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Hashing is slow on purpose; these examples have one passphrase."""
    monkeypatch.setattr(passphrases, "hashed", lambda _: HASHED)
    monkeypatch.setattr(passphrases, "verified", lambda _, stored: stored is not None)


def described(world, name: str = "openapi") -> dict[str, Any]:
    return orjson.loads(world.parts.app.test_client().get(f"/{name}.json").data)


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {"METHOD /path": operation} in an order in which they can be executed."""
    found = {
        f"{method.upper()} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }
    return dict(sorted(found.items(), key=lambda row: (row[0].endswith(LATE), not row[0].endswith(EARLY))))


def example(operation: dict[str, Any]) -> Any:
    return operation.get("requestBody", {"content": {"application/json": {}}})["content"]["application/json"].get(
        "example"
    )


def path_of(name: str, operation: dict[str, Any]) -> str:
    """Return the path of an operation with the examples of its parts."""
    path = name.partition(" ")[2]
    for parameter in operation["parameters"]:
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example")))
    return path


class Users:
    """A new user of each role, who sends requests."""

    def __init__(self, world) -> None:
        self.world = world
        self.callers = {name: world.person(name, role) for name, role in ROLES.items()}
        for caller in self.callers.values():
            AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)

    def send(self, name: str, path: str, body: Any) -> tuple[int, str]:
        """Return the status and the code of the error, or '', of what an operation is answered with."""
        command = name.partition("/api/v1/")[2].replace("/", ".")
        sender = SENDERS.get(command) or WHO.get(command) or WHO.get(command.partition(".")[0], "ann")
        token, _ = Tokens(CONFIG.secret_keys).access(self.callers[sender], self.world.time)
        answer = self.world.parts.app.test_client().open(
            path, method=name.partition(" ")[0], json=body, headers={"Authorization": f"Bearer {token}"}
        )
        error = answer.get_json().get("error") if answer.is_json and isinstance(answer.get_json(), dict) else None
        return answer.status_code, error["code"] if error else ""


def test_every_example_can_be_sent_as_it_stands(world):
    users, answers = Users(world), {}
    for name, operation in operations(described(world)).items():
        if not name.endswith(STREAMS):
            answers[name] = users.send(name, path_of(name, operation), example(operation))
    refused = {name: answer for name, answer in answers.items() if answer[1] and answer[1] not in SAID}
    assert refused.keys() == MADE_BY_A_DEVICE
    assert all(status == 200 for status, code in answers.values() if not code)
    done = {name.partition("/api/v1/")[2] for name, (_, code) in answers.items() if not code}
    assert done >= DONE
    assert {name for name, (_, code) in answers.items() if code == "unauthenticated"} == NOT_KNOWN


def test_every_body_has_an_example_that_is_as_described(world):
    description = described(world)
    bodies = {name: one for name, one in operations(description).items() if "requestBody" in one}
    assert len(bodies) > 80
    for name, operation in bodies.items():
        shape = operation["requestBody"]["content"]["application/json"]["schema"]
        (
            jsonschema_rs.validate(
                {"$schema": DIALECT, **shape, "components": description["components"]}, example(operation)
            ),
            name,
        )
    for operation in operations(description).values():
        assert all("example" in one for one in operation["parameters"] if one["in"] == "path")


def test_the_times_in_examples_are_to_come_until_there_are_new_ones(world, sam, ann, pair):
    """Nobody has to change an example because the server has run for some time."""
    world.time = world.time // VALID * VALID
    first = operations(described(world))
    world.time += VALID - 1
    last = operations(described(world))
    for command in ("session.open", "session.extend", "promise.make", "promise.renew", "pairing.pause"):
        name = f"POST /api/v1/{command.replace('.', '/')}"
        assert example(first[name]) == example(last[name])
        where = {"space": pair} if "space" in example(last[name]) else {"pairing": pair.removeprefix("pair:")}
        assert ann.do(command, **{**example(last[name]), **where})["ok"], command
    world.time += 1
    name = "POST /api/v1/session/open"
    assert example(operations(described(world))[name])["until"] > example(last[name])["until"]


def test_the_examples_of_the_socket_are_answered(world, ann):
    messages = described(world, "asyncapi")["channels"]["socket"]["messages"]
    examples = {name: message["examples"][0]["payload"] for name, message in messages.items() if "examples" in message}
    assert examples.keys() == PHONE_SENDS.keys() - {"renew"}, "only a token cannot be made up"
    for name in ("mutate", "push", "pull", "sync"):
        answer = ann.transport.call(name, examples[name])
        assert all(outcome["ok"] for outcome in answer.get("outcomes", [answer] if name == "mutate" else [])), name
    assert [record["id"] for record in map(dict, ann.transport.call("pull", examples["pull"])["changes"])].count(
        "note-4"
    ) == 1
