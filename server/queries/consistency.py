"""The consistency check: computes the places of specialists from offers and pairings, and compares the stored ones."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from server.jobs.specialist_index import SpecialistIndex
from server.store.reader import Reader
from sync.record import Record

# {specialist: {id of an offer: its peer}}, or {specialist: {id of a pairing: {peer, place}}}
PlaceCounts = dict[str, dict[str, Any]]


def drift(reader: Reader, specialist_index: SpecialistIndex) -> list[str]:
    """Return the differences, as sentences. Only one that two calls return is real: commits go on between the reads."""
    pool = specialist_index.pool()
    offers, pairings = _offers(reader.live("offer")), _pairings(reader.live("pairing"))
    found = []
    for user, data in zip(pool.users, pool.data, strict=True):
        if data["offers"] != offers.pop(user, {}):
            found.append(f"the offers of {user} are not those that are open")
        if data["pairings"] != pairings.pop(user, {}):
            found.append(f"the pairings of {user} are not those that go on")
    left = {**offers, **pairings}
    return [*found, *(f"{user} is asked or paired, and not known" for user in sorted(left))]


def _offers(records: Iterable[Record]) -> PlaceCounts:
    places: PlaceCounts = defaultdict(dict)
    for offer in records:
        places[offer.author][offer.id] = offer.hidden["peer"]
    return places


def _pairings(records: Iterable[Record]) -> PlaceCounts:
    places: PlaceCounts = defaultdict(dict)
    for pairing in records:
        place = {"peer": pairing.hidden["peer"], "place": pairing.hidden["request"] is not None}
        places[pairing.hidden["specialist"]][pairing.id] = place
    return places
