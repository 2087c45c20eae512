"""The keys of the employer's provider: fetched when they are needed, seldom, and never from anywhere else."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs

from server.accounts import oidc_keys
from server.accounts.oidc_keys import COOLDOWN, KEPT, PAUSE
from tests.accounts.conftest import SAM, Office
from tests.accounts.employer import Employer

pytestmark = pytest.mark.in_memory

STRANGE = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def rotating():
    """Return an employer of one test alone, whose keys may be changed."""
    employer = Employer()
    employer.employs(sam=SAM)
    yield employer
    employer.end()


def made_up(number):
    """Return what a stranger sends who makes up a key id."""
    token = jwt.encode({"sub": "eve"}, STRANGE, "RS256", {"kid": f"made up {number}"})
    return {"provider": "acme", "id_token": token, "nonce": "n" * 20}


def waits(answer):
    """Return the code of an answer, and the seconds after which to come back."""
    return answer.get_json()["error"]["code"], int(answer.headers["Retry-After"])


def test_the_keys_are_fetched_once_for_many_sign_ins(office, employer):
    before = employer.asked()
    for _ in range(3):
        office.tokens("sam")
    assert employer.asked() == before + 1


def test_a_flood_of_made_up_key_ids_fetches_the_keys_once_and_keeps_nobody_out(office, employer, later):
    office.tokens("sam")
    before = employer.asked()
    later(COOLDOWN + 1)
    answers = [office.log_in(made_up(number), address=f"10.0.{number}.1") for number in range(20)]
    assert answers[0].status_code == 401, "the keys are new, and this one is not among them"
    for answer in answers[1:]:
        code, seconds = waits(answer)
        assert (answer.status_code, code) == (503, "try_later")
        assert 0 < seconds <= COOLDOWN
    assert employer.asked() == before + 1
    assert office.tokens("sam")


def test_a_new_key_is_found_after_the_cooldown_and_the_old_one_is_not_believed_any_more(world, rotating, later):
    office = Office(world, rotating)
    office.tokens("sam")
    of_the_old_key = rotating.proof("sam")
    rotating.program.do("rotate", kid="second")
    of_the_new_key = rotating.proof("sam")
    assert waits(office.log_in(of_the_new_key))[0] == "try_later"
    later(COOLDOWN + 1)
    assert office.log_in(of_the_new_key).status_code == 200, "what was to be repeated is good when repeated"
    assert office.log_in(of_the_old_key).status_code != 200


def test_a_key_that_the_provider_has_withdrawn_is_forgotten_after_some_minutes(world, rotating, later):
    office = Office(world, rotating)
    office.tokens("sam")
    stolen = rotating.proof("sam")
    rotating.program.do("rotate", kid="second")
    later(KEPT + 1)
    assert office.log_in(stolen).status_code == 401


def test_while_the_provider_is_away_its_keys_are_known_and_then_one_has_to_wait(world, rotating, later):
    office = Office(world, rotating)
    first, second, third = (rotating.proof("sam") for _ in range(3))
    assert office.log_in(first).status_code == 200
    rotating.program.do("stop")
    assert office.log_in(second).status_code == 200
    later(KEPT + 1)
    code, seconds = waits(office.log_in(third))
    assert code == "try_later"
    assert 0 < seconds <= PAUSE
    rotating.program.do("again")
    before = rotating.asked()
    assert waits(office.log_in(third))[0] == "try_later", "it is not asked again at once"
    assert rotating.asked() == before
    later(PAUSE + 1)
    assert office.log_in(third).status_code == 200


FAULTS = [("huge", "more than"), ("redirect", "302"), ("other issuer", "calls itself 'https://eve.example'")]


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_an_answer_of_the_provider_that_is_none_is_not_used_and_the_operator_is_told(
    office, employer, fault, said, later
):
    proof = employer.proof("sam")
    employer.has(fault)
    with capture_logs() as logged:
        assert waits(office.log_in(proof))[0] == "try_later"
    [warning] = [line for line in logged if line["log_level"] == "warning"]
    assert (warning["issuer"], said in warning["error"]) == (employer.issuer, True)
    assert proof["id_token"] not in str(logged)
    employer.has(None)
    later(PAUSE + 1)
    assert office.log_in(proof).status_code == 200


def test_a_provider_that_is_silent_is_not_waited_for_for_ever(world, employer, monkeypatch):
    proof = employer.proof("sam")
    monkeypatch.setattr(oidc_keys, "FETCH_WITHIN", 0.2)
    employer.has("silent")
    assert waits(Office(world, employer).log_in(proof))[0] == "try_later"


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1/jwks", "file:///etc/passwd", "ftp://127.0.0.1/", "None", "http://["]
)
def test_keys_are_fetched_from_no_address_that_is_not_secure(monkeypatch, address):
    opened = []
    monkeypatch.setattr(oidc_keys._opener, "open", lambda *args, **_: opened.append(args))
    with pytest.raises(oidc_keys.ValidationError):
        oidc_keys._fetched(address)
    assert opened == []


def test_keys_of_another_algorithm_are_used_if_the_operator_lists_it(world):
    employer = Employer("ES256")
    try:
        employer.employs(sam=SAM)
        assert Office(world, employer).log_in(employer.proof("sam")).status_code == 401
        assert Office(world, employer, algorithms=("RS256", "ES256")).tokens("sam")["role"] == "specialist"
    finally:
        employer.end()
