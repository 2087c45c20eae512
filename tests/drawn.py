"""Chance that can be told again: a test prints its seed, and takes the same one from the environment."""

import os
import random


def drawn() -> random.Random:
    """Return chance by the seed of this run: `STORY_SEED=<seed>` draws the same again."""
    seed = os.environ.get("STORY_SEED") or str(random.randrange(2**32))
    print(f"STORY_SEED={seed}")
    return random.Random(int(seed))
