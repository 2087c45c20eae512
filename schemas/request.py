"""Requests: what a peer looks for, and the short list that answers it."""

from marshmallow import fields, validate

from schemas.base import Few, Id, Line, Strict
from schemas.content import content
from schemas.practice import STYLES
from schemas.profile import AGES, GENDERS, Languages
from schemas.table import Column, RowCommand, table
from schemas.topics import Topic, Weights

MODES = ("choose", "first_who_can")
RELAXATIONS = ("gender", "age_bands", "topics", "hours", "lived")


class Must(Strict):
    """Conditions that are never traded for anything else."""

    gender = fields.String(validate=validate.OneOf(GENDERS))
    age_bands = Few(fields.String(validate=validate.OneOf(AGES)), len(AGES))
    topics = Few(Topic(), 3, metadata={"description": "Topics that the specialist has lived through."})
    lived = fields.Boolean(
        metadata={
            "description": "Left out: true. Only specialists who have lived through one of the topics of the request, "
            "or something close to it, or who say that they can listen to it well."
        }
    )


class Wishes(Strict):
    """Wishes: good to have, but not needed."""

    gender = fields.String(validate=validate.OneOf(GENDERS))
    age_bands = Few(fields.String(validate=validate.OneOf(AGES)), len(AGES))
    identities = Few(Topic(), 6, metadata={"description": "They count only for specialists who show them."})
    style = fields.String(validate=validate.OneOf(STYLES))


class ChangeRequest(Strict):
    """Change what I look for. A field left out does not change."""

    id = Id(required=True)
    mode = fields.String(
        validate=validate.OneOf(MODES), metadata={"description": "Whether I choose, or take the first who can."}
    )
    topics = Weights(3, metadata={"description": "What it is about, and how much each matters."})
    quiet = Few(Topic(), 3, metadata={"description": "Topics that are used to find somebody, and named to nobody."})
    languages = Languages(metadata={"description": "Left out when opening: as in my profile."})
    must = fields.Nested(Must)
    wishes = fields.Nested(Wishes)
    asynchronous = fields.Boolean(metadata={"description": "No common hours are needed."})
    patience_hours = fields.Integer(strict=True, validate=validate.Range(1, 24 * 90))
    name = Line(metadata={"description": "What the specialist may call me."})
    note = fields.String(
        validate=validate.Length(max=1000), metadata={"description": "First words to the specialist who is asked."}
    )


class OpenRequest(ChangeRequest):
    """Say that I need someone."""

    topics = Weights(3, required=True)
    apart = Few(
        Topic(),
        12,
        metadata={
            "description": "Places (an employer, a school) whose people I must not meet here. They cannot be changed "
            "later: whoever is on the list without a place, and not with it, would be known to have named it."
        },
    )


class WidenRequest(Strict):
    """Turn a must into a wish, or drop it. The request says which change would help most."""

    id = Id(required=True)
    relax = fields.String(required=True, validate=validate.OneOf(RELAXATIONS))


class ChoosePerson(Strict):
    """Choose somebody from my short list."""

    id = Id(required=True)
    person = Id(required=True, metadata={"description": "The id of the person, as the short list has it."})


class KeepLooking(Strict):
    """Ask for other people than those on my short list."""

    id = Id(required=True)


class WithdrawRequest(Strict):
    """Withdraw a request: I need nobody any more, or not now."""

    id = Id(required=True)


ASKED = (
    "mode",
    "topics",
    "quiet",
    "languages",
    "must",
    "wishes",
    "asynchronous",
    "apart",
    "patience_hours",
    "name",
    "note",
)
CHANGED = tuple(name for name in ASKED if name != "apart")

table(
    "request",
    {
        "state": Column("string"),
        "mode": Column("string"),
        **{name: Column("json") for name in ("topics", "languages", "must", "wishes")},
        **{name: Column("list") for name in ("quiet", "apart")},
        "asynchronous": Column("boolean"),
        "patience_hours": Column("number"),
        "name": Column("string", optional=True),
        "note": Column("string", optional=True),
        "person": Column("string", optional=True),
        "relax": Column("string", optional=True),
        "opened_at": Column("number"),
        "patience_until": Column("number"),
        "last": Column("string", optional=True),
        "wait": Column("json"),
        "suggestion": Column("json"),
        "doors": Column("list"),
        "after": Column("string", optional=True),
        "priority": Column("boolean"),
        "talk": Column("boolean"),
    },
    create=RowCommand("request.open", {"id": "id", **{name: name for name in ASKED}}),
    updates=(
        RowCommand("request.withdraw", {"id": "id"}, on={"state": "withdrawn"}),
        RowCommand("request.keep_looking", {"id": "id"}, on={"state": "open"}),
        RowCommand("request.choose", {"id": "id", "person": "person"}),
        RowCommand("request.widen", {"id": "id", "relax": "relax"}),
        RowCommand("request.change", {"id": "id", **{name: name for name in CHANGED}}),
    ),
)
table(
    "shortlist",
    {
        "people": Column("list"),
        "made_at": Column("number"),
        "valid_until": Column("number"),
        "policy": Column("string"),
    },
)
content(
    "request",
    "topics",
    "languages",
    "must",
    "quiet",
    "wishes",
    "apart",
    "name",
    "note",
    "person",
    "suggestion",
    hidden=("seeker",),
)
content("shortlist", "people")
