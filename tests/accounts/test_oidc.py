"""Employees sign in through their employer, who says which role they have now. The provider is a real one."""

import pytest

from schemas.errors import RateLimited, TryLater, Unauthenticated
from server.accounts.factor_settings import REQUIRED
from server.accounts.oidc import SIGNED_IN
from server.accounts.rate_limits import PER_ACCOUNT
from server.limits.settings import Limits
from server.store.accounts import AccountStore
from sync.clock import DAY
from tests.accounts.conftest import SAM
from tests.conftest import PASSPHRASE
from tests.sealed import whole
from tests.sync.details import DETAILS

pytestmark = pytest.mark.in_memory


def raises(error):
    """Return a function that does nothing else."""

    def interrupted(*_):
        raise error

    return interrupted


def refused(answer):
    """Return (status, field) of a refusal."""
    return answer.status_code, answer.get_json()["error"]["details"].get("field")


def test_apps_are_told_where_they_can_begin(office, employer):
    answer = office.send("GET", "login/providers").get_json()
    assert answer["providers"] == [{"name": "acme", "issuer": employer.issuer, "client_id": "beside"}]


def test_an_employee_is_signed_in_and_has_the_same_account_the_next_time(office):
    first, second = office.tokens("sam"), office.tokens("sam")
    assert first["role"] == "specialist"
    assert (first["user"], first["handle"]) == (second["user"], second["handle"])
    assert first["device"] != second["device"]
    assert office.accounts.devices.caller(first["access_token"]).role == "specialist"
    assert (
        office.accounts.devices.refresh({"refresh_token": second["refresh_token"]}, "10.0.0.1")["role"] == "specialist"
    )


def test_two_employees_have_two_accounts(office, employer):
    employer.employs(vera={"groups": ["beside-supervisors"]})
    sam, vera = office.tokens("sam"), office.tokens("vera")
    assert sam["user"] != vera["user"]
    assert (sam["role"], vera["role"]) == ("specialist", "supervisor")


def test_nothing_of_the_directory_of_the_employer_is_stored(world, office, employer):
    employer.employs(**{"sub-4711": SAM})
    tokens = office.tokens("sub-4711")
    stored = whole(world.mongo)
    assert tokens["handle"] in stored, "need to see what is stored"
    for word in ("4711", "miller", "acme.example", "beside-specialists"):
        assert word not in stored


def test_who_has_no_role_gets_no_account(world, office, employer):
    employer.employs(eve={"groups": ["staff"]}, mallory={"groups": "beside-specialists-not"})
    for login in ("eve", "mallory", "unknown"):
        assert refused(office.log_in(employer.proof(login))) == (403, "id_token")
    assert world.mongo.users.count_documents({}) == world.mongo.identities.count_documents({}) == 0


def test_who_has_lost_the_role_is_signed_out_everywhere(office, employer, monkeypatch):
    gone = []
    monkeypatch.setattr(office.accounts.devices, "_disconnect", gone.extend)
    phone, tablet = office.tokens("sam"), office.tokens("sam")
    employer.employs(sam={"groups": ["staff"]})
    assert refused(office.log_in(employer.proof("sam"))) == (403, "id_token")
    assert set(gone) == {phone["device"], tablet["device"]}
    for tokens in (phone, tablet):
        with pytest.raises(Unauthenticated):
            office.accounts.devices.caller(tokens["access_token"])
        with pytest.raises(Unauthenticated):
            office.accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")
    employer.employs(sam=SAM)
    assert office.tokens("sam")["user"] == phone["user"], "who gets the role back has the account back"


def test_another_role_holds_at_once_and_no_token_names_the_old_one(office, employer):
    before = office.tokens("sam")
    employer.employs(sam={"groups": ["beside-operators"]})
    after = office.tokens("sam")
    assert (after["user"], after["role"]) == (before["user"], "operator")
    assert office.send("GET", "operator/reports", token=after["access_token"]).status_code == 200
    assert office.send("GET", "operator/reports", token=before["access_token"]).status_code == 401
    with pytest.raises(Unauthenticated):
        office.accounts.devices.refresh({"refresh_token": before["refresh_token"]}, "10.0.0.1")
    assert office.accounts.devices.refresh({"refresh_token": after["refresh_token"]}, "10.0.0.1")["role"] == "operator"


