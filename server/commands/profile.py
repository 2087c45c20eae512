"""The profile: one record in one's own space."""

from schemas.base import merge_rules
from schemas.profile import EditProfile
from server.command import Args, Context, command
from server.records import Key, Record, private

RULES = merge_rules(EditProfile)
ID = "me"


@command("profile.edit", EditProfile)
def edit(context: Context, args: Args) -> list[Record]:
    """Change some of my profile."""
    space = private(context.caller.user)
    profile = context.view.get(Key(space, "profile", ID)) or Record(ID, "profile", space, context.caller.user)
    return [context.merged(profile, args, RULES)]
