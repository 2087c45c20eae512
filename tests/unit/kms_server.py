"""A local stand-in of AWS KMS, which checks every signature on its own and fails as it is told."""

import hashlib
import hmac
import json
import re
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY_ID, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"
FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>\w+)/(?P<day>\d{8})/(?P<region>[\w-]+)/(?P<service>\w+)/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class KmsServer(ThreadingHTTPServer):
    """Decrypts what is in ``plain``; the next answers are those of ``failures``, if there are any."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plain: dict[bytes, bytes] = {}  # by ciphertext
        self.failures: list = []  # (status, body), seconds to wait, or None to hang up
        self.token: str | None = None  # that is expected
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running() -> Iterator[KmsServer]:
    server = KmsServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: KmsServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked += 1
        failure = self.server.failures.pop(0) if self.server.failures else ()
        if failure is None:
            self.close_connection = True
            return
        if isinstance(failure, float):
            self._drip(failure)
            return
        status, answer = failure or self._decrypted(body)
        self._answer(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def log_message(self, *_) -> None:
        pass

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # nobody reads it to its end
            self.wfile.write(body)

    def _drip(self, seconds: float) -> None:
        """Answer a byte at a time, for some seconds."""
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        late = time.monotonic() + seconds
        while time.monotonic() < late:
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.02)
        self.close_connection = True

    def _decrypted(self, body: bytes) -> tuple[int, object]:
        kind = self._refusal(body)
        if kind is not None:
            return 400, {"__type": kind, "message": "no\nThe canonical request should have been hush"}
        wanted = json.loads(body)
        assert wanted.keys() == {"CiphertextBlob"}
        plain = self.server.plain.get(b64decode(wanted["CiphertextBlob"]))
        if plain is None:
            return 400, {"__type": "InvalidCiphertextException"}
        algorithm = {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT", "KeyId": "arn:aws:kms:eu-central-1:1:key/k"}
        return 200, {**algorithm, "Plaintext": b64encode(plain).decode()}

    def _refusal(self, body: bytes) -> str | None:
        """Return the type of the error that AWS answers, or None if the request is signed as it should be."""
        found = FORM.fullmatch(self.headers["authorization"])
        if found is None:
            return "IncompleteSignatureException"
        headers = {name.lower(): value for name, value in self.headers.items()}
        when = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        must = {name for name in headers if name.startswith("x-amz-")} | {"host", "content-type"}
        names = found["names"].split(";")
        stranger = found["id"] != KEY_ID or headers.get("x-amz-security-token") != self.server.token
        wrong = {
            "UnknownOperationException": (self.path, headers["x-amz-target"]) != ("/", "TrentService.Decrypt"),
            "SerializationException": headers["content-type"] != "application/x-amz-json-1.1",
            "com.amazonaws.kms#UnrecognizedClientException": stranger,
            "InvalidSignatureException": (found["region"], found["service"]) != (REGION, "kms")
            or abs((datetime.now(UTC) - when).total_seconds()) > 300
            or not headers["x-amz-date"].startswith(found["day"])
            or not must <= set(names)
            or names != sorted(names)
            or not hmac.compare_digest(found["signature"], _signature(found, headers, body)),
        }
        return next((kind for kind, is_wrong in wrong.items() if is_wrong), None)


def _signature(found: re.Match, headers: dict[str, str], body: bytes) -> str:
    """Work a signature out as AWS describes it, without the product's code."""
    canonical = "POST\n/\n\n"
    for name in found["names"].split(";"):
        canonical += f"{name}:{headers[name].strip()}\n"
    canonical += f"\n{found['names']}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{found['day']}/{found['region']}/{found['service']}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"

    def mac(key: bytes, message: str) -> bytes:
        return hmac.new(key, message.encode(), hashlib.sha256).digest()

    of_day = mac(b"AWS4" + SECRET.encode(), found["day"])
    of_request = mac(mac(mac(of_day, found["region"]), found["service"]), "aws4_request")
    return mac(of_request, text).hex()
