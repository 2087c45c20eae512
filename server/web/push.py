"""The endpoints for push notifications: the platforms that can be notified, a device's push token, and a test."""

from schemas import account
from schemas.base import Strict
from schemas.errors import BadRequest, PushUnavailable, RateLimited
from schemas.push import PushKey, PushTest, PushToken
from server.commands.context import Clock
from server.limits.moving_windows import MovingWindows, Window
from server.notifications.push_hosts import NotAllowed
from server.notifications.service import Notifications
from server.notifications.services import PushServices
from server.notifications.web_push import require_keys
from server.web.endpoint import API, Endpoint, Request
from sync.record import Wire

TESTS = Window(10, 300)  # test notifications of one device within 5 minutes


def push_endpoints(notifications: Notifications, now: Clock) -> list[Endpoint]:
    """Return the endpoints for the public key, for a device's push token, and for a test notification."""
    services, windows = notifications.services, MovingWindows()

    def key(_: Request) -> Wire:
        return {"key": services.public_key, "platforms": services.platforms}

    def put(request: Request) -> Wire:
        place = request.args.get("token") or request.args.get("subscription")
        push = None if place is None else {**_push(services, request.args), "at": now()}
        notifications.push_tokens.put(request.caller.device, push)
        return {}

    def test(request: Request) -> Wire:
        wait = windows.hit(TESTS, request.caller.device)
        if wait:
            raise RateLimited("Too many test notifications; wait a little.", retry_after=max(1, round(wait)))
        return {"outcome": notifications.test(request.caller.device)}

    token, tag = f"{API}/push-token", "accounts"
    return [
        Endpoint(
            "GET", f"{API}/push-key", "Which devices can be notified, and the key.", key, PushKey, tag=tag, public=True
        ),
        Endpoint("POST", token, "Say where this phone can be notified.", put, account.Done, PushToken, tag=tag),
        Endpoint("POST", f"{token}/test", "Notify this phone, to try it.", test, PushTest, Strict, tag=tag),
    ]


def _push(services: PushServices, args: Wire) -> Wire:
    """Return a registration as it is stored: {platform, token, keys?}; raises PushUnavailable or BadRequest."""
    platform, available = args["platform"], services.platforms
    if platform not in available:
        raise PushUnavailable("This server cannot ring devices of this kind.", platform=platform, available=available)
    if "token" in args:
        return {"platform": platform, "token": args["token"]}
    subscription = args["subscription"]
    try:
        services.hosts.entry(subscription["endpoint"])
    except NotAllowed as error:
        raise PushUnavailable(
            f"{error}", platform=platform, available=available, field="subscription.endpoint"
        ) from error
    try:
        require_keys(subscription["p256dh"], subscription["auth"])
    except ValueError as error:
        message = "subscription.p256dh: Send the keys of the subscription as the browser gave them."
        raise BadRequest(message, field="subscription.p256dh") from error
    return {
        "platform": platform,
        "token": subscription["endpoint"],
        "keys": (subscription["p256dh"], subscription["auth"]),
    }
