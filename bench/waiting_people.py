"""People for the batch: a made-up population, weighed in the same way as real people who wait."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from server.demo_data import population as made_up
from server.matching.assign import Ints
from server.matching.batch_weights import BatchWeights, free, weighed
from server.matching.candidate_columns import CandidateColumns
from server.matching.requester import Requester, requester
from sync.clock import DAY

NOW = 1_795_352_768_209  # ms; the time at which all of them wait

Person = Mapping[str, Any]


class Crowd(NamedTuple):
    """Peers who wait, and specialists with places."""

    weights: BatchWeights  # tables of peers x specialists
    places: Ints  # of each specialist
    groups: list[str]  # the first language of each peer


def population(peers: int, specialists: int, seed: int) -> Crowd:
    """Return a crowd; the same seed gives the same people."""
    people, pool = made_up(peers, specialists, seed), CandidateColumns()
    for person in people.specialists:
        pool.put(person["handle"], listens(person), NOW)
    seekers = [looks(person) for person in people.peers]
    groups = [max(one.languages, key=lambda code: (one.languages[code], code)) for one in seekers]
    return Crowd(weighed(pool, seekers, NOW), free(pool), groups)


def listens(person: Person) -> dict[str, Any]:
    """Return a specialist in the form that the specialist index keeps."""
    identities = [{"topic": tag, "kind": "identity", "depth": 2, "tier": "profile"} for tag in person["identities"]]
    credential = person["credential"]
    return {
        **{name: person[name] for name in ("profile", "practice", "availability")},
        "facts": {str(number): fact for number, fact in enumerate([*person["facts"], *identities])},
        "credential": {**credential, "until": NOW + credential["valid_days"] * DAY},
        "paused_until": NOW + 7 * DAY if person["paused"] else 0,
        "leaving_at": NOW if person["leaving"] else None,
        "pairings": {},
        "offers": {},
    }


def looks(person: Person) -> Requester:
    asked = {"languages": person["profile"]["languages"], "apart": [], "opened_at": NOW, **person["request"]}
    about = {**person["profile"], "availability": person["availability"]}
    return requester(person["handle"], asked, about, frozenset(), NOW)
