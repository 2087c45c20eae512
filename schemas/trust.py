"""Data that apps get to keep people safe, and data that moderators and supervisors see."""

from marshmallow import fields, validate

from schemas.base import Strict
from schemas.protocol import Change


class After(Strict):
    """Ask for what is new since a version."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**31), metadata={"description": "A version."})


class Prompts(Strict):
    """Open questions."""

    version = fields.Integer()
    licence = fields.String()
    themes = fields.List(fields.Dict())
    prompts = fields.List(fields.Dict())
    server_time = fields.Integer()


class Items(Strict):
    """The items of the private check-in, by locale, and the constants of its hint."""

    licence = fields.String()
    note = fields.String()
    items = fields.Dict()
    constants = fields.Dict()
    server_time = fields.Integer()


class Countries(Strict):
    """Countries whose crisis lines are known, and the key that signs them."""

    countries = fields.List(fields.String())
    version = fields.Integer()
    public_key = fields.String(metadata={"description": "Ed25519, base64 of 32 bytes: build it into the app."})
    server_time = fields.Integer()


class Bundle(Strict):
    """The crisis lines of a country, as a signed text."""

    bundle = fields.String()
    signature = fields.String(metadata={"description": "Ed25519 of the UTF-8 bytes of `bundle`, base64."})
    server_time = fields.Integer()


class Reports(Strict):
    """The reports that are open, or those that are closed."""

    reports = fields.List(fields.Dict())
    more = fields.Boolean(metadata={"description": "Whether there are more: a list has 1,000 rows at most."})
    server_time = fields.Integer()


class Report(Strict):
    """A report."""

    id = fields.String()
    ground = fields.String()
    words = fields.String()
    consent = fields.Boolean()
    by = fields.String(metadata={"description": "The role of who reported."})
    about = fields.String(allow_none=True, metadata={"description": "The handle of who is reported; once taken."})
    messages = fields.List(fields.Dict())
    state = fields.String()
    outcome = fields.String(allow_none=True)
    filed_at = fields.Integer()
    trail = fields.List(fields.Dict())
    server_time = fields.Integer()


class Sanction(Strict):
    """A sanction, and the appeal against it if there is one."""

    id = fields.String()
    handle = fields.String(metadata={"description": "Of the person; empty if the account has been deleted."})
    by = fields.String(metadata={"description": "Of the moderator who imposed it, who cannot decide about an appeal."})
    action = fields.String()
    state = fields.String()
    words = fields.String()
    at = fields.Integer()
    until = fields.Integer(allow_none=True)
    appeal = fields.String(allow_none=True)
    appeal_words = fields.String(allow_none=True)


class Sanctions(Strict):
    """Appeals that wait for an answer, and sanctions in force."""

    sanctions = fields.List(fields.Nested(Sanction))
    more = fields.Boolean(metadata={"description": "Whether there are more: a list has 1,000 rows at most."})
    server_time = fields.Integer()


class Escalations(Strict):
    """Escalations."""

    escalations = fields.List(fields.Dict())
    more = fields.Boolean(metadata={"description": "Whether there are more: a list has 1,000 rows at most."})
    server_time = fields.Integer()


class Path(Strict):
    """The records that two people keep of their path."""

    changes = fields.List(fields.Nested(Change))
    server_time = fields.Integer()
