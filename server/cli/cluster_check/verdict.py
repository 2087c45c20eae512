"""The result of the load: the acknowledged messages and those that phones have, compared with the stored ones."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from server.cli.cluster_check.report import FAILED, OK, Row
from server.cli.cluster_check.traffic import Acknowledged, CountedSessions, Phone
from sync.pull import Vector
from sync.record import Record

FEWEST = 2  # messages that are needed to compute figures
LOST = "Do not go live: people would lose what they were told is stored. Tell Beside's developers."


@dataclass(frozen=True)
class Stored:
    """The heads and records that are stored after the load."""

    heads: Vector
    records: dict[str, list[Record]]  # by space, in order
    unknown_to_ledger: int  # acknowledged mutations that the ledger does not have

    @property
    def is_whole(self) -> bool:
        """Whether there is a record for each seq, and a row of the ledger for each acknowledged mutation."""
        return not self.unknown_to_ledger and not any(self.has_gap(space) for space in self.heads)

    def has_gap(self, space: str) -> bool:
        """Tell whether some seq of a space belongs to no record, or to two."""
        return [record.seq for record in self.records[space]] != list(range(1, self.heads[space] + 1))

    def messages(self, space: str) -> list[str]:
        """Return the ids of the messages of a space, in order."""
        return [record.id for record in self.records.get(space, ()) if record.kind == "message"]

    def passed(self, phone: Phone) -> int:
        """Return how many messages a phone does not have although its position has passed them."""
        return sum(
            record.kind == "message" and record.seq <= phone.positions[space] and record.id not in phone.has[space]
            for space, records in self.records.items()
            for record in records
        )


def figures(acknowledged: Acknowledged, sessions: Iterable[CountedSessions]) -> Row:
    """Say how much was stored, and how quickly; FAILED if something had no answer in the end."""
    times, sessions = sorted(acknowledged.times), list(sessions)
    if len(times) < FEWEST:
        return Row("load", FAILED, f"{len(times)} messages were stored", "Look at the database's log.")
    quantiles, seconds = statistics.quantiles(times, n=100, method="inclusive"), acknowledged.seconds
    found = (
        f"{len(times) / seconds:.0f} messages a second in {sum(one.commits for one in sessions) / seconds:.0f} "
        f"commits, each within {quantiles[49] * 1000:.0f} ms (p50) or {quantiles[98] * 1000:.0f} ms (p99); "
        f"{sum(one.conflicts for one in sessions)} conflicts; longest pause {acknowledged.longest_pause:.1f} s"
    )
    if acknowledged.unknown:
        found += f"; {acknowledged.unknown} messages had no answer in the end"
        return Row("load", FAILED, found, "Nothing is stored any more: look at the database's log.")
    return Row("load", OK, found)


def writers(acknowledged: Acknowledged, stored: Stored) -> Row:
    """Say whether every acknowledged message is stored once, and whether the order of each space has no gap."""
    wrong = {"acknowledged messages are not in the ledger": stored.unknown_to_ledger}
    wrong["acknowledged messages are not stored"] = sum(
        len(names - set(stored.messages(space))) for space, names in acknowledged.names.items()
    )
    wrong["messages are stored twice"] = sum(
        len(names) - len(set(names)) for names in map(stored.messages, stored.heads)
    )
    wrong["spaces have a gap in their order"] = sum(map(stored.has_gap, stored.heads))
    total = sum(map(len, acknowledged.names.values()))
    return _row("what is stored", wrong, f"all {total} acknowledged messages, once each; no gap in any order")


def readers(phones: list[Phone], stored: Stored) -> Row:
    """Say whether any phone has passed a change, or has something that is not stored."""
    wrong = {
        "changes were passed by a cursor, and are never shown": sum(map(stored.passed, phones)),
        "cursors did not come to the head of a space": sum(
            phone.positions[space] < head for phone in phones for space, head in stored.heads.items()
        ),
        "messages were shown that are not stored": sum(
            len(phone.has[space] - set(stored.messages(space))) for phone in phones for space in phone.has
        ),
        "times a phone was told to start over": sum(phone.resets for phone in phones),
    }
    return _row("what is read", wrong, f"{len(phones)} phones have everything; no cursor passed a change")


def plain_reads(phone: Phone, stored: Stored) -> Row:
    """Say how many messages a phone without sessions would have missed. This is never a failure."""
    missed = stored.passed(phone)
    return Row("plain reads", OK, f"without sessions, a phone would have missed {missed} messages: for information")


def _row(check: str, wrong: dict[str, int], right: str) -> Row:
    if any(wrong.values()):
        return Row(check, FAILED, "; ".join(f"{number} {what}" for what, number in wrong.items() if number), LOST)
    return Row(check, OK, right)
