"""Apple Push Notification service: one HTTP/2 connection, and a token that this server signs with the team's key."""

import threading
import time

import jwt
import orjson

from server.notifications.provider import Gone, Refused, Retry, Sent
from server.notifications.push_http import Answer, PushHttp, require_served
from server.notifications.push_settings import ApnsSettings
from sync.record import Wire

SIGNED_FOR = 40 * 60.0  # seconds: Apple takes tokens of up to an hour, and no new ones more often than every 20 minutes
SOUNDS = {"new": "PUSH_NEW", "urgent": "PUSH_URGENT", "test": "PUSH_TEST"}  # {what: key of a text in the app}
NOW, LATER = "10", "5"  # priorities
OK, GONE, FORBIDDEN = 200, 410, 403  # status codes
UNREGISTERED, BAD_TOKEN, WRONG_TOPIC = "Unregistered", "BadDeviceToken", "DeviceTokenNotForTopic"  # reasons


class Apns:
    """Sends to iPhones. The payload has keys and no texts: an iPhone shows the texts of the app for these keys."""

    def __init__(self, http: PushHttp, settings: ApnsSettings) -> None:
        self._http, self._settings = http, settings
        self._token, self._signed_at, self._lock = "", float("-inf"), threading.Lock()
        self._has_accepted = False  # True once Apple has taken a payload since this server was started

    def send(self, sent: Sent) -> None:
        """Send a payload to a device; raises Gone, Retry or Refused."""
        is_withdrawal = sent.payload["what"] == "withdraw"
        headers = {
            "authorization": f"bearer {self._signed()}",
            "apns-topic": self._settings.topic,
            "apns-push-type": "background" if is_withdrawal else "alert",
            "apns-priority": LATER if sent.is_silent else NOW,
            "apns-expiration": str(int(time.time()) + sent.ttl),
            "apns-collapse-id": sent.payload["collapse"],
        }
        body = orjson.dumps({"aps": alert(sent.payload), **sent.payload})
        answer = self._http.post(f"{self._settings.url}/3/device/{sent.token}", headers, body)
        if answer.status != OK:
            self._raise(answer, sent.since)
        self._has_accepted = True

    def _raise(self, answer: Answer, since: int) -> None:
        """Raise the exception for an answer that is not OK; the token was registered at ``since`` (ms)."""
        reason = str(answer.json().get("reason", ""))
        if answer.status == GONE and answer.json().get("timestamp", since) < since:
            raise Retry("registered again since", is_whole=False)
        if answer.status == GONE or reason == UNREGISTERED or (reason == BAD_TOKEN and self._has_accepted):
            raise Gone
        if reason in {BAD_TOKEN, WRONG_TOPIC}:  # every device gets it if APNS_URL or APNS_TOPIC is wrong
            raise Refused(f"{reason}: check APNS_URL and APNS_TOPIC", is_whole=False, is_said=True)
        require_served(answer)
        if answer.status == FORBIDDEN and reason == "ExpiredProviderToken":
            with self._lock:
                self._signed_at = float("-inf")
            raise Retry(reason)
        raise Refused(reason or f"status {answer.status}", is_whole=answer.status == FORBIDDEN)

    def _signed(self) -> str:
        """Return the signed token (a JWT) by which Apple knows this server."""
        with self._lock:
            if time.monotonic() > self._signed_at + SIGNED_FOR:
                claims = {"iss": self._settings.team_id, "iat": int(time.time())}
                headers = {"kid": self._settings.key_id}
                self._token = jwt.encode(claims, self._settings.key, algorithm="ES256", headers=headers)
                self._signed_at = time.monotonic()
            return self._token


def alert(payload: Wire) -> Wire:
    """Return the ``aps`` part of a payload: a text of the app with a sound, only a number on the icon, or silence."""
    what = payload["what"]
    if what == "withdraw":
        return {"content-available": 1}
    if what == "badge":
        return {"badge": payload["badge"]}
    shown: Wire = {"alert": {"loc-key": SOUNDS[what]}, "badge": payload["badge"], "sound": "default"}
    shown |= {"mutable-content": 1}
    return {**shown, "interruption-level": "time-sensitive"} if what == "urgent" else shown
