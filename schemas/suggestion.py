"""Suggestions: one side asks whether it may suggest something; the text is shown only after a yes."""

from schemas.base import Line, Named, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table


class AskSuggestion(Named):
    """Ask whether I may suggest something. The suggestion stays with me until the other says yes."""

    text = Text(2000, required=True)
    about = Line(80, metadata={"description": "What it is about, in a few words; shown with the question."})


class AllowSuggestion(Named):
    """Say yes to a suggestion. This is also possible after a "not now"."""


class DeferSuggestion(Named):
    """Say "not now" to a suggestion. No reason is asked for, and nobody is reminded of it."""


class WithdrawSuggestion(Named):
    """Take back a suggestion. Its words are erased at once, even if the other has read them, or after the pairing."""


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
