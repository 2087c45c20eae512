"""The demo: two accounts that are paired, for visitors who want to see how Beside works."""

from marshmallow import fields

from schemas.base import Strict


class DemoAccount(Strict):
    """The handle and the passphrase with which one of the two phones signs in."""

    handle = fields.String(required=True)
    passphrase = fields.String(required=True)


class DemoPair(Strict):
    """Two accounts that are paired: ann is the peer, sam the specialist. Both are removed after an hour."""

    ann = fields.Nested(DemoAccount, required=True)
    sam = fields.Nested(DemoAccount, required=True)
    space = fields.String(required=True, metadata={"description": "The space in which the two can write."})
    until = fields.Integer(required=True, metadata={"description": "When both accounts are removed; ms."})
    server_time = fields.Integer(required=True)
