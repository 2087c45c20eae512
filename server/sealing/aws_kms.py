"""AWS KMS decrypts master keys: one signed request for each, with Signature Version 4.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpcore
import orjson

TIMEOUT = 10.0  # seconds to connect, to send, and for the whole answer
PAUSES = (0.5, 1.0, 2.0)  # seconds before each further attempt
LARGEST = 64 * 1024  # bytes of an answer that are read
OK, OVERLOADED, BROKEN = 200, 429, 500  # status codes; from BROKEN on the service has a fault
LONGEST_MESSAGE = 200  # characters of a message of AWS that are shown
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
THROTTLED = {"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"}
ADVICE = {
    "AccessDeniedException": "Allow kms:Decrypt with the key for this user or role.",
    "UnrecognizedClientException": "Is AWS_ACCESS_KEY_ID right, and AWS_SESSION_TOKEN set if it is a temporary one?",
    "InvalidSignatureException": "Is AWS_SECRET_ACCESS_KEY right, and the clock of this machine?",
    "ExpiredTokenException": "AWS_SESSION_TOKEN has expired.",
    "InvalidCiphertextException": "The entry is damaged, or was encrypted with a key of another region or account.",
}


class KmsError(Exception):
    """The key service did not decrypt; the message says why, and what to do."""


class _TryAgain(Exception):
    """The key service did not answer, is overloaded, or has a fault."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The AWS credentials of a user, or the temporary ones of a role."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)  # only for a role


@dataclass(frozen=True, slots=True)
class Kms:
    """AWS KMS in one region."""

    region: str
    credentials: Credentials
    endpoint: str | None = None  # another address, such as that of a VPC endpoint

    @property
    def url(self) -> str:
        """The address of the service, without a slash at its end."""
        return (self.endpoint or f"https://kms.{self.region}.{_domain(self.region)}").removesuffix("/")

    def decrypt(self, blob: bytes) -> bytes:
        """Return the plaintext of a ciphertext blob; raises KmsError."""
        body = orjson.dumps({"CiphertextBlob": b64encode(blob).decode()})
        last = _TryAgain()
        for pause in (*PAUSES, 0.0):
            try:
                return _plain(*self._answer(body))
            except _TryAgain as error:
                last = error
                time.sleep(pause)
        raise KmsError(
            f"{self.url} did not decrypt, {len(PAUSES) + 1} times in a row; the last time: {last}."
        ) from last

    def _answer(self, body: bytes) -> tuple[int, bytes]:
        """Send a request and return the status and the body of the answer; raises _TryAgain if there is none."""
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": urlsplit(self.url).netloc,
            "x-amz-target": "TrentService.Decrypt",
        }
        headers = signed(headers, body, self.credentials, self.region, "kms", datetime.now(UTC))
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        times = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
        try:
            with (
                httpcore.ConnectionPool() as pool,
                pool.stream(
                    "POST", f"{self.url}/", headers=sent, content=body, extensions={"timeout": times}
                ) as answer,
            ):
                return answer.status, _read(answer)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise _TryAgain(f"no answer ({why})") from error


def signed(
    headers: Mapping[str, str], body: bytes, credentials: Credentials, region: str, service: str, at: datetime
) -> dict[str, str]:
    """Return the headers of a POST to ``/`` with those of its signature; names are in lower case.

    Every header is signed. ``at`` is the time in UTC, which AWS compares with its own: it may differ by 5 minutes.
    """
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    more = {"x-amz-date": moment} | ({"x-amz-security-token": credentials.token} if credentials.token else {})
    found = {name.lower(): " ".join(value.split()) for name, value in (dict(headers) | more).items()}
    names = sorted(found)
    listed = ";".join(names)
    # 1. The canonical request: method, path, query, headers, their names, the hash of the body.
    lines = ["POST", "/", "", *(f"{name}:{found[name]}" for name in names), "", listed, _hash(body)]
    # 2. The text to sign.
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, _hash("\n".join(lines).encode())])
    # 3. The key, which is derived for this day, region and service, and the signature.
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    by = f"Credential={credentials.key_id}/{scope}, SignedHeaders={listed}, Signature={signature}"
    return {**found, "authorization": f"AWS4-HMAC-SHA256 {by}"}


def require_endpoint(url: str) -> None:
    """Raise ValueError unless a URL is https://host, or is an address of this machine."""
    found = urlsplit(url)
    is_safe = found.scheme == "https" or (found.scheme == "http" and found.hostname in LOOPBACK)
    if not is_safe or not found.hostname or found.path not in {"", "/"} or found.query or found.username:
        raise ValueError("AWS_ENDPOINT_URL_KMS is wrong. Write it as https://host; http:// only for this machine.")


def require_region(region: str) -> None:
    """Raise ValueError unless a text has the form of a region; it becomes a part of the host's name."""
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", region) is None:
        raise ValueError("AWS_REGION is wrong. Write the name of a region, such as eu-central-1.")


def _domain(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(answer: httpcore.Response) -> bytes:
    """Return the body of an answer; stops reading after LARGEST bytes. Raises ReadTimeout if it comes too slowly."""
    late, content = time.monotonic() + TIMEOUT, b""
    for part in answer.iter_stream():
        content += part
        if time.monotonic() > late:
            raise httpcore.ReadTimeout("the answer comes too slowly")
        if len(content) >= LARGEST:
            break
    return content


def _plain(status: int, body: bytes) -> bytes:
    """Return the plaintext of an answer; raises _TryAgain or KmsError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    answer = found if isinstance(found, dict) else {}
    kind = str(answer.get("__type", "")).rpartition("#")[2]
    if status >= BROKEN or status == OVERLOADED or kind in THROTTLED:
        raise _TryAgain(f"status {status}{f', {kind}' if kind else ''}")
    if status != OK:
        raise KmsError(_refusal(status, kind, str(answer.get("message") or answer.get("Message") or "")))
    try:
        return b64decode(answer["Plaintext"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise KmsError("The answer holds no plaintext. Is this address AWS KMS?") from error


def _refusal(status: int, kind: str, message: str) -> str:
    """Return the message for a refusal. It quotes only the first line from AWS: later lines may contain the request."""
    first = "".join(filter(str.isprintable, message.strip().split("\n")[0]))[:LONGEST_MESSAGE]
    return " ".join(filter(None, [f"AWS KMS refused: {kind or f'status {status}'}.", first, ADVICE.get(kind, "")]))
