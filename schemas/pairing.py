"""Pairing by invitation: a code, a space for two, and an end."""

from marshmallow import fields, validate

from schemas.base import Id, Line, Strict, Whole
from schemas.table import Column, Wish, table

CODE = r"^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$"
_WEEK = 7 * 24


class Invite(Strict):
    """Make an invitation: a single-use code that a peer can type in or scan."""

    name = Line(metadata={"description": "How the specialist is called in this pairing."})
    specialist = fields.String(
        metadata={"description": "For operators and supervisors: the handle of the specialist who is meant."}
    )
    hours = fields.Integer(
        load_default=_WEEK,
        strict=True,
        validate=validate.Range(1, 4 * _WEEK),
        metadata={"description": "How long the code can be used."},
    )


class Join(Strict):
    """Accept an invitation with its code."""

    code = fields.String(
        required=True,
        validate=Whole(CODE, error="Type the code as it was given, such as 'ABCD-EFGH-JKLM-NPQR'."),
    )
    name = Line(metadata={"description": "How I am called in this pairing."})


class End(Strict):
    """End a pairing, or take an invitation back. The history stays readable; nothing more can be written."""

    pairing = Id(required=True, metadata={"description": "The id of the pairing."})


table(
    "pairing",
    {
        "state": Column("string"),
        "code": Column("string", optional=True),
        "expires_at": Column("number", optional=True),
        "members": Column("json"),
    },
    shared=True,
    updates=(Wish("pairing.end", {"pairing": "id"}, on={"state": "ended"}),),
)
table("membership", {"space": Column("string", indexed=True), "member": Column("string"), "role": Column("string")})
