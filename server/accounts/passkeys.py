"""Passkeys: the ceremonies of WebAuthn, in which a device proves with a signature that its user is there.

The user must be verified by the device (fingerprint, face or PIN), so a passkey counts as two factors.
"""

import secrets
from collections.abc import Callable
from typing import TypeVar

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from schemas.errors import BadRequest, NotFound, Unauthenticated, WrongState
from server.accounts.challenges import SIGN_IN, VALID, Challenges
from server.accounts.factor_settings import FactorSettings
from server.commands.context import Clock
from server.store.database import Document
from server.store.passkeys import PasskeyStore
from sync.record import Wire

PASSKEYS_PER_ACCOUNT = 20
CREDENTIAL_ID_BYTES = 1023
USER_ID_BYTES = 32
WHY_LENGTH = 200  # characters of a reason in the log: it may quote what a caller sent

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Passkeys:
    """Adds passkeys to accounts and verifies their signatures. Without PASSKEY_RP_ID, passkeys are off."""

    def __init__(self, store: PasskeyStore, challenges: Challenges, settings: FactorSettings, now: Clock) -> None:
        self._store, self._challenges, self._settings, self._now = store, challenges, settings, now

    def creation_options(self, user: str, handle: str) -> Wire:
        """Return the options with which a device makes a passkey for an account, in WebAuthn's JSON form.

        Raises WrongState if passkeys are off, or the account has PASSKEYS_PER_ACCOUNT already.
        """
        domain, own = self._domain(), self._store.of(user)
        _require_room(len(own))
        options = generate_registration_options(
            rp_id=domain,
            rp_name=domain,
            user_name=handle,
            user_id=base64url_to_bytes(self._store.user_id(user, _new_user_id())),
            challenge=self._challenges.issue(user),
            timeout=VALID,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(row["_id"])) for row in own],
        )
        return options_to_json_dict(options)

    def add(self, user: str, name: str, credential: Wire) -> Document:
        """Store a passkey that a device has made, and return it.

        ``credential`` is the device's answer in WebAuthn's JSON form. Raises BadRequest if it is in another form or
        does not answer a valid challenge of this account, IdTaken for a passkey that is known, and WrongState as
        ``creation_options``.
        """
        self._domain()
        parsed = _read(lambda: parse_registration_credential_json(credential))
        challenge = _challenge(parsed)
        if not self._challenges.is_valid(challenge, user):
            raise BadRequest("The challenge is not valid any more; ask for new options.", field="credential")
        made = _read(lambda: self._registered(parsed, challenge))
        if len(made.credential_id) > CREDENTIAL_ID_BYTES:
            message = f"The id of the credential is longer than WebAuthn allows, {CREDENTIAL_ID_BYTES} bytes."
            raise BadRequest(message, field="credential", limit=CREDENTIAL_ID_BYTES)
        if not self._challenges.spend(challenge):
            raise BadRequest("The challenge was used before; ask for new options.", field="credential")
        now = self._now()
        passkey = {
            "_id": bytes_to_base64url(made.credential_id),
            "user": user,
            "user_id": self._store.user_id(user, _new_user_id()),
            "name": name,
            "public_key": bytes_to_base64url(made.credential_public_key),
            "sign_count": made.sign_count,
            "backed_up": made.credential_backed_up,
            "created_at": now,
            "used_at": now,
        }
        self._keep(passkey)
        return passkey

    def request_options(self) -> Wire:
        """Return the options with which a device signs in by any of its passkeys, in WebAuthn's JSON form.

        Raises WrongState if passkeys are off.
        """
        options = generate_authentication_options(
            rp_id=self._domain(),
            challenge=self._challenges.issue(SIGN_IN),
            timeout=VALID,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def verified(self, credential: Wire) -> Document:
        """Return the passkey by which a device has proven who its user is.

        ``credential`` is the device's answer in WebAuthn's JSON form. An unknown passkey, a wrong signature, an old
        challenge and a sign count that did not go up all raise the same Unauthenticated; the log says which it was.
        Raises BadRequest for a credential in another form, and WrongState if passkeys are off.
        """
        self._domain()
        parsed = _read(lambda: parse_authentication_credential_json(credential))
        challenge, user_id = _challenge(parsed), bytes_to_base64url(parsed.response.user_handle or b"")
        passkey = self._store.find(bytes_to_base64url(parsed.raw_id))
        if passkey is None or passkey["user_id"] != user_id:
            raise _refused("it is not known")
        if not self._challenges.is_valid(challenge, SIGN_IN):
            raise _refused("its challenge is not valid any more")
        proof = self._signed(parsed, challenge, passkey["public_key"])
        if not self._challenges.spend(challenge):
            raise _refused("its challenge was used before")
        backed_up, now = proof.credential_backed_up, self._now()
        if not self._store.use(passkey["_id"], proof.new_sign_count, now, is_backed_up=backed_up):
            log.warning("a passkey may have been copied: its sign count did not go up", user=passkey["user"])
            raise _refused("its sign count did not go up")
        return passkey

    def exists(self, passkey: Document) -> bool:
        """Tell whether a passkey has not been removed."""
        return self._store.find(passkey["_id"]) is not None

    def of(self, user: str) -> list[Document]:
        """Return the passkeys of an account, oldest first."""
        return self._store.of(user)

    def remove(self, user: str, passkey: str) -> None:
        """Remove a passkey of an account; raises NotFound, also for a passkey of another account."""
        if not self._store.remove(user, passkey):
            raise NotFound("You have no such passkey.", field="id")

    def _keep(self, passkey: Document) -> None:
        """Store a passkey; raises WrongState if passkeys added at the same time have reached the limit."""
        self._store.add(passkey)
        try:
            _require_room(self._store.count(passkey["user"]) - 1)
        except WrongState:
            self._store.remove(passkey["user"], passkey["_id"])
            raise

    def _domain(self) -> str:
        """Return the relying party's id; raises WrongState if passkeys are off."""
        if self._settings.rp_id is None:
            message = "Passkeys are off: the operator of this server has to set PASSKEY_RP_ID."
            raise WrongState(message, state="off", setting="PASSKEY_RP_ID")
        return self._settings.rp_id

    def _registered(self, credential: RegistrationCredential, challenge: bytes) -> VerifiedRegistration:
        """Verify a credential that a device has made; raises an error of the library, or of one of its parsers."""
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=self._domain(),
            expected_origin=list(self._settings.origins),
            require_user_verification=True,
        )

    def _signed(
        self, credential: AuthenticationCredential, challenge: bytes, public_key: str
    ) -> VerifiedAuthentication:
        """Verify a signature; raises Unauthenticated.

        The library gets no stored sign count: the store compares the count in one step with its write. The library
        also lets errors of its parsers through, so every error is a refusal.
        """
        try:
            return verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._domain(),
                expected_origin=list(self._settings.origins),
                credential_public_key=base64url_to_bytes(public_key),
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as error:
            raise _refused(str(error)) from error


