"""What an account is made of."""

from tests.conftest import PASSPHRASE

DETAILS = {"handle": "Ann", "passphrase": PASSPHRASE, "device": "phone"}

HERE, STRANGE = "127.0.0.1", "203.0.113.66"
