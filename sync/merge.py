"""Merging two states of one record, field by field.

Every rule is commutative, associative and idempotent, so the result does not depend on the order in which edits arrive,
or on how often. A schema names the rule of each of its fields in ``metadata={"merge": ...}``.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sync.clock import Stamp

Json = Any  # str, int, float, bool, None, or lists and dicts of these


class Entry(NamedTuple):
    """The value of one field, and when it was set."""

    value: Json
    stamp: Stamp


Fields = Mapping[str, Entry]
Rule = Callable[[Entry, Entry], Entry]


def latest(ours: Entry, theirs: Entry) -> Entry:
    """Return the later entry. Entries with equal stamps are compared by value, so that the order never matters."""
    return max(ours, theirs, key=lambda entry: (entry.stamp, repr(entry.value)))


def highest(ours: Entry, theirs: Entry) -> Entry:
    """Return the entry with the larger number: a position never goes back."""
    return max(ours, theirs, key=lambda entry: (entry.value, entry.stamp))


RULES: Mapping[str, Rule] = {"latest": latest, "highest": highest}


def merge(ours: Fields, theirs: Fields, rules: Mapping[str, str]) -> dict[str, Entry]:
    """Merge two sets of fields; ``rules`` gives the name of each field's rule.

    Raises KeyError for a field without a rule, so that no field is merged by accident.
    """
    merged = dict(ours)
    for name, entry in theirs.items():
        rule = RULES[rules[name]]
        merged[name] = rule(merged[name], entry) if name in merged else entry
    return merged
