"""Firebase Cloud Messaging (FCM), HTTP v1 API: signs in as a project's service account, without Google's library."""

import threading
import time
from urllib.parse import urlencode

import jwt
import orjson

from server.notifications.apns import alert
from server.notifications.provider import Gone, Refused, Retry, Sent
from server.notifications.push_http import Answer, PushHttp, require_served
from server.notifications.push_settings import FcmSettings
from sync.record import Wire

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASKED_FOR = 3600  # seconds: the lifetime that is asked for an access token
EARLY = 60.0  # seconds before its end from which another access token is fetched
OK, BAD_REQUEST, UNAUTHORIZED = 200, 400, 401  # status codes
UNREGISTERED = "UNREGISTERED"  # error codes
OPERATORS = {  # {error code: message}: caused by a mistake of the operator, for some devices or for all
    "SENDER_ID_MISMATCH": "SENDER_ID_MISMATCH: check that FCM_SERVICE_ACCOUNT is of the project of the app",
    "THIRD_PARTY_AUTH_ERROR": "THIRD_PARTY_AUTH_ERROR: check the key of Apple in the settings of the Firebase project",
}


class Fcm:
    """Sends to Android apps, which word and show notifications themselves, and to iPhones with the ``aps`` of APNs."""

    def __init__(self, http: PushHttp, settings: FcmSettings) -> None:
        self._http, self._settings = http, settings
        self._token, self._until, self._lock = "", float("-inf"), threading.Lock()

    def send(self, sent: Sent) -> None:
        """Send a payload to a device; raises Gone, Retry or Refused."""
        url = f"{self._settings.url}/v1/projects/{self._settings.project}/messages:send"
        headers = {"Authorization": f"Bearer {self._access_token()}", "Content-Type": "application/json"}
        answer = self._http.post(url, headers, orjson.dumps({"message": message(sent)}))
        if answer.status != OK:
            self._raise(answer)

    def _raise(self, answer: Answer) -> None:
        error = answer.json().get("error", {})
        codes = {str(one.get("errorCode")) for one in error.get("details", ())} if isinstance(error, dict) else set()
        if UNREGISTERED in codes:
            raise Gone
        for code in codes & OPERATORS.keys():
            raise Refused(OPERATORS[code], is_whole=False, is_said=True)
        if answer.status == UNAUTHORIZED:
            with self._lock:
                self._until = float("-inf")
            raise Refused("status 401")
        require_served(answer)
        raise Refused(f"status {answer.status}", is_whole=answer.status != BAD_REQUEST)

    def _access_token(self) -> str:
        """Return an access token of the service account; raises Retry or Refused. One is fetched at a time."""
        with self._lock:
            if time.monotonic() > self._until:
                self._token, seconds = self._fetched()
                self._until = time.monotonic() + seconds - EARLY
            return self._token

    def _fetched(self) -> tuple[str, float]:
        now = int(time.time())
        claims = {"iss": self._settings.email, "scope": SCOPE, "aud": self._settings.token_uri}
        assertion = jwt.encode(claims | {"iat": now, "exp": now + ASKED_FOR}, self._settings.key, algorithm="RS256")
        body = urlencode({"grant_type": GRANT, "assertion": assertion}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._http.post(self._settings.token_uri, headers, body)
        require_served(answer)
        found = answer.json()
        if answer.status != OK or not isinstance(found.get("access_token"), str):
            raise Refused(f"no access token, status {answer.status}")
        seconds = found.get("expires_in", 0)
        if not isinstance(seconds, int | float):
            raise Retry("an access token without a time")
        return found["access_token"], float(seconds)


def message(sent: Sent) -> Wire:
    """Return a payload as FCM takes it. FCM's data fields are texts, so the number on the icon becomes text."""
    payload, is_withdrawal = sent.payload, sent.payload["what"] == "withdraw"
    apple = {
        "headers": {
            "apns-push-type": "background" if is_withdrawal else "alert",
            "apns-priority": "5" if sent.is_silent else "10",
            "apns-collapse-id": payload["collapse"],
        },
        "payload": {"aps": alert(payload)},
    }
    android = {
        "priority": "NORMAL" if sent.is_silent else "HIGH",
        "ttl": f"{sent.ttl}s",
        "collapse_key": payload["collapse"],
    }
    return {
        "token": sent.token,
        "data": {**payload, "badge": str(payload["badge"])},
        "android": android,
        "apns": apple,
    }
