"""What operators do with the accounts of others: the same by command line and by API, and only by operators."""

import json

import pytest

from schemas.errors import WrongState
from server.accounts.factor_settings import REQUIRED
from server.accounts.passphrase_resets import VALID
from server.accounts.rate_limits import PER_HANDLE
from server.store.accounts import AccountStore
from sync.clock import DAY
from sync.record import FAR
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE
from tests.matched import listening, looking
from tests.sealed import push_tokens
from tests.signing_in import Person, built

pytestmark = pytest.mark.in_memory

PROOF = {"passphrase": PASSPHRASE}
ANOTHER = "another horse battery"


@pytest.fixture
def olga(world):
    return Person(world, "olga", "operator")


@pytest.fixture
def run(world):
    """Return a function that runs a command, and gives its exit code and what it prints."""

    def run(*args):
        done = world.parts.app.test_cli_runner().invoke(args=list(args))
        return done.exit_code, done.output

    return run


def reset(code, **more):
    return {"handle": "ann", "code": code, "new_passphrase": ANOTHER, "device": "new phone", **more}


def by_api(olga, run):
    return olga.gets("POST", f"operator/users/{olga.ann}/reset-passphrase", PROOF)["code"]


def by_command(olga, run):
    return json.loads(run("user", "reset-passphrase", "Ann", "--json")[1])["code"]


@pytest.mark.parametrize("way", [by_api, by_command])
def test_a_forgotten_passphrase_is_reset_by_a_code_that_works_once(world, olga, run, phone, way):
    olga.ann = phone.tokens["user"]
    code = way(olga, run)
    assert code.replace("-", "") not in str(list(world.mongo.reset_codes.find())), "it is stored hashed"
    new = SigningIn(world, "198.51.100.7").signs_in("reset-passphrase", **reset(f" {code.lower()} "))
    assert [event["event"] for event in new.events()] == ["reset_code_made", "passphrase_reset"]
    assert phone.refused("devices")["details"]["why"] == "passphrase_reset"
    assert SigningIn(world).refused("reset-passphrase", reset(code))["code"] == "unauthenticated"
    assert SigningIn(world).refused("login", DETAILS)["code"] == "unauthenticated"
    SigningIn(world).signs_in("login", handle="ann", passphrase=ANOTHER)


def test_a_code_is_good_for_a_day_until_the_next_and_for_its_user(world, run, olga, phone):
    SigningIn(world).signs_in("register", handle="eve", passphrase=PASSPHRASE)
    first, second = by_command(olga, run), by_command(olga, run)
    unknown = SigningIn(world).refused("reset-passphrase", reset("AAAA-AAAA-AAAA-AAAA"))
    assert SigningIn(world).refused("reset-passphrase", reset(first)) == unknown
    for handle in ("eve", "nobody"):
        assert SigningIn(world).refused("reset-passphrase", reset(second, handle=handle)) == unknown
    common = SigningIn(world).refused("reset-passphrase", reset(second, new_passphrase="1234567890"))
    assert (common["code"], common["details"]) == ("bad_request", {"field": "new_passphrase"}), "and the code is left"
    world.wait(VALID)
    assert SigningIn(world).refused("reset-passphrase", reset(second)) == unknown
    assert phone.refused("devices")["details"]["reason"] == "expired", "nobody was signed out"
    assert world.mongo.records.count_documents({"data.event": "passphrase_reset"}) == 0, "nor told of what was refused"


def test_codes_cannot_be_tried_for_ever(world, phone):
    tries = [
        SigningIn(world).refused("reset-passphrase", reset("AAAA"))["code"] for _ in range(PER_HANDLE[0].amount + 1)
    ]
    assert tries == ["unauthenticated"] * PER_HANDLE[0].amount + ["rate_limited"]


def test_the_authenticator_app_is_still_asked_for(world, run, olga):
    ann = Person(world, "ann")
    ann.sets_up_an_app()
    code = by_command(olga, run)
    refused = SigningIn(world).refused("reset-passphrase", reset(code))
    assert (refused["code"], refused["details"]["factors"]) == ("second_factor_required", ["totp"])
    SigningIn(world).signs_in("reset-passphrase", **reset(code, totp=ann.next_code()))


