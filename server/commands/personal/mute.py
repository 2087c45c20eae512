"""Muting one conversation: a private record that merges, so that the last decision counts on all phones of a user."""

from schemas.base import merge_rules
from schemas.mute import NOT_MUTED, LiftMute, SetMute
from server.commands import access
from server.commands.context import Args, Context, command
from sync.record import Key, Record, dotted, private

RULES = merge_rules(SetMute)


@command("mute.set", SetMute)
def put(context: Context, args: Args) -> list[Record]:
    """Mute one conversation, so that nothing of it rings on my phones."""
    return [_changed(context, args["space"], args["until"])]


@command("mute.lift", LiftMute)
def lift(context: Context, args: Args) -> list[Record]:
    """Unmute a conversation, so that it rings again."""
    return [_changed(context, args["space"], NOT_MUTED)]


def mute_key(user: str, space: str) -> Key:
    """Return the key of the record that says whether a user has muted a space."""
    return Key(private(user), "mute", dotted(space))


def is_muted(mute: Record | None, now: int) -> bool:
    """Tell whether a space is muted by its record `mute` at ``now`` (ms)."""
    if mute is None or mute.deleted:
        return False
    until: int | None = mute.data["until"]
    return until is None or until > now


def _changed(context: Context, space: str, until: int | None) -> Record:
    pairing = access.shared_space(context, space)
    key = mute_key(context.caller.user, pairing.space)
    new = Record(key.id, key.kind, key.space, context.caller.user, {"where": pairing.space, "until": NOT_MUTED})
    return context.merged(context.reads.get(key) or new, {"until": until}, RULES)
