"""How a specialist offers to listen: to how many, about what, and how."""

from marshmallow import fields, validate

from schemas.account import Handle
from schemas.base import Few, Id, Line, Moment, Strict
from schemas.content import content
from schemas.profile import AGES
from schemas.table import Column, RowCommand, table
from schemas.topics import Topic, Weights

STYLES = ("listening", "practical", "gentle", "direct")
MOST_PLACES = 50  # people that one specialist can be there for

_FREE = {"merge": "latest"}


class EditPractice(Strict):
    """Say how I offer to listen. A field left out does not change; the later edit wins per field."""

    name = Line(metadata={**_FREE, "description": "What those I am suggested to may call me."})
    about = fields.String(
        validate=validate.Length(max=500), metadata={**_FREE, "description": "Shown to them as well."}
    )
    places = fields.Integer(
        strict=True,
        validate=validate.Range(0, MOST_PLACES),
        metadata={**_FREE, "description": "How many people Beside may bring me at once."},
    )
    standing_yes = fields.Boolean(metadata={**_FREE, "description": "A request is accepted for me at once."})
    avoid = Few(
        Topic(),
        24,
        metadata={
            **_FREE,
            "description": "Topics that I cannot listen to now. They are shown to no peer; but a peer who asks with "
            "and without a topic can see that I am on one list and not on the other.",
        },
    )
    comfort = Weights(24, metadata={**_FREE, "description": "How well I can listen to each topic."})
    style = fields.String(allow_none=True, validate=validate.OneOf(STYLES), metadata=_FREE)
    age_bands = Few(fields.String(validate=validate.OneOf(AGES)), len(AGES), metadata=_FREE)
    asynchronous = fields.Boolean(metadata={**_FREE, "description": "No common hours are needed."})
    apart = Few(
        Topic(),
        12,
        metadata={**_FREE, "description": "Places (an employer, a school) whose people I must not meet here."},
    )


class PausePractice(Strict):
    """Pause my practice: no new requests until then. A request that was about to be offered to me is not offered."""

    until = Moment(required=True)


class ResumePractice(Strict):
    """End the pause of my practice."""


class CertifySpecialist(Strict):
    """Say who supervises a specialist, and until when they may take people (operators, and the present supervisor)."""

    specialist = Handle()
    supervisor = Handle(allow_none=True)
    until = Moment(required=True)
    minors_ok = fields.Boolean(load_default=False)


class ReleaseSpecialist(Strict):
    """Leave a specialist without a supervisor, because the supervisor deletes their account."""

    user = Id(required=True)
    supervisor = Id(required=True)


class LeaveSpecialist(Strict):
    """Say that a specialist leaves on a day. Each of their peers is told, and is offered somebody else before then."""

    specialist = Handle(
        required=False, metadata={"description": "For operators and their own supervisor; otherwise it is me."}
    )
    until = Moment(required=True)
    words = fields.String(load_default="", validate=validate.Length(max=1000))


class StaySpecialist(Strict):
    """Take back that a specialist leaves. Peers who were told of it, and have nobody else yet, are told this too."""

    specialist = Handle(
        required=False, metadata={"description": "For operators and their own supervisor; otherwise it is me."}
    )
    words = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"description": "What the peers read."}
    )


class ReactivateSpecialist(Strict):
    """Bring a specialist who was taken out of service back into it (operators, and the specialist's supervisor)."""

    specialist = Handle()


class DeactivateSpecialist(Strict):
    """Take a specialist out of service (operators, and the supervisor). Refused while a peer would be left alone."""

    specialist = Handle()
    sudden = fields.Boolean(load_default=False, metadata={"description": "They cannot say goodbye themselves."})
    stand_in = Line(metadata={"description": "Who can be turned to meanwhile, by name."})


FIELDS = tuple(EditPractice._declared_fields)  # noqa: SLF001 — marshmallow offers no other way to the class's fields

table(
    "practice",
    {
        "name": Column("string"),
        "about": Column("string"),
        "places": Column("number"),
        "standing_yes": Column("boolean"),
        "avoid": Column("list"),
        "comfort": Column("json"),
        "style": Column("string", optional=True),
        "age_bands": Column("list"),
        "asynchronous": Column("boolean"),
        "apart": Column("list"),
        "active": Column("number"),
        "reserved": Column("number"),
        "paused_until": Column("number"),
        "kindly": Column("string", optional=True),
    },
    updates=(RowCommand("practice.edit", {name: name for name in FIELDS}),),
)
table(
    "credential",
    {
        "supervised": Column("boolean"),
        "supervised_since": Column("number", optional=True),
        "until": Column("number"),
        "minors_ok": Column("boolean"),
    },
)
content("practice", "name", "about", "avoid", "comfort", "style", "apart", "age_bands")
