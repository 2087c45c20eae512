"""How recovery codes, codes for new devices and second factors go together, and what devices are told of it."""

import pytest
from pyotp import TOTP

from schemas.errors import TryLater
from server.accounts.security_events import SecurityEvents
from tests.accounts.app import DETAILS, SigningIn
from tests.conftest import PASSPHRASE

pytestmark = pytest.mark.in_memory

STEP = 30_000  # ms for which a code of an app is shown


class App:
    """An authenticator app."""

    def __init__(self, world, phone):
        self._world = world
        self._totp = TOTP(phone.call("totp", {"passphrase": PASSPHRASE})["secret"])
        phone.call("totp/confirm", {"code": self.code()})

    def code(self):
        """Return the code of now, which was not used before."""
        self._world.time += STEP
        return self._totp.at(self._world.time // 1000)


@pytest.fixture
def app(world, phone, codes):
    return App(world, phone)


def recovery(code, **more):
    return {"handle": "ann", "code": code, "device": "new phone", **more}


def test_a_code_in_place_of_the_passphrase_needs_the_app_as_well(world, phone, codes, app):
    wish = recovery(codes[0], new_passphrase="another horse battery")
    refused = SigningIn(world).refused("recover", wish)
    assert (refused["code"], refused["details"]["factors"]) == ("second_factor_required", ["totp"])
    assert SigningIn(world).refused("recover", wish | {"totp": "000000"})["code"] == "unauthenticated"
    new = SigningIn(world).signs_in("recover", **wish, totp=app.code())
    assert new.call("second-factor")["totp"], "it stays"
    assert new.call("recovery-codes")["left"] == len(codes) - 1, "what was refused has used no code up"


def test_a_code_in_place_of_the_app_needs_the_passphrase(world, phone, codes, app):
    wrong = recovery(codes[0], passphrase="wrong horse battery")
    assert SigningIn(world).refused("recover", wrong)["code"] == "unauthenticated"
    new = SigningIn(world).signs_in("recover", **recovery(codes[0], passphrase=PASSPHRASE))
    assert not new.call("second-factor")["totp"]
    assert phone.refused("devices")["details"]["why"] == "recovery_code_used"
    SigningIn(world).signs_in("login", **DETAILS)


@pytest.mark.parametrize("both", [{}, {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"}])
def test_it_is_one_or_the_other(world, codes, both):
    refused = SigningIn(world).refused("recover", recovery(codes[0], **both))
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", "passphrase")


@pytest.mark.parametrize("path", ["recovery-codes", "links"])
def test_whoever_makes_codes_proves_all_that_signing_in_needs(world, phone, app, path):
    refused = phone.refused(path, {"passphrase": PASSPHRASE})
    assert (refused["code"], refused["details"]["field"]) == ("second_factor_required", "code")
    phone.call(path, {"passphrase": PASSPHRASE, "code": app.code()})


def test_all_devices_are_told_of_the_app(world, phone, app):
    tablet = SigningIn(world).signs_in("login", **DETAILS, totp=app.code())
    tablet.call("totp", {"passphrase": PASSPHRASE, "code": app.code()}, "DELETE")
    told = [(one["event"], one["device"]) for one in phone.events()][1:]
    assert told == [("totp_set_up", phone.tokens["device"]), ("totp_removed", tablet.tokens["device"])]


def test_no_app_counts_that_nobody_is_told_of(world, phone, monkeypatch):
    totp = TOTP(phone.call("totp", {"passphrase": PASSPHRASE})["secret"])

    def failed(*_):
        raise TryLater("The database does not answer.", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(SecurityEvents, "add", failed)
        assert phone.refused("totp/confirm", {"code": totp.at(world.time // 1000)})["code"] == "try_later"
    assert not phone.call("second-factor")["totp"]
    SigningIn(world).signs_in("login", **DETAILS)
