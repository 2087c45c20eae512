"""The security log: one line for each event, which a program reads, and in which nothing is that it must not hold."""

import io
import json
import logging
import re

import pytest

from server.accounts.devices import GRACE
from server.accounts.rate_limits import PER_HANDLE
from server.observability import logs
from server.observability.security_log import EVENTS, SecurityLog
from server.store.accounts import AccountStore
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE
from tests.signing_in import Person

pytestmark = pytest.mark.in_memory

ANOTHER = "another horse battery"
PROOF = {"passphrase": PASSPHRASE}
ALWAYS = {"event", "outcome", "user", "by", "device", "address", "level", "time"}
OUR_WORDS = {"way", "reason", "role", "before", "command", "request"}


class Log:
    """What was written to the security log."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self):
        """Return the lines since the last call; each is parsed."""
        text = self.stream.getvalue()
        self.stream.seek(0), self.stream.truncate()
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def log():
    log, logger = Log(), logging.getLogger("security")
    handler = logs.handler(log.stream)
    logger.addHandler(handler)
    yield log
    logger.removeHandler(handler)


def test_every_event_is_one_line_without_names_secrets_and_addresses(world, log, caplog):
    """Everything that there is an event for happens once; the words of those who did it are searched for."""
    secrets = {"ann", "olga", "vera", PASSPHRASE, ANOTHER, "203.0.113.5", "198.51.100.7", "laptop", "tablet"}
    ann = SigningIn(world).signs_in("register", **DETAILS)
    olga, vera = Person(world, "olga", "operator"), Person(world, "vera", "supervisor")
    user = ann.tokens["user"]
    SigningIn(world, "198.51.100.7").refused("login", {**DETAILS, "passphrase": ANOTHER})
    replayed(world, secrets)
    codes = ann.call("recovery-codes", PROOF)["codes"]
    shown = ann.call("links", PROOF)["code"]
    SigningIn(world).signs_in("login/link", code=shown, device="tablet")
    ann.refused("links", {"passphrase": ANOTHER})
    ann.call("passphrase", {"passphrase": PASSPHRASE, "new_passphrase": ANOTHER})
    ann.signs_in("recover", handle="ann", code=codes[0], new_passphrase=PASSPHRASE, device="laptop")
    passkey = vera.adds()
    vera.gets("DELETE", f"passkeys/{passkey.name}", {"credential": vera.asserts(passkey)})
    vera.sets_up_an_app()
    world.wait(30_000)
    vera.gets("DELETE", "totp", {**PROOF, "code": vera.code()})
    olga.gets("POST", f"operator/users/{vera.user}/reset-factors", PROOF)
    reset = olga.gets("POST", f"operator/users/{user}/reset-passphrase", PROOF)["code"]
    ann.signs_in("reset-passphrase", handle="ann", code=reset, new_passphrase=ANOTHER)
    olga.gets("POST", f"operator/users/{user}/role", {"role": "specialist", **PROOF})
    assert world.phone(world.person("otto", "operator")).do("note.put", id="n1", body="A note.")["ok"]
    assert world.parts.app.test_cli_runner().invoke(args=["user", "delete", "ann", "--yes"]).exit_code == 0
    lines = log.lines()
    assert {line["event"] for line in lines} == EVENTS.keys()
    for line in lines:
        assert line.keys() - OUR_WORDS == ALWAYS
        assert line["level"] == "info"
    text = re.sub(r"(id|phone-of)-\w+", "", json.dumps(lines) + caplog.text)  # without the ids that tests make up
    secrets |= {*codes, shown, reset, *(str(value) for value in ann.tokens.values() if str(value).startswith("ey"))}
    assert [secret for secret in secrets if secret.lower() in text.lower()] == []


def replayed(world, secrets):
    """Let a refresh token be used twice, as if it was stolen."""
    tokens = SigningIn(world).signs_in("login", **DETAILS).tokens
    secrets.add(tokens["refresh_token"])
    for wait in (0, GRACE + 1):
        world.wait(wait)
        SigningIn(world).ask("refresh", {"refresh_token": tokens["refresh_token"]})


def test_sign_ins_say_which_way_whose_and_from_where(world, log, phone):
    [made, entered] = log.lines()
    assert (made["event"], made["user"], made["role"]) == ("account_made", phone.tokens["user"], "peer")
    assert (entered["event"], entered["outcome"], entered["way"]) == ("sign_in", "ok", "registration")
    assert (entered["user"], entered["device"]) == (phone.tokens["user"], phone.tokens["device"])
    for handle, user in (("ann", phone.tokens["user"]), ("nobody", None)):
        SigningIn(world).refused("login", {**DETAILS, "handle": handle, "passphrase": ANOTHER})
        [failed] = log.lines()
        assert (failed["outcome"], failed["way"], failed["user"]) == ("unauthenticated", "passphrase", user)
        assert failed["address"] == entered["address"], "equal addresses are recognised"
    SigningIn(world, "198.51.100.7").signs_in("login", **DETAILS)
    assert log.lines()[0]["address"] != entered["address"]
    for _ in range(PER_HANDLE[0].amount):
        SigningIn(world).refused("login", {**DETAILS, "passphrase": ANOTHER})
    assert log.lines()[-1]["outcome"] == "rate_limited"


def test_an_address_of_ipv6_is_its_network_and_only_this_server_knows_its_hash(world, log, phone):
    log.lines()
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        SigningIn(world, address).signs_in("login", **DETAILS)
    one, same, other = (line["address"] for line in log.lines())
    assert one == same != other
    SecurityLog("another secret").note("sign_in", address="2001:db8::/64")
    assert log.lines()[0]["address"] != one


def test_what_staff_do_and_look_at_is_written_down_with_what_came_of_it(world, log, ann):
    olga, vera = Person(world, "olga", "operator"), Person(world, "vera", "supervisor")
    for person, path in ((olga, "operator/users"), (olga, "operator/reports/none"), (vera, "operator/users")):
        person.asks("GET", path)
    said = [(line["event"], line["outcome"], line["by"], line["request"]) for line in log.lines()]
    assert said == [
        ("staff_request", "ok", "id-olga", "GET /api/v1/operator/users"),
        ("staff_request", "not_found", "id-olga", "GET /api/v1/operator/reports/<id>"),
        ("staff_request", "forbidden", "id-vera", "GET /api/v1/operator/users"),
    ]
    assert vera.gets("POST", "note/put", {"id": "n1", "body": "A note."})
    vera.asks("POST", "note/put", {"id": "n1"})
    ann.do("note.put", id="n1", body="A note.")
    [note] = log.lines()[:1]
    assert (note["event"], note["by"], note["command"]) == ("staff_command", "id-vera", "note.put")
    assert "id-ann" not in str(log.lines()), "what peers do is their own"


def test_what_an_operator_does_to_an_account_says_to_whom_and_by_whom(world, log, phone):
    olga = Person(world, "olga", "operator")
    log.lines()
    olga.gets("DELETE", f"operator/users/{phone.tokens['user']}", PROOF)
    deleted = [(line["event"], line["user"], line["by"]) for line in log.lines() if line["event"] != "sign_out"]
    assert deleted == [
        ("account_deleted", phone.tokens["user"], "id-olga"),
        ("staff_request", None, "id-olga"),
    ]
    assert AccountStore(world.mongo).by_id(phone.tokens["user"]) is None


def test_no_event_is_written_that_is_not_on_the_list():
    with pytest.raises(KeyError):
        SecurityLog("secret").note("something_else")