def test_who_signs_in_through_an_employer_has_no_passphrase_and_no_role_of_ours(world, run, olga):
    AccountStore(world.mongo).add("u1", "staff-1", None, "specialist", world.time)
    assert run("user", "reset-passphrase", "staff-1")[0] == 1
    assert "The employer decides this role" in run("user", "role", "staff-1", "peer")[1]
    assert olga.refused("POST", "operator/users/u1/reset-passphrase", PROOF) == (409, "wrong_state")


ACTS = {
    ("POST", "reset-passphrase"): {},
    ("POST", "reset-factors"): {},
    ("POST", "role"): {"role": "specialist"},
    ("DELETE", ""): {},
}


@pytest.mark.parametrize("act", ACTS, ids="".join)
def test_every_dangerous_act_asks_an_operator_for_a_fresh_proof(world, olga, phone, act):
    path = f"operator/users/{phone.tokens['user']}/{act[1]}".rstrip("/")
    assert olga.refused(act[0], path, {**ACTS[act], "passphrase": ANOTHER}) == (403, "forbidden")
    assert olga.refused(act[0], path, ACTS[act]) == (400, "bad_request")
    assert phone.call("devices")["devices"], "nothing happened"
    olga.gets(act[0], path, {**ACTS[act], **PROOF})
    assert olga.refused(act[0], path.replace(phone.tokens["user"], "nobody"), {**ACTS[act], **PROOF})[0] == 404


def test_the_second_factors_are_removed_by_api_as_by_command(world, olga):
    vera = Person(world, "vera", "supervisor")
    vera.adds()
    done = olga.gets("POST", f"operator/users/{vera.user}/reset-factors", PROOF)
    assert {name: done[name] for name in ("handle", "totp", "passkeys", "devices")} == {
        "handle": "vera", "totp": False, "passkeys": 1, "devices": 1,
    }  # fmt: skip
    assert vera.logs_in()[0] == 200


def test_all_devices_are_signed_out_and_told_why(world, olga, run, phone):
    assert olga.gets("POST", f"operator/users/{phone.tokens['user']}/sign-out")["devices"] == 1
    assert phone.refused("devices")["details"]["why"] == "by_operator"
    phone.signs_in("login", **DETAILS)
    assert run("user", "sign-out", "ann") == (0, "ann: devices signed out: 1\n")
    assert phone.refused("devices")["code"] == "unauthenticated"


def test_an_account_is_deleted_as_its_user_could(world, run, olga, sam, ann, pair):
    assert run("user", "delete", "sam")[0] == 1, "it asks first"
    status, said = run("user", "delete", "sam", "--yes")
    assert (status, said.splitlines()[0][:31]) == (0, "sam: the account is deleted. Th")
    assert AccountStore(world.mongo).by_handle("sam") is None
    ann.sync()
    assert ann.records("pairing", pair)[0]["data"]["state"] != "active", "who relied on him is told"
    olga.gets("DELETE", f"operator/users/{ann.user}", PROOF)
    assert AccountStore(world.mongo).by_id(ann.user) is None


def test_a_role_changes_what_somebody_may_do_and_signs_them_out(world, run, olga, phone):
    changed = olga.gets("POST", f"operator/users/{phone.tokens['user']}/role", {"role": "supervisor", **PROOF})
    assert (changed["before"], changed["role"], changed["devices"], changed["needs_factor"]) == (
        "peer", "supervisor", 1, False,
    )  # fmt: skip
    assert phone.refused("devices")["details"]["why"] == "role_changed"
    assert phone.signs_in("login", **DETAILS).tokens["role"] == "supervisor"
    assert [event["event"] for event in phone.events()] == ["role_changed"]
    assert phone.call("operator/queue")["waiting"] == []
    assert run("user", "role", "ann", "supervisor") == (0, "ann is supervisor already\n")
    assert phone.call("devices"), "nothing happened"
    assert run("user", "role", "ann", "peer")[1] == "ann was supervisor and is peer; devices signed out: 1\n"


