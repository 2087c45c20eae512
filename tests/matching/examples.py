"""How many random cases the laws of matching are tried on."""

import os

SHARE = 1 if "STORY_STEPS" in os.environ else 4  # `make stories` tries all cases, the suite one in four


def tried(count: int) -> int:
    """Return how many of some cases are tried."""
    return count // SHARE
