"""Reads that are not sync: my spaces with their unread counts, and history before a place."""

from marshmallow import fields, validate

from schemas.base import LAST_SEQ, Seq, SpaceName, Strict
from schemas.protocol import LARGEST_PAGE, Change

LARGEST_LIST = 100  # spaces listed at once


class SpaceView(Strict):
    """One of my spaces."""

    space = fields.String(required=True)
    member = fields.String(required=True, metadata={"description": "Who I am in it."})
    head = Seq(required=True, metadata={"description": "The last seq given out."})
    unread = fields.Integer(
        required=True, metadata={"description": "Messages of others past my read position; 1000 means 1000 or more."}
    )


class SpacesQuery(Strict):
    """Which of my spaces to list. From a query string, so numbers may be text."""

    after = SpaceName(load_default=None, metadata={"description": "The last space of the list before."})
    limit = fields.Integer(load_default=LARGEST_LIST, validate=validate.Range(1, LARGEST_LIST))


class Spaces(Strict):
    """My spaces, my private one first, then by name."""

    spaces = fields.List(fields.Nested(SpaceView), required=True)
    more = fields.Boolean(required=True, metadata={"description": "There are more: ask again with `after`."})
    server_time = fields.Integer(required=True)


class Before(Strict):
    """Where to read history, and how much of it. From a query string, so numbers may be text."""

    before = fields.Integer(load_default=LAST_SEQ, validate=validate.Range(1, LAST_SEQ))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, LARGEST_PAGE))


class History(Strict):
    """Messages or notes of one space, newest first, by `first_seq`."""

    changes = fields.List(fields.Nested(Change), required=True)
    more = fields.Boolean(required=True)
    server_time = fields.Integer(required=True)


class PullQuery(Strict):
    """A pull as a query string, for HTTP caches: answered 304 while nothing is new."""

    cursor = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=LARGEST_PAGE, validate=validate.Range(1, LARGEST_PAGE))
