"""How long a device stays signed in: until it is unused for too long, or the longest time for any device is over."""

from server.limits.settings import Limits
from server.store.accounts import NEVER
from server.store.database import Document
from sync.clock import DAY


class SignInTimes:
    """The times after which devices are signed out, in ms since the epoch."""

    def __init__(self, limits: Limits) -> None:
        self._unused = limits.days_unused * DAY or NEVER
        self._whole = limits.days_signed_in * DAY or NEVER

    def expires(self, now: int, signed_in_at: int, until: int) -> int:
        """Return when a device that is used now expires. ``until``: when its user has to sign in again in any case."""
        return min(now + self._unused, signed_in_at + self._whole, until)

    def is_over(self, token: Document, device: Document, now: int) -> bool:
        """Tell whether the refresh token that a device sends is too old, or the device signed in for too long."""
        latest = min(token["issued_at"] + self._unused, device["created_at"] + self._whole, device.get("until", NEVER))
        return bool(now >= latest)
