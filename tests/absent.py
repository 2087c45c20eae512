"""Absences of Beside, in a world whose clock the test moves."""

from tests.conftest import World


def away(world: World, ms: int) -> int:
    """Let ``ms`` pass in which Beside serves nobody, and store the absence; return the time of its end, in ms."""
    since = world.time
    world.wait(ms)
    world.parts.backend.order("absence.add", {"since": since, "until": world.time}, f"absence.{since}")
    return world.time
