"""The details of an account, and addresses from which somebody signs in."""

from tests.conftest import PASSPHRASE

DETAILS = {"handle": "Ann", "passphrase": PASSPHRASE, "device": "phone"}

HERE, STRANGE = "127.0.0.1", "203.0.113.66"
