"""The story card: written once by a peer, shown in pairings where they share it, so that they need not repeat it."""

from dataclasses import replace

from schemas.base import merge_rules
from schemas.errors import Forbidden, NotFound
from schemas.handover import EditStory, ShareStory, UnshareStory
from server.commands import access
from server.commands.context import Args, Context, command
from sync.record import Key, Record, private

RULES = merge_rules(EditStory)
ID = "me"


@command("story.edit", EditStory)
def edit(context: Context, args: Args) -> list[Record]:
    """Write my story card. The pairings in which I share it show the new text."""
    if context.caller.role != "peer":
        raise Forbidden("Only peers have a story card.")
    story = _story(context) or Record(ID, "story", private(context.caller.user), context.caller.user, {"shared": []})
    story = context.merged(story, args, RULES)
    live = [space for space in story.data["shared"] if access.is_writable(context.reads, space)]
    return [story, *(_card(context, story, space) for space in live)]


@command("story.share", ShareStory)
def share(context: Context, args: Args) -> list[Record]:
    """Share my story card in a pairing."""
    access.writer(context, args["space"])
    story = _story(context)
    if story is None:
        raise NotFound("There is no story card yet.", field="space")
    shared = sorted({*story.data["shared"], args["space"]})
    return [replace(story, data={**story.data, "shared": shared}), _card(context, story, args["space"])]


@command("story.unshare", UnshareStory, exempt=True)
def unshare(context: Context, args: Args) -> list[Record]:
    """Take my story card back from a pairing."""
    access.shared_space(context, args["space"])
    story = _story(context)
    card = context.reads.get(Key(args["space"], "story_card", access.member(context, args["space"])))
    gone = [card.tombstone()] if card is not None and not card.deleted else []
    if story is None or args["space"] not in story.data["shared"]:
        return gone
    left = [space for space in story.data["shared"] if space != args["space"]]
    return [replace(story, data={**story.data, "shared": left}), *gone]


def _card(context: Context, story: Record, space: str) -> Record:
    """Return the copy of a story that the other side of a pairing sees."""
    member = access.member(context, space)
    return Record(member, "story_card", space, member, {"text": story.data["text"]})


def _story(context: Context) -> Record | None:
    return context.reads.get(Key(private(context.caller.user), "story", ID))
