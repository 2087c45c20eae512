"""Suggestions: the text stays in the private space of its author until the other member allows it."""

from dataclasses import replace

from schemas.errors import WrongState
from schemas.suggestion import AllowSuggestion, AskSuggestion, DeferSuggestion, WithdrawSuggestion
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.disclosure import card, discarded, sealed
from server.commands.conversation.shared import added, existing, own_words, require_theirs
from server.commands.states import in_state
from sync.record import Record


@command("suggestion.ask", AskSuggestion)
def ask(context: Context, args: Args) -> list[Record]:
    """Ask whether I may suggest something."""
    suggestion = added(context, "suggestion", args, {"about": args.get("about"), "state": "asked"})
    return [suggestion, sealed(context, suggestion, args["text"])]


@command("suggestion.allow", AllowSuggestion)
def allow(context: Context, args: Args) -> list[Record]:
    """Allow a suggestion, so that I can read its text."""
    suggestion = existing(context, "suggestion", args, "asked", "not_now", "allowed")
    require_theirs(context, suggestion)
    if suggestion.data["state"] == "allowed":
        return [suggestion]
    author = access.shared_space(context, suggestion.space).hidden["users"][suggestion.author]
    found = card(context, author, suggestion)
    if found is None:
        raise WrongState(
            "The text of this suggestion is gone; it cannot be shown any more.", field="id", state="withdrawn"
        )
    return [in_state(suggestion, "allowed", text=found.data["text"]), found.tombstone()]


@command("suggestion.not_now", DeferSuggestion)
def defer(context: Context, args: Args) -> list[Record]:
    """Say that I do not want to read a suggestion now. I can still allow it later."""
    suggestion = existing(context, "suggestion", args, "asked", "not_now")
    require_theirs(context, suggestion)
    return [in_state(suggestion, "not_now")]


@command("suggestion.withdraw", WithdrawSuggestion, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take my suggestion back. Its words are deleted, also if the other member has read them."""
    suggestion = own_words(context, "suggestion", args)
    if suggestion.deleted:
        return [suggestion]
    wordless = replace(suggestion, data={"about": None, "state": "withdrawn"})
    return [wordless, *discarded(context, context.caller.user, suggestion)]
