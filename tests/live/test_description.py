"""The running server does what its API description says, whatever schemathesis can think of."""

import os

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
LIMITED = ("register", "login", "refresh")  # how often these may be called is limited
EXAMPLES = 50 if "STORY_STEPS" in os.environ else 4  # cases of each operation
ENDLESS = ("stream", "pullStream")
SELF = ("logout", "account", "passphrase")  # these would sign the tester out


@pytest.fixture
def session(online):
    """Return an HTTP session of a specialist."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {online('specialist').tokens['access_token']}"
        yield session


def test_every_answer_is_as_described(server, session):
    described = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    operations = [result.ok() for result in described.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        if not operation.path.endswith(LIMITED + SELF + ENDLESS):
            try_out(operation, session)


def try_out(operation, session):
    """Call one operation with cases that its description allows, and some that it does not."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def tried(case):
        case.call_and_validate(session=session, checks=CHECKS, timeout=60)

    tried()
