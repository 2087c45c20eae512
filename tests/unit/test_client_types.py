"""The types of @beside/client are those of the server's own schemas."""

from tests.client.generate import GENERATED, generated


def test_the_types_of_the_client_are_up_to_date():
    assert GENERATED.read_text() == generated(), "client/src/generated.ts is stale: run make client-types"
