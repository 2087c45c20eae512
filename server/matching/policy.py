"""The weights of matching, in one versioned table. They are assumptions: every decision names the version it used.

The form, and the evidence behind each part, are from the project's domain research: fit by lived experience first, and
knowing when a specialist is there next, which shortens waiting far more than any algorithm.
"""

from collections.abc import Mapping

VERSION = "2026-11"

PEER: Mapping[str, float] = {
    "lived": 0.46,
    "hours": 0.22,
    "language": 0.08,
    "gender": 0.07,
    "identity": 0.09,
    "style": 0.08,
}
SPECIALIST: Mapping[str, float] = {"comfort": 0.45, "hours": 0.20, "language": 0.10, "own": 0.25}
PEERS_PART = 0.7  # of the score of a pair; the rest is the specialist's
FAMILY = 0.25  # what a topic of the same family counts against the topic itself
ENOUGH = 4.0  # shared hours a week, more than which count no more
LEAST = 1.0  # shared hours a week that are needed

SOON = 0.25  # what it adds that a specialist is there now
SOON_HOURS = 6.0  # after which that has fallen to 1/e
LOAD = 0.08  # what it costs that all places of a specialist are taken
AGE = 0.10  # what a day of waiting adds when many are assigned at once, up to AGE_MOST
AGE_MOST = 0.50
PRIORITY = 1.0  # what it adds that somebody lost their specialist
SCARCE = 0.20  # what it adds that there is hardly anybody else for a peer

SHORTEST, LONGEST = 3, 5  # people on a short list
NEAR = 10.0  # hours within which those on a short list are there, if there are enough of them
NEWCOMERS = 5  # one short list in so many has a place for somebody who has nobody yet
