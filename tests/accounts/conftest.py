"""Fixtures: somebody with an account, and an employer with a world in which its employees can sign in."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.test import TestResponse

from server.accounts.oidc_settings import Rule
from server.app import build
from tests.accounts.app import DETAILS, SigningIn
from tests.accounts.employer import Employer
from tests.conftest import CONFIG, PASSPHRASE, World

RULES = (
    Rule("operator", "beside-operators", "groups"),
    Rule("supervisor", "beside-supervisors", "groups"),
    Rule("specialist", "beside-specialists", "groups"),
)
SAM = {"groups": ["staff", "beside-specialists"], "email": "sam.miller@acme.example", "email_verified": True}


@pytest.fixture
def phone(world: World) -> SigningIn:
    """Return a phone of ann, who has an account."""
    return SigningIn(world).signs_in("register", **DETAILS)


@pytest.fixture
def codes(phone: SigningIn) -> list[str]:
    """Return ann's recovery codes."""
    return list(phone.call("recovery-codes", {"passphrase": PASSPHRASE})["codes"])


@pytest.fixture(scope="session")
def acme() -> Iterator[Employer]:
    """Return an employer, shared by the tests of one worker."""
    employer = Employer()
    yield employer
    employer.end()


@pytest.fixture
def employer(acme: Employer) -> Iterator[Employer]:
    """Return an employer who employs sam as a specialist, and who has no faults left from another test."""
    acme.employs(sam=SAM)
    yield acme
    acme.has(None)


class Office:
    """A server at which employees can sign in. Its clock is the real one, as the provider's is."""

    def __init__(self, world: World, employer: Employer, algorithms: tuple[str, ...] = ("RS256",)) -> None:
        world.time = _now()
        config = replace(CONFIG, oidc_providers=(employer.provider(*RULES, algorithms=algorithms),))
        world.parts = build(config, world.mongo, lambda: world.time)
        self.world, self.employer = world, employer
        self.accounts, self.oidc = world.parts.accounts, world.parts.people.oidc

    def send(
        self, method: str, path: str, body: Any = None, token: str = "", address: str = "10.0.0.1"
    ) -> TestResponse:
        """Return the answer to a request."""
        headers, environ = {"Authorization": f"Bearer {token}"}, {"REMOTE_ADDR": address}
        client = self.world.parts.app.test_client()
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=headers, environ_base=environ)

    def log_in(self, proof: dict[str, str], **more: Any) -> TestResponse:
        """Return the answer to a sign-in with an id_token, which the provider has issued by now."""
        self.world.time = max(self.world.time, _now())
        return self.send("POST", "login/oidc", proof, **more)

    def tokens(self, login: str) -> dict[str, Any]:
        """Return the tokens of somebody who signs in through the employer; this must succeed."""
        answer = self.log_in(self.employer.proof(login))
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()


def _now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def office(world: World, employer: Employer) -> Office:
    return Office(world, employer)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that lets seconds pass for the cached keys of providers, and for nothing else."""
    passed = [0.0]

    def wait(seconds: float) -> None:
        passed[0] += seconds

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0])
    for module in ("server.accounts.oidc_keys", "jwt.jwks_client", "jwt.jwk_set_cache"):
        monkeypatch.setattr(f"{module}.time", clock)
    return wait


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for 127.0.0.1, signed by itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = datetime.now(UTC) - timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=2)).add_extension(names, True)  # noqa: FBT003 — theirs
    path = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM) + private)
    return path
