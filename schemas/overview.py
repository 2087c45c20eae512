"""The lists that operators and supervisors see, and the public lists that apps need."""

from marshmallow import fields, validate

from schemas.base import Strict


class Waiting(Strict):
    """A request that waits."""

    state = fields.String()
    mode = fields.String()
    languages = fields.List(fields.String())
    topics = fields.List(fields.String())
    waited_hours = fields.Float()
    priority = fields.Boolean()


class Queue(Strict):
    """The requests that wait."""

    waiting = fields.List(fields.Nested(Waiting))
    more = fields.Boolean(metadata={"description": "Whether there are more: a list has 1,000 rows at most."})
    server_time = fields.Integer()


class Specialist(Strict):
    """A specialist, and how many people they have."""

    handle = fields.String()
    places = fields.Integer()
    active = fields.Integer()
    invited = fields.Integer(metadata={"description": "Pairings by invitation: they take no place."})
    reserved = fields.Integer()
    paused = fields.Boolean()
    leaving_at = fields.Integer(allow_none=True)
    certified_until = fields.Integer()


class Specialists(Strict):
    """Specialists."""

    specialists = fields.List(fields.Nested(Specialist))
    server_time = fields.Integer()


class Alone(Strict):
    """A pairing that nobody looks after."""

    id = fields.String()


class Orphans(Strict):
    """Pairings that nobody looks after. There should be none."""

    pairings = fields.List(fields.Nested(Alone))
    more = fields.Boolean(metadata={"description": "Whether there are more: a list has 1,000 rows at most."})
    server_time = fields.Integer()


class RunBatch(Strict):
    """Assign the peers who wait for the first specialist who can."""

    seed = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 2**53 - 1))
    dry_run = fields.Boolean(load_default=True)


class BatchResult(Strict):
    """The result of a batch."""

    proposed = fields.Integer()
    lost = fields.Integer(metadata={"description": "Proposals that were not possible any more."})
    waiting = fields.Integer()
    served = fields.Integer()
    quality = fields.Float(metadata={"description": "The mean score of the pairs made."})
    blocking_pairs = fields.Integer()
    load_gini = fields.Float()
    text = fields.String(metadata={"description": "The whole report, to read."})
    server_time = fields.Integer()


class Topics(Strict):
    """All topics."""

    version = fields.Integer()
    licence = fields.String()
    topics = fields.List(fields.Dict())
    server_time = fields.Integer()


class Agreements(Strict):
    """The standard agreements, by locale, with the sha256 that signs each."""

    agreements = fields.Dict()
    server_time = fields.Integer()


class ShortList(Strict):
    """A short list, with the fields of its record."""

    people = fields.List(fields.Dict())
    made_at = fields.Integer()
    valid_until = fields.Integer()
    policy = fields.String()
    snapshot = fields.String()
    at = fields.Integer()
    server_time = fields.Integer()
