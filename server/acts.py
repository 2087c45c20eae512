"""What timers do: for each kind of record that can be due, what is done with those that are."""

from collections.abc import Mapping

from server.backend import Backend
from server.batch import Batch
from server.records import Record
from server.timers import Act, cause, each

KINDS = ("offer", "pairing", "request")


def acts(backend: Backend, batch: Batch) -> Mapping[str, Act]:
    """Return {kind: what is done}; in this order: an offer that expires lets its request be served at once."""

    def expire(offer: Record) -> None:
        backend.order("offer.expire", {"user": offer.author, "id": offer.id}, cause(offer, "expire"))

    def wake(pairing: Record) -> None:
        backend.order("pairing.wake", {"pairing": pairing.id}, cause(pairing, "wake"))

    return {"offer": each(expire), "pairing": each(wake), "request": batch.serve}
