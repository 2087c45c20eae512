"""Arguments of the internal commands about requests: only Beside itself sends them."""

from marshmallow import fields

from schemas.base import Few, Id, Seq, Strict


class Found(Strict):
    """One person for a short list."""

    specialist = Id(required=True)
    reasons = Few(fields.Dict(), 3, required=True)
    limit = fields.Dict(required=True, metadata={"description": "As the peer reads it."})
    offered = fields.Dict(required=True, metadata={"description": "As the specialist reads it in an offer."})


class ListPeople(Strict):
    """Store the short list that was found for a request; `seq` is the request's seq at the time of the search."""

    user = Id(required=True)
    id = Id(required=True)
    seq = Seq(required=True)
    people = Few(fields.Nested(Found), 5, required=True)
    wait = fields.Raw(required=True, allow_none=True)
    suggestion = fields.Raw(required=True, allow_none=True)
    basis = fields.Dict(required=True)


class AskSpecialist(Strict):
    """Offer a request to the first specialist who can take it."""

    user = Id(required=True)
    id = Id(required=True)
    seq = Seq(required=True)
    person = fields.Nested(Found, required=True)
    basis = fields.Dict(required=True)


class CloseRequest(Strict):
    """Close a request whose `patience_hours` are over."""

    user = Id(required=True)
    id = Id(required=True)
