"""AWS KMS: requests are signed as AWS demands, and a service that fails is asked again or said to have refused."""

import base64
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from environs import EnvError

from server import config
from server.sealing import aws_kms, key_sources
from server.sealing.aws_kms import Credentials, Kms, KmsError, require_endpoint, require_region, signed
from tests.unit import kms_server
from tests.unit.kms_server import KEY_ID, REGION, SECRET

ONE, TWO = b"1" * 32, b"2" * 32
SUITE_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/"
    "qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38x"
    "Vqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
FORM, BODY = "application/x-www-form-urlencoded", b"Param1=value1"
SUITE = [  # those of AWS's published aws-sig-v4-test-suite that are a POST to "/" without a query
    (
        "post-vanilla",
        {},
        b"",
        None,
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    (
        "post-header-value-case",
        {"My-Header1": "VALUE1"},
        b"",
        None,
        "host;my-header1;x-amz-date",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    (
        "post-x-www-form-urlencoded",
        {"Content-Type": FORM},
        BODY,
        None,
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "post-x-www-form-urlencoded-parameters",
        {"Content-Type": f"{FORM}; charset=utf8"},
        BODY,
        None,
        "content-type;host;x-amz-date",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
    (
        "post-sts-header-before",
        {},
        b"",
        SUITE_TOKEN,
        "host;x-amz-date;x-amz-security-token",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
]


@pytest.mark.parametrize(("headers", "body", "token", "names", "signature"), [row[1:] for row in SUITE])
def test_requests_of_the_published_suite_are_signed_as_it_says(headers, body, token, names, signature):
    who, at = Credentials(KEY_ID, SECRET, token), datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    found = signed({"Host": "example.amazonaws.com", **headers}, body, who, "us-east-1", "service", at)
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    said = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    assert found["authorization"] == said
    assert found["x-amz-date"] == "20150830T123600Z"
    assert found.get("x-amz-security-token") == token


@pytest.fixture
def server(monkeypatch):
    """Return a stand-in of AWS KMS that decrypts two blobs; pauses between attempts are short."""
    monkeypatch.setattr(aws_kms, "PAUSES", (0.0, 0.0, 0.0))
    with kms_server.running() as server:
        server.plain = {b"first": ONE, b"second": TWO}
        yield server


@pytest.fixture
def kms(server):
    return Kms(REGION, Credentials(KEY_ID, SECRET), server.url)


@pytest.fixture
def load(server, monkeypatch, tmp_path):
    """Return a function that reads the master keys from the environment, with some variables changed."""
    for name in ("MONGODB_URI", "MASTER_KEYS", "MASTER_KEY_COMMAND", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    good = {
        "DATA_DIR": str(tmp_path),
        "MASTER_KEYS_KMS": ",".join(base64.b64encode(blob).decode() for blob in (b"first", b"second")),
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL_KMS": server.url,
    }

    def load(**variables):
        for name, value in {**good, **variables}.items():
            monkeypatch.setenv(name, value)
        return config.load().master_keys

    return load


def test_each_blob_is_decrypted_by_one_request(load, server):
    assert load() == (ONE, TWO)
    assert server.asked == 2


def test_the_token_of_a_role_is_sent_and_signed(load, server):
    server.token = "of a role"
    assert load(AWS_SESSION_TOKEN="of a role") == (ONE, TWO)
    with pytest.raises(EnvError, match="UnrecognizedClientException"):
        load(AWS_SESSION_TOKEN="")


def refusal(kms, blob=b"first"):
    with pytest.raises(KmsError) as error:
        kms.decrypt(blob)
    return str(error.value)


THROTTLED = (400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
PASSING = [(500, b"garbage"), (503, {"__type": "DependencyTimeoutException"}), (429, b""), THROTTLED, None]


@pytest.mark.parametrize("failure", PASSING, ids=str)
def test_what_passes_is_asked_again_three_times(kms, server, failure):
    server.failures = [failure] * 3
    assert kms.decrypt(b"first") == ONE
    assert server.asked == 4


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ((500, b"garbage"), "status 500."),
        ((503, {"__type": "DependencyTimeoutException"}), "status 503, DependencyTimeoutException."),
        (THROTTLED, "status 400, ThrottlingException."),
        (None, "no answer (Server disconnected without sending a response.)."),
    ],
)
def test_what_does_not_pass_is_said_after_four_attempts(kms, server, failure, said):
    server.failures = [failure] * 5
    assert refusal(kms) == f"{server.url} did not decrypt, 4 times in a row; the last time: {said}"
    assert server.asked == 4


def test_a_service_that_is_not_there_is_said_so(kms, server):
    server.shutdown()
    server.socket.close()
    assert "4 times in a row; the last time: no answer ([Errno 111] Connection refused)" in refusal(kms)


def test_between_attempts_there_are_pauses(kms, server, monkeypatch):
    slept = []
    monkeypatch.setattr(aws_kms, "PAUSES", (0.5, 1.0, 2.0))
    monkeypatch.setattr(aws_kms, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    server.failures = [(500, b"")] * 3
    kms.decrypt(b"first")
    assert slept == [0.5, 1.0, 2.0]


def test_a_service_that_hangs_or_answers_a_byte_at_a_time_is_not_waited_for(kms, server, monkeypatch):
    monkeypatch.setattr(aws_kms, "TIMEOUT", 0.3)
    monkeypatch.setattr(aws_kms, "PAUSES", ())
    server.failures = [5.0]
    since = time.monotonic()
    assert "the answer comes too slowly" in refusal(kms)
    assert time.monotonic() - since < 3


REFUSED = [
    ("AccessDeniedException", "Allow kms:Decrypt with the key for this user or role."),
    ("com.amazonaws.kms#AccessDeniedException", "Allow kms:Decrypt with the key for this user or role."),
    ("ExpiredTokenException", "AWS_SESSION_TOKEN has expired."),
    ("DisabledException", ""),
]


@pytest.mark.parametrize(("kind", "advice"), REFUSED)
def test_a_refusal_is_final_and_said_with_what_to_do(kms, server, kind, advice):
    server.failures = [(400, {"__type": kind, "Message": "User x is not\x1b authorized\nhush"})] * 2
    name = kind.rpartition("#")[2]
    assert refusal(kms) == f"AWS KMS refused: {name}. User x is not authorized {advice}".strip()
    assert server.asked == 1


def test_who_is_not_known_or_signs_wrongly_is_told_which_setting_is_wrong(server):
    stranger = Kms(REGION, Credentials("AKIDSTRANGER", SECRET), server.url)
    assert refusal(stranger).endswith(
        "no Is AWS_ACCESS_KEY_ID right, and AWS_SESSION_TOKEN set if it is a temporary one?"
    )
    liar = Kms(REGION, Credentials(KEY_ID, "hush"), server.url)
    assert refusal(liar).endswith("no Is AWS_SECRET_ACCESS_KEY right, and the clock of this machine?")
    elsewhere = Kms("us-east-1", Credentials(KEY_ID, SECRET), server.url)
    assert "InvalidSignatureException" in refusal(elsewhere)


def test_a_clock_that_is_wrong_is_refused_as_a_wrong_signature(kms, monkeypatch):
    class Late(datetime):
        @classmethod
        def now(cls, tz):
            return datetime(2015, 8, 30, tzinfo=tz)

    monkeypatch.setattr(aws_kms, "datetime", Late)
    assert "the clock of this machine" in refusal(kms)


@pytest.mark.parametrize(
    "answer", [b"garbage", b"[]", b"{}", b'{"Plaintext": 1}', b'{"Plaintext": "hush!"}', b" " * 200_000], ids=range(6)
)
def test_an_answer_that_is_none_is_said_so(kms, server, answer):
    server.failures = [(200, answer)]
    assert refusal(kms) == "The answer holds no plaintext. Is this address AWS KMS?"
    server.failures = [(301, answer)]
    assert refusal(kms) == "AWS KMS refused: status 301."


def test_of_an_answer_without_an_end_only_the_beginning_is_read(kms, server, monkeypatch):
    read = []
    monkeypatch.setattr(aws_kms, "_plain", lambda _, body: read.append(len(body)) or b"")
    server.failures = [(200, b" " * 10_000_000)]
    kms.decrypt(b"first")
    assert read[0] < 2 * aws_kms.LARGEST


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MASTER_KEYS_KMS": ""}, "Entry 1 is not base64. Write the CiphertextBlob"),
        ({"MASTER_KEYS_KMS": "Zmlyc3Q=,hush!"}, "Entry 2 is not base64. Write the CiphertextBlob"),
        (
            {"MASTER_KEYS_KMS": "Zmlyc3Q=,aHVzaA=="},
            "Entry 2: AWS KMS refused: InvalidCiphertextException. The entry is",
        ),
        ({"AWS_REGION": "", "AWS_SECRET_ACCESS_KEY": ""}, "It needs AWS_REGION, AWS_SECRET_ACCESS_KEY as well."),
        ({"AWS_ACCESS_KEY_ID": ""}, "It needs AWS_ACCESS_KEY_ID as well."),
        ({"AWS_REGION": "evil.example/"}, "AWS_REGION is wrong. Write the name of a region"),
        ({"AWS_ENDPOINT_URL_KMS": "http://kms.example.org"}, "AWS_ENDPOINT_URL_KMS is wrong. Write it as https://host"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_no_secret_is_shown(load, variables, said):
    with pytest.raises(EnvError) as refused:
        load(**variables)
    assert str(refused.value).startswith(f"MASTER_KEYS_KMS: {said}")
    assert "hush" not in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_plaintext_of_another_length_is_no_master_key(load, server):
    server.plain[b"second"] = b"hush" * 4
    with pytest.raises(EnvError, match="Entry 2 decrypts to 16 bytes; a master key has 32") as refused:
        load()
    assert "hush" not in str(refused.value)


def test_the_service_is_asked_only_if_it_has_to_be(load, server, monkeypatch):
    monkeypatch.delenv("MASTER_KEYS_KMS", raising=False)
    key_sources.resolve(key_sources.KeySettings(keys=base64.b64encode(ONE).decode()), None, may_make=False)
    assert server.asked == 0


@pytest.mark.parametrize(
    "url", ["https://kms.example.org", "https://kms.example.org:8443/", "http://127.0.0.1:4566", "http://[::1]:1"]
)
def test_an_address_is_one_of_https_or_of_this_machine(url):
    require_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://kms.example.org",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "kms.example.org",
        "https://",
        "https://kms.example.org/path",
        "https://kms.example.org?x=1",
        "https://user@kms.example.org",
    ],
)
def test_an_address_that_others_can_listen_to_is_refused(url):
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL_KMS"):
        require_endpoint(url)


@pytest.mark.parametrize("region", ["", "eu", "EU-central-1", "eu-central-1.evil.example", "eu-central-1/", "a b", "-"])
def test_what_is_no_region_is_refused(region):
    with pytest.raises(ValueError, match="AWS_REGION"):
        require_region(region)


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-central-1", "https://kms.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "https://kms.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://kms.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_each_region_has_its_address(region, url):
    require_region(region)
    assert Kms(region, Credentials(KEY_ID, SECRET)).url == url


def test_credentials_show_no_secret():
    assert "hush" not in repr(Kms(REGION, Credentials(KEY_ID, "hush", "hush")))
