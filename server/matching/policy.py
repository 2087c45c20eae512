"""The weights of matching, in one versioned table. They are assumptions: every decision stores the version it used.

The formula, and the evidence behind each part, come from the project's domain research: lived experience counts most,
and knowing when a specialist is available next shortens waiting far more than any algorithm.
"""

from collections.abc import Mapping

VERSION = "2026-12"  # the first with a floor, as too many offers had no topic in common (ADR 45)

PEER: Mapping[str, float] = {
    "lived": 0.46,
    "hours": 0.22,
    "language": 0.08,
    "gender": 0.07,
    "identity": 0.09,
    "style": 0.08,
}
SPECIALIST: Mapping[str, float] = {"comfort": 0.45, "hours": 0.20, "language": 0.10, "own": 0.25}
PEERS_PART = 0.7  # share of the peer's side in the score of a pair; the rest is the specialist's side
FAMILY = 0.25  # weight of another topic of the same family; the topic itself counts 1
LISTENS_WELL = 2  # of 3: the least comfort for which a topic counts for the floor as if it had been lived through
ENOUGH = 4.0  # shared hours a week; further hours add nothing
LEAST = 1.0  # shared hours a week that are needed

SOON = 0.25  # added for a specialist who is available now
SOON_HOURS = 6.0  # SOON falls to 1/e for a specialist who is available in this many hours
LOAD = 0.08  # subtracted for a specialist whose places are all taken; in proportion if only some are
AGE = 0.10  # added for each day of waiting when many peers are assigned at once, up to AGE_MOST
AGE_MOST = 0.50
PRIORITY = 1.0  # added for a peer who lost their specialist
SCARCE = 0.20  # added for a peer, divided by 1 + the number of their candidates

SHORTEST, LONGEST = 3, 5  # specialists on a short list
NEAR = 10.0  # hours; specialists who are available within these come first on a short list
NEWCOMERS = 5  # one in this many short lists keeps a place for a specialist who has no peer yet
