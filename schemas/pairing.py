"""Pairing by invitation: a code, a space for two, and an end."""

from marshmallow import fields, validate

from schemas.account import Handle
from schemas.agreement import Sha256, Terms
from schemas.base import Id, Line, Moment, Strict, Whole
from schemas.content import content
from schemas.erasure import ERASED, KEPT
from schemas.table import Column, RowCommand, table
from schemas.typed import Code

CODE = r"^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$"
_WEEK = 7 * 24


class Invite(Strict):
    """Make an invitation: a single-use code that a peer can type in or scan."""

    name = Line(metadata={"description": "How the specialist is called in this pairing."})
    specialist = Handle(
        required=False,
        metadata={"description": "For operators and the specialist's own supervisor: who is meant, by handle."},
    )
    hours = fields.Integer(
        load_default=_WEEK,
        strict=True,
        validate=validate.Range(1, 4 * _WEEK),
        metadata={"description": "How long the code can be used."},
    )
    terms = fields.Nested(
        Terms, load_default=dict, metadata={"description": "What the specialist proposes to agree on."}
    )


class Join(Strict):
    """Accept an invitation with its code."""

    code = Code(
        required=True,
        validate=Whole(CODE, error="Type the code as it was given, such as 'ABCD-EFGH-JKLM-NPQR'."),
        metadata={"description": "Small letters do as well, and spaces or nothing for the hyphens."},
    )
    name = Line(metadata={"description": "How I am called in this pairing."})
    agreement = Sha256(metadata={"description": "The sha256 of the agreement, if it was read and is signed at once."})


class End(Strict):
    """End a pairing, or take an invitation back. The history stays readable; nothing more can be written."""

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})
    words = fields.String(
        load_default=KEPT,
        validate=validate.OneOf([KEPT, ERASED]),
        metadata={"description": "What becomes of what I said. `erased`: it is gone, from both phones as well."},
    )


class Pause(Strict):
    """Pause a pairing, for a while or until I resume it. Nothing can be written meanwhile."""

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})
    until = Moment(metadata={"description": "When it goes on by itself; left out: when I resume it."})


class Resume(Strict):
    """Go on with a pairing that I paused."""

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})


class Rematch(Strict):
    """Part without blame: the pairing ends, the two are never paired again, and the request goes on.

    The other side is told the same, whatever the reason.
    """

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})
    reason = fields.String(
        validate=validate.Length(max=500), metadata={"description": "For nobody to read but you; never shown."}
    )


class HandBack(Strict):
    """Give back, within 24 hours, a pairing that was made by a standing yes. No reason is asked for."""

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})


class WakePairing(Strict):
    """Do what is due for a pairing, because its time has come."""

    pairing = Id(required=True)


table(
    "pairing",
    {
        "state": Column("string"),
        "code": Column("string", optional=True),
        "expires_at": Column("number", optional=True),
        "members": Column("json"),
        "agreement": Column("string", optional=True),
        "proposed": Column("string", optional=True),
        "ending": Column("string", optional=True),
        "next": Column("string", optional=True),
        "without": Column("list"),
    },
    shared=True,
    updates=(
        RowCommand("pairing.end", {"pairing": "id"}, on={"state": "ended"}),
        RowCommand("pairing.pause", {"pairing": "id"}, on={"state": "paused"}),
        RowCommand("pairing.resume", {"pairing": "id"}, on={"state": "active"}),
        RowCommand("pairing.rematch", {"pairing": "id"}, on={"state": "rematch"}),
    ),
)
table("membership", {"space": Column("string", indexed=True), "member": Column("string"), "role": Column("string")})
content("pairing", by_member={"members": "name"}, of_space=("code",))
