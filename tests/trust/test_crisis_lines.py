"""Crisis lines: a bundle that a phone keeps, trusts without a network, and can use without asking anybody."""

import json
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schemas.errors import NotFound
from server.app import build
from server.queries.crisis_lines import CrisisLines
from tests.conftest import CONFIG, ROOT

LINES = CrisisLines("a lasting secret of this server")
COUNTRIES = LINES.countries()


def public(lines):
    return Ed25519PublicKey.from_public_bytes(b64decode(lines.countries()["public_key"]))


def verified(bundle, key):
    key.verify(b64decode(bundle["signature"]), bundle["bundle"].encode())
    return json.loads(bundle["bundle"])


def in_node(bundles, key=COUNTRIES["public_key"]):
    """Return what a phone in JavaScript makes of some bundles."""
    ran = subprocess.run(
        ["node", ROOT / "tests/clients/lines.mjs"],
        input=json.dumps({"public_key": key, "bundles": bundles}),
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return json.loads(ran.stdout)


def forged(bundle):
    """Give the ways in which a bundle can be changed without its signature, or its signature without it."""
    text, signature = bundle["bundle"], bytearray(b64decode(bundle["signature"]))
    yield text.replace('"phone":"', '"phone":"9', 1), signature
    yield text.replace('"emergency":["', '"emergency":["0', 1), signature
    yield text + " ", signature
    yield json.dumps(json.loads(text)), signature
    for place in (0, 31, 32, 63):
        yield text, signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
    yield text, b""
    yield LINES.bundle("DE")["bundle"], b64decode(LINES.bundle("US")["signature"])


def test_every_bundle_is_signed_as_python_and_javascript_understand_it():
    bundles = [LINES.bundle(country) for country in COUNTRIES["countries"]]
    said = [verified(bundle, public(LINES)) for bundle in bundles]
    assert [one["country"] for one in said] == COUNTRIES["countries"]
    assert in_node(bundles) == said
    assert len(b64decode(COUNTRIES["public_key"])) == 32


def test_whatever_was_tampered_with_is_not_trusted():
    bundle = LINES.bundle("AT" if "AT" in COUNTRIES["countries"] else "GB")
    changed = [
        {"bundle": text, "signature": b64encode(bytes(signature)).decode()} for text, signature in forged(bundle)
    ]
    assert all(one != bundle for one in changed)
    for one in changed:
        with pytest.raises(InvalidSignature):
            verified(one, public(LINES))
    assert in_node(changed) == [None] * len(changed)


def test_what_another_server_signed_is_not_trusted():
    theirs = CrisisLines("another secret")
    assert in_node([theirs.bundle("DE")]) == [None]
    with pytest.raises(InvalidSignature):
        verified(theirs.bundle("DE"), public(LINES))


def test_a_country_without_lines_is_not_found():
    for country in ("XX", "xx", "", " ", "DEU", "D E", "D-E", "../DE", "\u0131e", "\ufb01", "D" * 10_000):
        with pytest.raises(NotFound) as raised:
            LINES.bundle(country)
        assert len(str(raised.value.body())) < 500


@pytest.mark.parametrize("written", ["de", "De", "dE", " de ", "DE\n", "\tDE"])
def test_a_country_is_found_however_its_code_is_written(written):
    """The bundle is the very same, byte for byte, so that what an app has kept stays what it was."""
    assert LINES.bundle(written) == LINES.bundle("DE")


def test_what_is_in_a_bundle_is_enough_without_a_network():
    """The numbers to dial, for whom and when, whether somebody checked them, and of when the list is."""
    for country in COUNTRIES["countries"]:
        said = json.loads(LINES.bundle(country)["bundle"])
        assert said.keys() >= {"country", "version", "checked_on", "note", "emergency", "lines"}
        assert said["country"] == country
        assert said["version"] == COUNTRIES["version"]
        assert all(number.isdigit() for number in said["emergency"])
        for line in said["lines"]:
            assert line["name"]
            assert line["phone"] or line["text"], "something that can be used where there is no internet"
            assert line["hours"]
            assert line["languages"]


def test_anybody_is_given_them_and_the_key_outlives_a_restart_and_a_new_signing_key(mongo):
    """An app is built with the public key: it stays as long as the server's oldest secret does."""
    rotated = replace(CONFIG, secret_keys=("a-newer-key-for-tests-only-of-40-characters", *CONFIG.secret_keys))
    keys, bundles = [], []
    for config in (CONFIG, CONFIG, rotated):
        client = build(config, mongo, lambda: 1).app.test_client()
        answer = client.get("/api/v1/lines").get_json()
        keys.append(answer["public_key"])
        assert answer["countries"] == COUNTRIES["countries"]
        bundles.append({name: client.get("/api/v1/lines/DE").get_json()[name] for name in ("bundle", "signature")})
        for written in ("de", "De", "%20de%20"):
            found = client.get(f"/api/v1/lines/{written}").get_json()
            assert {name: found[name] for name in ("bundle", "signature")} == bundles[-1]
        missing = client.get("/api/v1/lines/XX")
        assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "not_found")
        assert missing.get_json()["error"]["details"]["country"] == "XX"
    assert len(set(keys)) == 1
    assert bundles[0] == bundles[1] == bundles[2]
    assert in_node(bundles[:1], keys[0])[0]["country"] == "DE"