def test_staff_are_told_that_they_need_a_second_factor(world):
    olga = Person(world, "olga", "operator", built(world, staff=REQUIRED))
    olga.sets_up_an_app()
    ann = Person(world, "ann")
    changed = olga.gets(
        "POST", f"operator/users/{ann.user}/role", {"role": "operator", **PROOF, "code": olga.next_code()}
    )
    assert changed["needs_factor"]


ALONE = {"sam": "(1 pairings)", "ann": "(1 pairings, 1 requests)", "sue": "(1 specialists)"}


@pytest.mark.parametrize("who", ALONE)
def test_no_role_changes_while_somebody_would_be_left_alone(world, run, sam, ann, pair, who):
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("otto", "operator")))
    if who == "ann":
        looking(world, ann, "r1")
    code, said = run("user", "role", who, "operator")
    assert code == 1
    assert said.startswith(f"Error: role: Somebody would be left alone {ALONE[who]}: "), said


def test_there_is_always_an_operator_and_nobody_decides_on_themselves(world, run, olga):
    assert "This is the last operator" in run("user", "role", "olga", "peer")[1]
    assert "This is the last operator" in run("user", "delete", "olga", "--yes")[1]
    other = Person(world, "otto", "operator")
    own = f"operator/users/{olga.user}"
    assert olga.refused("POST", f"{own}/role", {"role": "peer", **PROOF}) == (403, "forbidden")
    assert olga.refused("DELETE", own, PROOF) == (403, "forbidden")
    assert run("user", "role", "olga", "peer")[0] == 0
    assert AccountStore(world.mongo).by_id(other.user)["role"] == "operator"


@pytest.mark.parametrize("act", [lambda one, *who: one.change_role(*who, "peer"), lambda one, *who: one.delete(*who)])
def test_two_operators_who_demote_each_other_at_once_do_not_leave_none(world, olga, monkeypatch, act):
    otto, administration = Person(world, "otto", "operator"), olga.parts.people.administration
    counts = iter([2, 0])  # the other operator is demoted after the first look
    monkeypatch.setattr(administration._lists, "count", lambda *_: next(counts))
    with pytest.raises(WrongState, match="This is the last operator"):
        act(administration, world.person("pia", "operator"), administration.of(otto.user))
    assert administration.of(otto.user)["role"] == "operator"


def test_accounts_are_listed_page_by_page_without_a_time_of_day(world, olga, run, phone):
    for name in ("bob", "bea", "Zoë"):
        AccountStore(world.mongo).add(f"id-{name}", name, "unusable", "specialist", world.time - 3 * DAY)
    page = olga.gets("GET", "operator/users?limit=2")
    assert [user["handle"] for user in page["users"]] == ["ann", "bea"]
    assert page["users"][0] | {"user": ""} == {
        "user": "", "handle": "ann", "role": "peer", "created_on": "2026-11-22", "seen_on": "2026-11-22",
        "devices": 1, "factors": [], "suspended_until": None,
    }  # fmt: skip
    rest = olga.gets("GET", f"operator/users?after={page['after']}")
    assert [user["handle"] for user in rest["users"]] == ["bob", "olga", "zoë"]
    assert rest["after"] is None
    found = olga.gets("GET", "operator/users?role=specialist&handle=B")["users"]
    assert [(user["handle"], user["seen_on"]) for user in found] == [("bea", None), ("bob", None)]
    assert "passphrase" not in str(found)
    for wrong in ("limit=0", "limit=201", "role=boss", "handle=" + 41 * "x"):
        assert olga.refused("GET", f"operator/users?{wrong}") == (400, "bad_request")
    code, said = run("user", "list", "--role", "specialist")
    assert (code, [line.split()[0] for line in said.splitlines()]) == (0, ["handle", "bea", "bob", "zoë"])


