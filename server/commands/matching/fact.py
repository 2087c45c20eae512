"""Facts that users tell about themselves, each with a tier of consent. A private one stays in its user's space."""

from dataclasses import replace

from schemas.base import merge_rules
from schemas.errors import BadRequest, NotFound, TooLarge
from schemas.fact import TIERS, DeleteFact, PutFact
from server.commands.context import Args, Context, command
from server.commands.matching import people
from server.commands.pairing.pairs import reintroduced
from server.commands.states import with_data, without
from server.commands.vocabulary import require_topics
from sync.record import Key, Record, private

RULES = merge_rules(PutFact)
MOST_MATCHED_FACTS = 60  # facts of one user that are used for matching


@command("fact.put", PutFact)
def put(context: Context, args: Args) -> list[Record]:
    """Write a fact about myself, or some of its fields. Of two concurrent edits, the narrower tier wins."""
    fact = _fact(context, args["id"])
    if fact is None or fact.deleted:
        missing = [name for name in ("topic", "kind") if name not in args]
        if fact is None and missing:
            raise BadRequest(f"{missing[0]}: send this field; a new fact needs it.", field=f"args.{missing[0]}")
    if fact is not None and fact.deleted:
        return [fact]
    if args.get("kind", fact.data["kind"] if fact else None) != "identity" and "topic" in args:
        require_topics("topic", [args["topic"]])
    fact = fact or Record(args["id"], "fact", private(context.caller.user), context.caller.user, {"depth": 2})
    fact = context.merged(fact, {name: args[name] for name in RULES if name in args}, RULES)
    tier = _narrowed(fact.data.get("tier"), args)
    fact = replace(fact, data={**fact.data, "tier": tier})
    return [fact, *_known(context, fact)]


@command("fact.delete", DeleteFact, exempt=True)
def delete(context: Context, args: Args) -> list[Record]:
    """Delete a fact about myself."""
    fact = _fact(context, args["id"])
    if fact is None:
        raise NotFound("There is no such fact.", field="id", id=args["id"])
    gone = fact if fact.deleted else fact.tombstone()
    return [gone, *_known(context, gone)]


def _narrowed(stored: str | None, args: Args) -> str:
    """Return the tier after an edit. Of two concurrent edits the narrower tier wins.

    A wider tier counts only if the stored one was on the user's screen (``args["seen"]``): otherwise another phone may
    have narrowed it meanwhile.
    """
    asked = args.get("tier", stored or TIERS[0])
    if stored is None or TIERS.index(asked) <= TIERS.index(stored) or args.get("seen") == stored:
        return str(asked)
    return stored


def _known(context: Context, fact: Record) -> list[Record]:
    """Return the changed records outside the private space: none if the fact was and is private; raises TooLarge."""
    kept = people.mine(context)
    facts = without(kept.data["facts"], fact.id)
    if not fact.deleted and fact.data["tier"] != TIERS[0]:
        facts[fact.id] = {name: fact.data[name] for name in ("topic", "kind", "depth", "tier")}
    if facts == kept.data["facts"]:
        return []
    if len(facts) > MOST_MATCHED_FACTS:
        raise TooLarge("Too many facts are not private; make one private, or delete one.", limit=MOST_MATCHED_FACTS)
    known = with_data(kept, facts=facts)
    return [known, *reintroduced(context, known)]


def _fact(context: Context, name: str) -> Record | None:
    return context.reads.get(Key(private(context.caller.user), "fact", name))