def test_the_peers_of_a_specialist_who_becomes_something_else_are_looked_after(world, office, employer, ann):
    tokens = office.tokens("sam")
    AccountStore(world.mongo).add("id-vera", "vera", "unusable", "supervisor", world.time)
    world.certify(tokens["handle"])
    sam = world.phone(office.accounts.devices.caller(tokens["access_token"]))
    world.paired(sam, ann)
    office.tokens("sam")
    ann.pull()
    assert ann.records("pairing")[0]["data"]["state"] == "active", "signing in again changes nothing"
    employer.employs(sam={"groups": ["beside-supervisors"]})
    office.tokens("sam")
    ann.pull()
    assert ann.records("pairing")[0]["data"]["state"] == "ended"


def test_the_specialists_of_a_supervisor_who_becomes_something_else_have_nobody(world, office, employer, sam):
    employer.employs(vera={"groups": ["beside-supervisors"]})
    world.certify("sam", supervisor=office.tokens("vera")["handle"])
    sam.pull()
    assert sam.records("credential")[0]["data"]["supervised"]
    employer.employs(vera={"groups": ["beside-operators"]})
    office.tokens("vera")
    sam.pull()
    assert not sam.records("credential")[0]["data"]["supervised"]


def test_an_employee_has_to_sign_in_again_after_a_month_however_much_the_phone_is_used(world, office):
    tokens = office.tokens("sam")
    for _ in range(SIGNED_IN // (10 * DAY)):
        assert office.accounts.devices.caller(tokens["access_token"])
        world.wait(10 * DAY - 1000)
        tokens |= office.accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")
    world.wait(3000)
    with pytest.raises(Unauthenticated):
        office.accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")
    assert world.mongo.devices.find_one({"_id": tokens["device"]}) is None


def test_there_is_no_passphrase_to_sign_in_with_or_to_change(office):
    tokens = office.tokens("sam")
    for passphrase in (PASSPHRASE, "None None None"):
        details = {"handle": tokens["handle"], "passphrase": passphrase}
        assert refused(office.send("POST", "login", details)) == (401, "passphrase")
    change = {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"}
    answer = office.send("POST", "passphrase", change, tokens["access_token"])
    assert refused(answer) == (403, "passphrase")
    assert "has no passphrase" in answer.get_json()["error"]["message"]


def test_an_account_is_deleted_by_an_id_token_of_its_own_user_alone(world, office, employer):
    employer.employs(eve=SAM)
    token = office.tokens("sam")["access_token"]
    for body, expected in (
        ({}, (400, "passphrase")),
        ({"passphrase": PASSPHRASE, "oidc": employer.proof("sam")}, (400, "passphrase")),
        ({"oidc": employer.proof("sam") | {"nonce": "short"}}, (400, "oidc.nonce")),
        ({"passphrase": PASSPHRASE}, (403, "passphrase")),
        ({"oidc": employer.proof("eve")}, (403, "id_token")),
        ({"oidc": employer.proof("sam") | {"nonce": "n" * 20}}, (401, "nonce")),
    ):
        assert refused(office.send("DELETE", "account", body, token)) == expected
    proof = employer.proof("sam")
    assert office.send("DELETE", "account", {"oidc": proof}, token).status_code == 200
    assert world.mongo.identities.count_documents({}) == world.mongo.users.count_documents({}) == 0
    assert refused(office.log_in(proof)) == (401, "nonce")


def test_who_has_deleted_the_account_and_comes_back_has_a_new_one(office, employer):
    first = office.tokens("sam")
    assert office.send("DELETE", "account", {"oidc": employer.proof("sam")}, first["access_token"]).status_code == 200
    assert office.tokens("sam")["user"] != first["user"]


def test_id_tokens_cannot_be_tried_for_ever_to_delete_somebodys_account(office):
    caller = office.accounts.devices.caller(office.tokens("sam")["access_token"])
    wrong = {"provider": "acme", "id_token": "made up", "nonce": "n" * 20}
    for _ in range(PER_ACCOUNT.amount):
        with pytest.raises(Unauthenticated):
            office.oidc.remove(caller, wrong)
    with pytest.raises(RateLimited):
        office.oidc.remove(caller, wrong)


def test_a_sign_in_that_was_cut_off_after_the_identity_was_bound_is_made_good_by_the_next(world, office, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(AccountStore, "add", raises(ConnectionError()))
        assert office.log_in(office.employer.proof("sam")).status_code == 503
    assert world.mongo.identities.count_documents({}) == 1
    assert world.mongo.users.count_documents({}) == 0
    assert office.tokens("sam")["role"] == "specialist"
    assert world.mongo.identities.count_documents({}) == world.mongo.users.count_documents({}) == 1


def test_nobody_signs_in_to_an_account_that_is_deleted_meanwhile(world, office, employer, monkeypatch):
    caller = office.accounts.devices.caller(office.tokens("sam")["access_token"])
    let_in = office.accounts.devices.let_in

    def overtaken(*args):
        monkeypatch.undo()
        office.accounts.remove_confirmed(caller)
        return let_in(*args)

    monkeypatch.setattr(office.accounts.devices, "let_in", overtaken)
    assert refused(office.log_in(employer.proof("sam"))) == (401, "account")
    for left in ("users", "devices", "identities"):
        assert world.mongo[left].count_documents({}) == 0


def test_without_room_nobody_new_is_let_in_and_the_same_id_token_is_good_later(office, employer, monkeypatch):
    proof = employer.proof("sam")
    with monkeypatch.context() as patch:
        patch.setattr(office.oidc, "_require_room", raises(TryLater("No room.")))
        assert office.log_in(proof).status_code == 503
    assert office.log_in(proof).status_code == 200


def test_sign_ins_from_one_address_are_limited_and_cost_nobody_else_anything(office, employer):
    wrong = {"provider": "acme", "id_token": "made up", "nonce": "n" * 20}
    allowed = Limits().sign_ins_per_address
    found = [office.log_in(wrong, address="10.6.6.6").status_code for _ in range(allowed + 1)]
    assert found == [401] * allowed + [429]
    assert office.log_in(employer.proof("sam"), address="10.0.0.7").status_code == 200
    office.accounts.register(DETAILS, "10.6.6.6")
    assert office.accounts.log_in(DETAILS, "10.6.6.6"), "passphrases are counted for themselves"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"provider": "globex"}, (404, "provider")),
        ({"provider": ""}, (400, "provider")),
        ({"nonce": "short"}, (400, "nonce")),
        ({"id_token": ""}, (400, "id_token")),
        ({"id_token": "x" * 16_001}, (400, "id_token")),
        ({"id_token": 7}, (400, "id_token")),
        ({"device": ""}, (400, "device")),
        ({"role": "operator"}, (400, "role")),
    ],
)
def test_bad_input_is_refused_by_name(office, wrong, expected):
    body = {"provider": "acme", "id_token": "x.y.z", "nonce": "n" * 20} | wrong
    assert refused(office.log_in(body)) == expected


def test_employees_need_no_second_factor_here_even_where_staff_must_have_one(office, employer, monkeypatch):
    """Their employer's provider asks for it, and they have no passphrase to set one up with."""
    employer.employs(vera={"groups": ["beside-supervisors"]})
    monkeypatch.setattr(office.accounts._second_factor, "_mode", REQUIRED)
    token = office.tokens("vera")["access_token"]
    assert office.send("GET", "operator/queue", token=token).status_code == 200
    for path in ("totp", "links", "recovery-codes", "passkeys/options"):
        answer = office.send("POST", path, {"passphrase": PASSPHRASE}, token=token)
        assert (answer.status_code, "employer" in answer.get_json()["error"]["message"]) == (403, True), path