def test_until_when_an_account_is_suspended_is_listed_as_long_as_it_is(world, run, phone):
    for until, shown in ((world.time, "suspended_until"), (world.time + DAY, "2026-11-23"), (FAR, "for ever")):
        world.mongo.users.update_one({"handle": "ann"}, {"$set": {"suspended_until": until}})
        said = run("user", "list")[1]
        assert shown in said
        assert [user["suspended_until"] for user in json.loads(run("user", "list", "--json")[1])["users"]] == [
            until if until > world.time else None
        ]


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (["user", "sign-out", "nobody"], "handle"),
        (["user", "role", "nobody", "boss"], "boss"),
        (["specialist", "leave", "sam", "--until", "tomorrow"], "--until"),
        (["specialist", "leave", "sam", "--until", "2001-01-01"], "--until"),
        (["specialist", "certify", "sam", "--supervisor", "vera", "--until", "2031-02-30"], "--until"),
        (
            ["specialist", "certify", "sam", "--supervisor", "vera", "--until", "2031-01-01", "--zone", "Atlantis"],
            "--zone",
        ),
        (["specialist", "certify", "sam", "--supervisor", "vera", "--until", "2031-01-01", "--days", "3"], "--days"),
        (["on-call", "add", "sam", "--hours", "monday"], "--hours"),
        (["on-call", "add", "nobody"], "handle"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_named_with_what_to_do(world, run, sam, command, field):
    code, said = run(*command)
    assert code != 0
    assert field in said.splitlines()[-1]
    assert "Traceback" not in said


def test_users_are_notified_of_what_a_command_does(world, run, phone):
    push_tokens(world.mongo).put(phone.tokens["device"], {"platform": "fcm", "token": "t"})
    assert run("user", "reset-passphrase", "ann")[0] == 0
    assert [list(bell["data"]["dues"]) for bell in world.mongo.records.find({"kind": "bell"})] == [["2"]]


def test_a_code_goes_with_the_account(world, run, phone):
    assert run("user", "reset-passphrase", "ann")[0] == 0
    phone.call("account", PROOF, "DELETE")
    assert list(world.mongo.reset_codes.find()) == []


def test_a_stolen_token_makes_no_accounts_of_staff(world, olga):
    """Whoever has it could otherwise be an operator of their own, with a passphrase to prove it."""
    new = {"handle": "mallory", "passphrase": ANOTHER}
    for role in ("supervisor", "operator"):
        for proof, refusal in (
            ({}, (400, "bad_request")),
            ({"proof": {"passphrase": ANOTHER}}, (403, "forbidden")),
        ):
            assert olga.refused("POST", "users", {**new, "role": role, **proof}) == refusal
    olga.gets("POST", "users", {**new, "role": "specialist"})
    olga.gets("POST", "users", {**new, "handle": "vera", "role": "supervisor", "proof": PROOF})


def test_no_operator_deletes_their_own_account(world, olga):
    Person(world, "otto", "operator")
    assert olga.refused("DELETE", "account", PROOF) == (403, "forbidden")
    assert AccountStore(world.mongo).by_id(olga.user) is not None


@pytest.mark.parametrize("how", ["another passphrase", "a recovery code", "another role"])
def test_a_code_is_worth_nothing_once_its_user_has_done_something_about_it(world, run, olga, phone, how):
    if how == "a recovery code":
        codes = phone.call("recovery-codes", PROOF)["codes"]
    code = by_command(olga, run)
    if how == "another passphrase":
        phone.call("passphrase", {**PROOF, "new_passphrase": ANOTHER})
    elif how == "a recovery code":
        SigningIn(world).signs_in(
            "recover", handle="ann", code=codes[0], new_passphrase=ANOTHER, device="another phone"
        )
    else:
        assert run("user", "role", "ann", "specialist")[0] == 0
    assert SigningIn(world).refused("reset-passphrase", reset(code))["code"] == "unauthenticated"
    assert list(world.mongo.reset_codes.find()) == []
