"""Deleting an account: what was said to others is erased, unless its user says otherwise."""

import pytest

from schemas.erasure import SAID
from server.commands.context import Caller
from server.store.accounts import AccountStore
from tests.conftest import PASSPHRASE

PROOF = {"passphrase": PASSPHRASE}


@pytest.fixture
def left(world, monkeypatch):
    """Return what is asked for as people leave, in order: (user, what becomes of what they said)."""
    asked, deletion = [], world.parts.accounts.deletion
    erase = deletion.erase
    monkeypatch.setattr(deletion, "erase", lambda user, said: asked.append((user, said)) or erase(user, said))
    return asked


@pytest.mark.in_memory
@pytest.mark.parametrize(("body", "said"), [({}, "erased"), *(({"said": said}, said) for said in SAID)])
def test_it_is_what_they_say_and_otherwise_erased(phone, left, body, said):
    user = phone.tokens["user"]
    phone.call("account", PROOF | body, "DELETE")
    assert left == [(user, said)]


@pytest.mark.in_memory
@pytest.mark.parametrize("said", ["kept", "", None, 1])
def test_nothing_else_can_be_said_and_then_nothing_is_deleted(world, phone, left, said):
    answer = world.parts.app.test_client().open(
        "/api/v1/account",
        method="DELETE",
        json={**PROOF, "said": said},
        headers={"Authorization": f"Bearer {phone.tokens['access_token']}"},
    )
    error = answer.get_json()["error"]
    assert (answer.status_code, error["details"]["field"]) == (400, "said")
    assert left == []


@pytest.mark.in_memory
def test_when_an_operator_deletes_an_account_it_is_erased(world, phone, left):
    olga, user = world.person("olga", "operator"), phone.tokens["user"]
    account = AccountStore(world.mongo).by_id(user)
    world.parts.people.administration.delete(olga, account)
    assert left == [(user, "erased")]


@pytest.mark.in_memory
def test_at_a_change_of_role_it_stays_as_it_is(world, phone, monkeypatch):
    asked, deletion = [], world.parts.people.administration._roles._deletion
    monkeypatch.setattr(deletion, "leave", lambda *who: asked.append(who))
    user = phone.tokens["user"]
    world.parts.people.administration._roles.change(AccountStore(world.mongo).by_id(user), "specialist", "cli")
    assert asked == [(Caller(user, "none", "peer"),)] * 2


@pytest.mark.parametrize(("body", "said"), [({}, "erased"), ({"said": "unnamed"}, "unnamed")])
def test_so_it_is_for_somebody_who_signs_in_through_an_employer(office, employer, monkeypatch, body, said):
    asked, deletion = [], office.accounts.deletion
    erase = deletion.erase
    monkeypatch.setattr(deletion, "erase", lambda user, said: asked.append(said) or erase(user, said))
    token = office.tokens("sam")["access_token"]
    assert office.send("DELETE", "account", {"oidc": employer.proof("sam"), **body}, token).status_code == 200
    assert asked == [said]
