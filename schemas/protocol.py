"""The native protocol: the requests and answers of its three verbs, and the frames that the server sends."""

from marshmallow import fields, validate

from schemas.base import Few, Positions, Seq, SpaceName, Strict, Whole

MUTATIONS = 500  # most mutations in one push
PAGE = 500  # changes in one page unless the phone asks otherwise
LARGEST_PAGE = 1000
LATER = "Why the rest has no outcome yet; `details.retry_after` says when to send it again, in seconds."

UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


class Mutation(Strict):
    """A change that a phone asks for. The phone keeps it until there is an outcome, and repeats it unchanged."""

    id = fields.String(
        required=True,
        validate=Whole(UUID7, error="Use a UUIDv7 in lower case, made once and kept for every retry."),
        metadata={"description": "Made by the phone; the same id is done once, however often it is sent."},
    )
    name = fields.String(required=True, metadata={"description": "A command.", "example": "note.put"})
    args = fields.Dict(required=True, metadata={"description": "What the command takes."})
    at = fields.String(
        required=True,
        metadata={"description": "The phone's hybrid logical clock.", "example": "1795352768209-0"},
    )


class Push(Strict):
    """An outbox, oldest first. Each mutation is judged alone, so one that is malformed blocks nothing."""

    mutations = Few(fields.Raw(allow_none=True), MUTATIONS, required=True)


class Pull(Strict):
    """Ask for what is new."""

    cursor = fields.String(load_default=None, allow_none=True, metadata={"description": "From the last answer."})
    seen = Positions(
        load_default=dict,
        metadata={"description": "How far live frames have brought the phone past its cursor, without a gap."},
    )
    limit = fields.Integer(load_default=PAGE, strict=True, validate=validate.Range(1, LARGEST_PAGE))
    spaces = Few(
        SpaceName(),
        1000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Only these spaces; all of them if left out."},
    )


class Sync(Push, Pull):
    """Push, then pull, in one round trip: what an app calls when it wakes up."""


class Fault(Strict):
    """A refusal, or 'not now'."""

    code = fields.String(required=True, metadata={"description": "For programs; never changes its meaning."})
    message = fields.String(required=True, metadata={"description": "For people."})
    details = fields.Dict(required=True, metadata={"description": "As data: the field, the state, the limit."})


class Failure(Strict):
    """The body of every answer that is not a success."""

    error = fields.Nested(Fault, required=True)
    server_time = fields.Integer(required=True)


class Change(Strict):
    """A record as phones see it. A tombstone has `deleted` and no `author`, `data` or `at`."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    space = fields.String(required=True)
    seq = Seq(required=True, metadata={"description": "Moves to the end whenever the record changes."})
    first_seq = Seq(required=True, metadata={"description": "Never moves: the order in which records are shown."})
    author = fields.String(metadata={"description": "A member of the space."})
    data = fields.Dict()
    at = fields.String(metadata={"description": "The latest stamp in the record; a phone's clock must see it."})
    deleted = fields.Boolean()


class Outcome(Strict):
    """What became of one mutation: `changes` if `ok`, else `error`."""

    id = fields.String(required=True, allow_none=True)
    ok = fields.Boolean(required=True)
    changes = fields.List(fields.Nested(Change))
    error = fields.Nested(Fault)


class Result(Outcome):
    """The outcome of a mutation that was sent by itself."""

    server_time = fields.Integer(required=True)


class Outcomes(Strict):
    """One outcome for each mutation, in order. If some are missing at the end, keep those mutations and push again."""

    outcomes = fields.List(fields.Nested(Outcome), required=True)
    later = fields.Nested(Fault, metadata={"description": LATER})
    server_time = fields.Integer(required=True)


class Page(Strict):
    """A page of changes. Store them, then move the cursor; while `more` is true, pull again."""

    changes = fields.List(fields.Nested(Change), required=True)
    cursor = fields.String(required=True)
    positions = Positions(
        required=True,
        metadata={"description": "{space: seq}: the cursor in clear for the spaces read, to judge live frames by."},
    )
    history = Positions(
        required=True,
        metadata={
            "description": "{space: first_seq}: there are older messages and notes before this place; ask for history."
        },
    )
    more = fields.Boolean(required=True)
    gone = fields.List(fields.String(), required=True, metadata={"description": "Spaces to drop."})
    reset = fields.List(fields.String(), required=True, metadata={"description": "Spaces to empty, then fill."})
    server_time = fields.Integer(required=True, metadata={"description": "Milliseconds since the epoch."})


class Synced(Page):
    """The outcomes of the push and the page that follows it."""

    outcomes = fields.List(fields.Nested(Outcome), required=True)
    later = fields.Nested(Fault, metadata={"description": LATER})
