"""Employees sign in on a running server, with a real database, while their provider takes its time."""

import json
import ssl
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from server.accounts.oidc_keys import DISCOVERY
from server.store.database import database
from tests.accounts.conftest import SAM
from tests.accounts.employer import Employer
from tests.conftest import Running
from tests.waiting import PATIENCE, until

RULE = {"claim": "groups", "value": "beside-specialists", "role": "specialist"}


@pytest.fixture(scope="module")
def employers(certificate) -> Iterator[dict[str, Employer]]:
    """Return two employers with TLS, as all have that are not on this same machine; one for each test."""
    trusting, found = ssl.create_default_context(cafile=str(certificate)), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", lambda *_, **__: trusting)
        for name in ("globex", "initech"):
            found[name] = Employer(certificate=certificate.read_text())
            found[name].employs(sam=SAM)
        yield found
    for employer in found.values():
        employer.end()


@pytest.fixture(scope="module")
def running(mongodb, client, employers, certificate, tmp_path_factory) -> Iterator[Running]:
    """Return a running server at which their people can sign in, and which trusts the certificate."""
    folder = tmp_path_factory.mktemp("oidc")
    providers = [
        {"name": name, "issuer": employer.issuer, "client_id": "beside", "rules": [RULE]}
        for name, employer in employers.items()
    ]
    (folder / "providers.json").write_text(json.dumps(providers))
    path, _, query = mongodb.partition("?")
    mongo = database(client, f"test_{uuid.uuid4().hex[:12]}")
    settings = {"OIDC_PROVIDERS": str(folder / "providers.json"), "SSL_CERT_FILE": str(certificate)}
    uri = f"{path.rstrip('/')}/{mongo.name}?{query}"
    server = Running(mongo, "tests.accounts.patient:app", MONGODB_URI=uri, DATA_DIR=str(folder / "data"), **settings)
    yield server
    server.stop()
    client.drop_database(mongo.name)


@pytest.fixture
def begin(running, employers) -> Iterator[Callable[[str, int, str], list[Future]]]:
    """Return a function that begins to sign sam in at an employer whose provider has a fault from now on."""
    with ThreadPoolExecutor() as threads, httpx.Client(base_url=f"{running.address}/api/v1", timeout=PATIENCE) as http:

        def sign_in(name: str, times: int, fault: str) -> list[Future]:
            employer = employers[name]
            proofs = [employer.proof("sam", provider=name) for _ in range(times)]
            asked = employer.asked(DISCOVERY)
            employer.has(fault)
            begun = [threads.submit(http.post, "login/oidc", json=proof) for proof in proofs]
            until(lambda: employer.asked(DISCOVERY) > asked)
            assert http.get("topics").status_code == 200, "nobody else has to wait for the provider"
            assert not any(one.done() for one in begun), "they wait"
            return begun

        yield sign_in


def test_while_one_sign_in_waits_for_the_keys_nobody_else_does_and_one_person_gets_one_account(
    running, employers, begin
):
    begun = begin("globex", 3, "silent")
    employers["globex"].has(None)
    answers = [one.result().json() for one in begun]
    assert len({answer["user"] for answer in answers}) == len({answer["handle"] for answer in answers}) == 1
    assert len({answer["device"] for answer in answers}) == 3
    assert employers["globex"].asked() == 1, "one has fetched the keys for all"
    assert running.mongo.users.count_documents({}) == running.mongo.identities.count_documents({}) == 1
    assert running.mongo.used_nonces.count_documents({}) == 3


def test_a_provider_that_answers_a_little_all_the_time_is_given_up(begin):
    [begun] = begin("initech", 1, "slow")
    answer = begun.result()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "try_later")
