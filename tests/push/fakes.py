"""Fakes of push services that speak HTTP/1.1: those of browsers, and Firebase Cloud Messaging.

Each checks what it is sent as the real one does. Answers are taken from ``answers``, a list of what to do next: a
status, (status, headers), (status, headers, body), "reset", or a number of seconds as a float to wait before 201.
"""

import base64
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Fake:
    """A server whose answers can be set. ``requests`` are (path, headers, body), in order."""

    def __init__(self, context: ssl.SSLContext, address: str = "127.0.0.1") -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.times: list[float] = []
        self.answers: list[Any] = []
        self.answers_of: dict[str, list[Any]] = {}  # {last part of a path: answers for this device alone}
        self.lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                fake.times.append(time.monotonic())
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with fake.lock:
                    fake.requests.append((self.path, headers, body))
                    own = fake.answers_of.get(self.path.rpartition("/")[2], fake.answers)
                    answer = own.pop(0) if own else None
                fake.answer(self, answer, headers, body)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer((address, 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # clients that do not trust the certificate
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, handler: Any, answer: Any, headers: dict[str, str], body: bytes) -> None:
        if isinstance(answer, float):
            time.sleep(answer)
            answer = None
        if answer == "reset":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, more, text = (*answer, b"")[:3] if isinstance(answer, tuple) else (answer or 0, {}, b"")
        if not status:
            status, more, text = self.accept(handler.path, headers, body)
        handler.send_response(status)
        for name, value in {**more, "Content-Length": str(len(text))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)

    def accept(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the answer of the service when no other answer is set."""
        raise NotImplementedError

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class FakeWebPush(Fake):
    """The push service of a browser. ``opened`` are (subscription, payload, headers), opened by http_ece."""

    def __init__(self, context: ssl.SSLContext, address: str = "127.0.0.1", host: str = "localhost") -> None:
        super().__init__(context, address)
        self.origin = f"https://{host}:{self.port}"
        self.opened: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.key: str | None = None  # the VAPID key that signed the last request
        self._secrets: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}

    def subscribed(self, name: str) -> dict[str, str]:
        """Return a subscription as a browser has it."""
        key, auth = ec.generate_private_key(ec.SECP256R1()), name.encode()[:16].ljust(16, b"_")
        self._secrets[f"/{name}"] = key, auth
        public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/{name}", "p256dh": b64(public), "auth": b64(auth)}

    def accept(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path not in self._secrets:
            return 404, {}, b""
        scheme, _, rest = headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        claims = jwt.decode(parts["t"], public, algorithms=["ES256"], audience=self.origin)
        is_sane = (
            scheme == "vapid"
            and claims["exp"] - time.time() <= 24 * 3600
            and claims["sub"].startswith(("mailto:", "https:"))
            and headers["content-encoding"] == "aes128gcm"
            and int(headers["ttl"]) > 0
            and len(headers["topic"]) <= 32
            and headers["urgency"] == "high"
        )
        if not is_sane:
            return 400, {}, b""
        key, auth = self._secrets[path]
        payload = http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm")
        self.key = parts["k"]
        self.opened.append((path[1:], json.loads(payload), headers))
        return 201, {"Location": f"{self.origin}/m/1"}, b""

    def payloads(self, name: str) -> list[dict[str, Any]]:
        return [payload for found, payload, _ in self.opened if found == name]


class FakeFcm(Fake):
    """Google's two endpoints. ``sent`` are the messages that were accepted."""

    def __init__(self, context: ssl.SSLContext, public_key: Any) -> None:
        super().__init__(context)
        self.url = f"https://localhost:{self.port}"
        self.token_uri = f"{self.url}/token"
        self.sent: list[dict[str, Any]] = []
        self.fetched, self._public_key = 0, public_key
        self.gone: set[str] = set()
        self.expires_in = 3600

    def accept(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path == "/token":
            asked = parse_qs(body.decode())
            claims = jwt.decode(asked["assertion"][0], self._public_key, algorithms=["RS256"], audience=self.token_uri)
            assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
            assert asked["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            self.fetched += 1
            answer = {"access_token": f"access-{self.fetched}", "expires_in": self.expires_in, "token_type": "Bearer"}
            return 200, {}, json.dumps(answer).encode()
        if headers.get("authorization") != f"Bearer access-{self.fetched}":
            return 401, {}, b"{}"
        message = json.loads(body)["message"]
        if message["token"] in self.gone:
            details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}]
            return 404, {}, json.dumps({"error": {"code": 404, "status": "NOT_FOUND", "details": details}}).encode()
        assert all(isinstance(value, str) for value in message["data"].values()), "data has texts only"
        self.sent.append(message)
        return 200, {}, b'{"name": "projects/p/messages/1"}'


@contextmanager
def running(fake: Any) -> Iterator[Any]:
    """Give a fake, and stop it afterwards."""
    try:
        yield fake
    finally:
        fake.stop()
