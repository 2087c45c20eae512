"""The profile: one record in its user's private space."""

from schemas.base import merge_rules
from schemas.profile import EditProfile
from server.commands.context import Args, Context, command
from server.commands.matching import people, requests
from server.commands.states import with_data
from sync.record import Key, Record, private

RULES = merge_rules(EditProfile)
ID = "me"
MATCHED = ("languages", "gender", "age_band")


@command("profile.edit", EditProfile)
def edit(context: Context, args: Args) -> list[Record]:
    """Change fields of my profile."""
    space = private(context.caller.user)
    profile = context.reads.get(Key(space, "profile", ID)) or Record(ID, "profile", space, context.caller.user)
    edited = context.merged(profile, args, RULES)
    if not set(MATCHED) & set(args):
        return [edited]
    if context.caller.role == "peer":
        return [edited, *requests.sought(context, **{name: edited.data.get(name) for name in MATCHED})]
    if context.caller.role != "specialist":
        return [edited]
    found = {name: edited.data[name] for name in MATCHED if name in edited.data}
    return [edited, with_data(people.mine(context), profile=found)]
