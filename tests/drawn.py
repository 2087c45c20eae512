"""Random choices that can be repeated: a test prints its seed, or takes one from the environment."""

import os
import random


def drawn() -> random.Random:
    """Return a random generator with the seed of this run; `STORY_SEED=<seed>` repeats its choices."""
    seed = os.environ.get("STORY_SEED") or str(random.randrange(2**32))
    print(f"STORY_SEED={seed}")
    return random.Random(int(seed))
