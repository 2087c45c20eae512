"""Open questions: either side may ask; to pass is a full answer."""

from marshmallow import validate

from schemas.agreement import LOCALES
from schemas.base import Named, Text, Whole
from schemas.content import content
from schemas.table import Column, RowCommand, table
from schemas.typed import Listed, Locale

LONGEST_ANSWER = 10_000  # characters of an answer


class Prompt(Listed):
    """The id of an open question in the library."""

    def __init__(self) -> None:
        """Declare the form."""
        error = "Use the id of a prompt, from GET /api/v1/prompts."
        super().__init__(validate=Whole(r"^[a-z][a-z0-9_]{1,39}$", error=error))


class AskQuestion(Named):
    """Ask an open question: one of the library, or one of my own."""

    prompt = Prompt()
    locale = Locale(load_default="en", validate=validate.OneOf(LOCALES))
    text = Text(500, metadata={"description": "My own question; left out where `prompt` names one."})


class AnswerQuestion(Named):
    """Answer a question that I was asked, even one that I passed, or improve my answer."""

    text = Text(LONGEST_ANSWER, required=True)


class PassQuestion(Named):
    """Pass a question. That is an answer; nobody is reminded of the question."""


class WithdrawQuestion(Named):
    """Take back my answer, also after the pairing has ended; it becomes a pass. Or take back my unanswered question."""


_NAMED = {"space": "space", "id": "id"}

table(
    "question",
    {
        "prompt": Column("string", optional=True),
        "locale": Column("string"),
        "text": Column("string"),
        "state": Column("string"),
        "answer": Column("string", optional=True),
    },
    shared=True,
    create=RowCommand("question.ask", {**_NAMED, "prompt": "prompt", "locale": "locale", "text": "text"}),
    updates=(
        RowCommand("question.pass", _NAMED, on={"state": "passed"}),
        RowCommand("question.answer", {**_NAMED, "text": "answer"}),
    ),
    delete=RowCommand("question.withdraw", _NAMED),
)
content("question", "text", "answer")
