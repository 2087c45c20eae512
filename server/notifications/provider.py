"""The port to push services. A provider takes a device's token and a payload that says nothing about any person."""

from collections import deque
from typing import NamedTuple, Protocol

from sync.clock import DAY, MINUTE
from sync.record import Wire

KEPT = 1_000  # payloads that the recorder keeps
PLATFORMS = ("apns", "fcm", "webpush", "unifiedpush")
NEVER_SILENT = frozenset({"webpush"})  # a browser ends a subscription after a few pushes that show nothing
SILENT = frozenset({"badge", "withdraw"})  # values of ``what`` that make no sound
URGENT_TTL = 10 * MINUTE // 1000  # seconds; after that, the next call of the ladder notifies instead
NEW_TTL = 3 * DAY // 1000  # seconds


class Sent(NamedTuple):
    """A payload on its way to a device."""

    platform: str
    token: str  # of a browser or of UnifiedPush: the endpoint of the subscription
    payload: Wire
    keys: tuple[str, str] = ("", "")  # p256dh and auth of a subscription, base64url
    since: int = 0  # ms since the epoch: when the device registered the token; 0: not known

    @property
    def is_silent(self) -> bool:
        """True if the device is to make no sound."""
        return self.payload["what"] in SILENT

    @property
    def ttl(self) -> int:
        """For how many seconds a push service keeps the payload for a device that is off."""
        return URGENT_TTL if self.payload["what"] == "urgent" else NEW_TTL


class Gone(Exception):
    """The token is not valid any more: the app was removed, or has another token."""


class Retry(Exception):
    """The service could not take the payload now. ``after`` is in seconds; 0: the service does not say."""

    def __init__(self, why: str, after: float = 0, *, is_whole: bool = True) -> None:
        """Take ``is_whole``: False if the service itself may be well, and only this device cannot be told now."""
        super().__init__(why)
        self.why, self.after, self.is_whole = why, after, is_whole


class Refused(Exception):
    """The service does not accept a request; if ``is_whole``, it accepts none: an operator has to do something."""

    def __init__(self, why: str, *, is_whole: bool = True, is_said: bool | None = None) -> None:
        """Take ``is_said``: True if an operator may have to do something, though other devices may be fine."""
        super().__init__(why)
        self.why, self.is_whole = why, is_whole
        self.is_said = is_whole if is_said is None else is_said


class Unreachable(Exception):
    """The device cannot be reached by this server: its platform, or the host of its endpoint, is not configured.

    The token is kept, as the settings may be a mistake.
    """


class Provider(Protocol):
    """Sends payloads ``{what, badge, collapse}`` to devices.

    ``what`` is "new", "urgent" or "test", which show something; or, with no sound, "badge" for another number on the
    icon, and "withdraw" to remove the notification with this ``collapse`` key.
    """

    def send(self, sent: Sent) -> None:
        """Send a payload; raises Gone, Retry or Refused. After any other exception, it is tried again too."""


class Recorder:
    """Sends nothing, and keeps the last payloads: for tests."""

    def __init__(self) -> None:
        self.sent: deque[Sent] = deque(maxlen=KEPT)

    def send(self, sent: Sent) -> None:
        """Remember a payload."""
        self.sent.append(sent)
