"""What devices are notified of."""

import pytest

from tests.trust.scene import pushed, reachable

CANARY = "canary"


def new(badge):
    return {"what": "new", "badge": badge, "collapse": "new"}


def withdrawn(badge):
    return {"what": "withdraw", "badge": badge, "collapse": "new"}


def corrected(badge):
    return {"what": "badge", "badge": badge, "collapse": "badge"}


@pytest.fixture
def space(world, sam, ann, pair):
    """Return the space of sam and ann, both of whom can be reached, and have been told that they are paired."""
    reachable(world, sam), reachable(world, ann)
    pushed(world, ann)
    return pair


def asked(phone, space, name):
    assert phone.do("question.ask", space=space, id=name, text=CANARY, locale="en")["ok"]


def failing(world, *tokens):
    """Let the provider fail for some tokens; return the list of those still to fail."""
    left, send_it = list(tokens), world.parts.notifications.provider.send

    def send_or_fail(sent):
        if sent.token in left:
            left.remove(sent.token)
            raise TimeoutError("the provider does not answer")
        send_it(sent)

    world.parts.notifications.provider.send = send_or_fail
    return left


def told(world):
    """Enqueue and send what is due, and return {token: payloads} of all that was sent."""
    notifications, found = world.parts.notifications, {}
    notifications.enqueuer.enqueue()
    notifications.scheduler.run()
    for one in notifications.provider.sent:
        found.setdefault(one.token, []).append(one.payload)
    notifications.provider.sent.clear()
    return found
