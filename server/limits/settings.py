"""The limits that an operator can set. The environment variable of a limit is `LIMIT_` and its name in capitals."""

from dataclasses import dataclass, fields
from typing import Any, cast

from environs import Env, validate

PREFIX = "LIMIT_"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one account, address or space may use. 0 means that there is no limit.

    Each worker counts rates, connections and tries for itself: n workers allow n times as many.
    """

    mutations_at_once: int = 1_000  # mutations of one account that may come at once, such as a long outbox
    mutations_per_minute: int = 120  # mutations of one account, from then on
    requests_at_once: int = 1_000  # requests of one account, or of a connection without one, that may come at once
    requests_per_second: int = 50  # requests that are served from then on; others wait
    records_per_kind: int = 20_000  # records of one kind in one space, without messages and deleted records
    megabytes_per_space: int = 500  # of everything in one space, deleted records left out
    devices_per_account: int = 32  # devices that are signed in; one more signs out the one unused for longest
    streams_per_device: int = 128  # live streams, about two for each collection; one more ends the oldest
    streams_per_account: int = 384  # streams of all devices of an account; one more ends the oldest
    requests_under_way: int = 64  # requests of one account that are answered at the same time; one more is refused
    connections_per_device: int = 16  # WebSockets; one more closes the oldest
    connections_per_account: int = 64  # WebSockets; one more closes the oldest
    connections_per_address: int = 5_000  # WebSockets; one more is refused
    seconds_to_connect: int = 10  # seconds from opening a WebSocket until its phone must be signed in
    seconds_for_body: int = 60  # seconds in which the body of a request must arrive
    reports_per_day: int = 20  # reports of one account
    invitations_per_day: int = 50  # invitations of one account; operators may make any number
    requests_per_day: int = 20  # requests for a specialist that one account opens
    sign_ins_per_address: int = 60  # passphrases, and as many id_tokens, tried from one address in 5 minutes
    accounts_per_address: int = 60  # accounts made from one address in 5 minutes
    demos_per_address: int = 10  # pairs of demo accounts made from one address in an hour
    disk_reserve_megabytes: int = 256  # free space on the database's disk below which nothing new is stored
    days_unused: int = 90  # days without use after which a device is signed out
    days_signed_in: int = 365  # days after which a device has to sign in again


def read(env: Env) -> Limits:
    """Read the limits from the environment; each wrong variable is reported by ``env.seal()``."""
    at_least_0 = validate.Range(0, error="Use a whole number; 0 is no limit.")
    found: dict[str, Any] = {
        one.name: env.int(PREFIX + one.name.upper(), cast("Any", one.default), validate=at_least_0)
        for one in fields(Limits)
    }
    return Limits(**found)
