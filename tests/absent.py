"""Time in which Beside is not there, in a world whose clock moves when told."""

from tests.conftest import World


def away(world: World, ms: int) -> int:
    """Let Beside be away for some time from now on, and be told so when it comes back; return when it is back."""
    since = world.time
    world.wait(ms)
    world.parts.backend.order("absence.add", {"since": since, "until": world.time}, f"absence.{since}")
    return world.time
