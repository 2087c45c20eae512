"""Acknowledgements: small answers that say more than "read". Nobody counts them."""

from marshmallow import fields

from schemas.base import Id, SpaceName, Strict
from schemas.table import Column, RowCommand, table

SORTS = ("heard", "with_you", "thank_you_for_telling_me", "tell_me_more_when_ready", "i_need_time")


class SetAck(Strict):
    """Acknowledge a message of somebody else, or take that back. Each field is set by itself; the later edit wins."""

    space = SpaceName(required=True)
    message = Id(required=True)
    heard = fields.Boolean(metadata={"merge": "latest"})
    with_you = fields.Boolean(metadata={"merge": "latest"})
    thank_you_for_telling_me = fields.Boolean(metadata={"merge": "latest"})
    tell_me_more_when_ready = fields.Boolean(metadata={"merge": "latest"})
    i_need_time = fields.Boolean(metadata={"merge": "latest"})


_SET = RowCommand("ack.set", {"space": "space", **{sort: sort for sort in SORTS}}, also={"message": "message"})

table(
    "ack",
    {"message": Column("row", of="message"), **{sort: Column("boolean") for sort in SORTS}},
    shared=True,
    create=_SET,
    updates=(_SET,),
)
