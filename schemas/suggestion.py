"""Suggestions: asked for first, and opened only after a yes."""

from schemas.base import Line, Named, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table


class AskSuggestion(Named):
    """Ask whether I may suggest something. The suggestion stays with me until the other says yes."""

    text = Text(2000, required=True)
    about = Line(80, metadata={"description": "What it is about, in a few words; shown with the question."})


class AllowSuggestion(Named):
    """Yes, tell me. It can also be said after a "not now"."""


class DeferSuggestion(Named):
    """Not now. No reason is asked for, and nothing reminds anybody of it."""


class WithdrawSuggestion(Named):
    """I do not suggest it any more. Its words are erased at once, also after the other has read them, or the end."""


_NAMED = {"space": "space", "id": "id"}

table(
    "suggestion",
    {"about": Column("string", optional=True), "state": Column("string"), "text": Column("string")},
    shared=True,
    create=RowCommand("suggestion.ask", {**_NAMED, "text": "text", "about": "about"}),
    updates=(
        RowCommand("suggestion.allow", _NAMED, on={"state": "allowed"}),
        RowCommand("suggestion.not_now", _NAMED, on={"state": "not_now"}),
        RowCommand("suggestion.withdraw", _NAMED, on={"state": "withdrawn"}),
    ),
)
content("suggestion", "about", "text")
