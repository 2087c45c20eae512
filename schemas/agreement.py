"""The agreement of a pairing: what both sign before anything is written.

The texts are ours (CC0). `not_kept`, which says what cannot stay between two people, is the same in every agreement. So
nobody can leave it out, and both read it before anything is confided.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict, Whole, require_visible
from schemas.content import content
from schemas.table import Column, RowCommand, table
from schemas.typed import Hexadecimal, Locale

LOCALES = ("en", "de", "es")

STANDARD: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "locale": "en",
        "purpose": "We talk about what one of us is going through, and the other has been through.",
        "boundaries": "Either of us may pass on any question. No money, no meeting in person, no other channels.",
        "kept": "What we write stays between us.",
        "not_kept": "If somebody is in danger of being seriously harmed, or a child is, we may have to tell others. "
        "We say so first, if we can.",
        "hours": "At the hours that each of us has given.",
        "reply_within_hours": 24,
        "weeks": 12,
        "ending": "Either of us may end this, any day and without a reason. We try to say goodbye.",
    },
    "de": {
        "locale": "de",
        "purpose": "Wir sprechen über das, was die eine Person gerade erlebt und die andere erlebt hat.",
        "boundaries": "Jede Frage darf offen bleiben. Kein Geld, keine Treffen, keine anderen Kanäle.",
        "kept": "Was wir schreiben, bleibt unter uns.",
        "not_kept": "Wenn jemandem schwerer Schaden droht, oder einem Kind, müssen wir es vielleicht weitersagen. "
        "Wir sagen es vorher, wenn wir können.",
        "hours": "Zu den Zeiten, die wir angegeben haben.",
        "reply_within_hours": 24,
        "weeks": 12,
        "ending": "Wir können jederzeit und ohne Grund aufhören. Wir versuchen, uns zu verabschieden.",
    },
    "es": {
        "locale": "es",
        "purpose": "Hablamos de lo que una persona está viviendo y la otra ha vivido.",
        "boundaries": "Cualquier pregunta puede quedar sin respuesta. Sin dinero, sin encuentros, sin otros canales.",
        "kept": "Lo que escribimos queda entre nosotros.",
        "not_kept": "Si alguien, o un menor, corre peligro de sufrir un daño grave, quizá tengamos que contarlo. "
        "Lo diremos antes, si podemos.",
        "hours": "En las horas que cada quien ha indicado.",
        "reply_within_hours": 24,
        "weeks": 12,
        "ending": "Cualquiera puede terminar, cualquier día y sin motivo. Intentamos despedirnos.",
    },
}


def digest(terms: Mapping[str, Any]) -> str:
    """Return the SHA-256 of terms: of their JSON with sorted keys and no spaces, as UTF-8 (RFC 8785)."""
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


AGREED = digest(STANDARD["en"])


def _text(longest: int = 1000) -> fields.String:
    return fields.String(validate=[validate.Length(1, longest), require_visible])


class Terms(Strict):
    """What is agreed. A field that is left out has the standard text of the locale."""

    locale = Locale(load_default="en", validate=validate.OneOf(LOCALES))
    purpose = _text()
    boundaries = _text()
    kept = _text()
    hours = _text(200)
    reply_within_hours = fields.Integer(strict=True, validate=validate.Range(1, 24 * 14))
    weeks = fields.Integer(strict=True, validate=validate.Range(1, 104))
    ending = _text()
    receipts = fields.Boolean(
        metadata={"description": "Whether both show each other what they have read, a little later. If left out: no."}
    )


class Sha256(Hexadecimal):
    """The SHA-256 of the terms that were read, as the agreement's record has it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what every field takes."""
        error = "Use the sha256 of the agreement that was shown."
        super().__init__(validate=Whole(r"^[0-9a-f]{64}$", error=error), **kwargs)


class ProposeAgreement(Strict):
    """Propose an agreement, or a change of it. To propose it is to sign it; it holds once the other signs, too."""

    space = SpaceName(required=True)
    id = Id(required=True)
    terms = fields.Nested(Terms, load_default=dict)


class SignAgreement(Strict):
    """Sign the agreement that was shown, by the sha256 of the terms that were read."""

    space = SpaceName(required=True)
    sha256 = Sha256(required=True)


class DeclineAgreement(SignAgreement):
    """Say no to the proposed agreement. The agreement that held before still holds."""


class WithdrawAgreement(Strict):
    """Withdraw from the agreement: the pairing pauses until another one is signed by both. Nothing is deleted."""

    space = SpaceName(required=True)


table(
    "agreement",
    {
        "version": Column("number"),
        "terms": Column("json"),
        "sha256": Column("string"),
        "state": Column("string"),
        "signed": Column("json"),
    },
    shared=True,
    create=RowCommand("agreement.propose", {"space": "space", "id": "id", "terms": "terms"}),
    updates=(
        RowCommand("agreement.sign", {"space": "space"}, on={"state": "in_force"}, also={"sha256": "sha256"}),
        RowCommand("agreement.decline", {"space": "space"}, on={"state": "declined"}, also={"sha256": "sha256"}),
        RowCommand("agreement.withdraw", {"space": "space"}, on={"state": "withdrawn"}),
    ),
)
content("agreement", of_space=("terms",))
