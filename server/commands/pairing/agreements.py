"""What two people agree on: versions of terms, each signed by both on the same hash before it holds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.agreement import STANDARD, digest
from server.commands.context import Context
from server.commands.states import in_state
from sync.record import Key, Record

FIRST_VERSION = "first"  # the id of the agreement that an invitation or an acceptance proposes


def whole(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return terms with what was left out as in the standard text. What cannot be kept is always said."""
    standard = STANDARD[terms.get("locale", "en")]
    return {**standard, **terms, "not_kept": standard["not_kept"]}


def proposed(pairing: Record, name: str, terms: Mapping[str, Any], signed: Mapping[str, int]) -> tuple[Record, Record]:
    """Return an agreement that is proposed, and the pairing in which it is; signed: {member: ms}."""
    version, sha256 = pairing.hidden["versions"] + 1, digest(terms)
    data = {"version": version, "terms": terms, "sha256": sha256, "state": "proposed", "signed": signed}
    author = next(iter(signed), "")
    hidden = {"versions": version, "proposal": name, "proposed": sha256}
    return (
        Record(name, "agreement", pairing.space, author, data),
        replace(pairing, hidden={**pairing.hidden, **hidden}),
    )


def proposal(context: Context, pairing: Record) -> Record | None:
    """Return the agreement that waits for signatures."""
    return _named(context, pairing, pairing.hidden["proposal"])


def in_force(context: Context, pairing: Record) -> Record | None:
    """Return the agreement that both have signed."""
    return _named(context, pairing, pairing.hidden["in_force"])


def signed(context: Context, pairing: Record, agreement: Record, member: str) -> tuple[list[Record], Record]:
    """Return what a signature changes: the agreements, and the pairing. What both have signed is in force."""
    signatures = {**agreement.data["signed"], member: context.now}
    if set(signatures) != set(pairing.hidden["users"]):
        return [in_state(agreement, "proposed", signed=signatures)], pairing
    before = in_force(context, pairing)
    replaced = [in_state(before, "replaced")] if before else []
    settled = {
        "in_force": agreement.id,
        "agreed": agreement.data["sha256"],
        "proposal": None,
        "proposed": None,
        "withdrawn": False,
    }
    changed = [in_state(agreement, "in_force", signed=signatures), *replaced]
    return changed, replace(pairing, hidden={**pairing.hidden, **settled})


def _named(context: Context, pairing: Record, name: str | None) -> Record | None:
    return None if name is None else context.reads.get(Key(pairing.space, "agreement", name))
