"""The due handlers: for each kind of record that can be due, what is done with records whose time has come."""

from collections.abc import Mapping

from schemas.ack import SORTS
from server.backend import Backend
from server.jobs.batch_matching import BatchMatching
from server.jobs.scheduler import DueHandler, cause, each
from server.store.reader import Reader
from sync.record import Record

KINDS = ("offer", "pairing", "request", "promise", "disclosure", "session", "sos", "message")
NEWEST_MESSAGES = 20  # messages looked at to see when somebody last wrote


def due_handlers(backend: Backend, batch: BatchMatching, reader: Reader) -> Mapping[str, DueHandler]:
    """Return {kind: what is done}; in this order: an offer that expires lets its request be served at once."""

    def expire(offer: Record) -> None:
        backend.order("offer.expire", {"user": offer.author, "id": offer.id}, cause(offer, "expire"))

    def wake(pairing: Record) -> None:
        backend.order("pairing.wake", {"pairing": pairing.id}, cause(pairing, "wake"))

    def on_due(record: Record, **seen: object) -> None:
        args = {"space": record.space, "id": record.id, **seen}
        backend.order(f"{record.kind}.turn", args, cause(record, "turn"))

    return {
        "sos": each(on_due),
        "offer": each(expire),
        "pairing": each(wake),
        "request": batch.serve,
        "promise": each(on_due),
        "disclosure": each(on_due),
        "session": each(lambda session: on_due(session, active_at=_active_at(reader, session))),
        "message": each(lambda message: on_due(message, answered=_is_answered(reader, message))),
    }


def _active_at(reader: Reader, session: Record) -> int:
    """Return when the last words in a space arrived, in ms, whatever the clocks of phones show; 0: none have."""
    newest, _ = reader.history(session.space, 2**53 - 1, NEWEST_MESSAGES)
    return max((message.hidden.get("arrived_at", 0) for message in newest if not message.deleted), default=0)


def _is_answered(reader: Reader, message: Record) -> bool:
    """Tell whether somebody else has said or acknowledged anything since a message."""
    head = reader.extents([message.space])[message.space].head
    later = reader.of_kind(message.space, "message", message.first_seq, head, head)
    acks = reader.of_kind(message.space, "ack", 0, head, head)
    others = [one for one in later if not one.deleted and one.author != message.author]
    written = any(one.first_seq > message.first_seq for one in others)
    return written or any(ack.data["message"] == message.id and any(ack.data.get(s) for s in SORTS) for ack in acks)