def _require_room(number: int) -> None:
    if number >= PASSKEYS_PER_ACCOUNT:
        message = f"An account has {PASSKEYS_PER_ACCOUNT} passkeys at most; remove one first."
        raise WrongState(message, state="full", limit=PASSKEYS_PER_ACCOUNT)


def _new_user_id() -> str:
    """Return a new WebAuthn user id, which tells nothing about the account."""
    return bytes_to_base64url(secrets.token_bytes(USER_ID_BYTES))


def _read(read: Callable[[], Answer]) -> Answer:
    """Return what the library reads from a credential; raises BadRequest if it cannot be read, or is not right."""
    try:
        return read()
    except Exception as error:
        log.info("a passkey was not understood", why=str(error)[:WHY_LENGTH])
        message = "This is no passkey for this server. Send what PublicKeyCredential.toJSON() returns."
        raise BadRequest(message, field="credential") from error


def _challenge(credential: RegistrationCredential | AuthenticationCredential) -> bytes:
    """Return the challenge that a credential says it answers; raises BadRequest."""
    return _read(lambda: parse_client_data_json(credential.response.client_data_json).challenge)


def _refused(why: str) -> Unauthenticated:
    """Return the refusal of a passkey, the same for every reason; the log has the reason."""
    log.info("a passkey was refused", why=why[:WHY_LENGTH])
    return Unauthenticated("This passkey cannot sign in here.", field="credential")
