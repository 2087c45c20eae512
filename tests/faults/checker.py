"""Checks histories for what must hold whatever failed. It knows what phones did and saw, and asks no server.

I1  every accepted record is readable afterwards by all members, unless it was deleted
I2  every mutation had one outcome and one effect at most, and nothing appeared that nobody did
I3  seqs are given out once, records keep their place, everybody sees one order, and it is the order of events
I4  in the end all replicas are equal, and what was deleted has stayed so
I5  nobody received anything of a space they were not in, or were not in any more
"""

from collections.abc import Iterator
from itertools import chain, pairwise

from tests.faults.case import Case, name_of, target
from tests.phone import Name, Wire

GIVEN = {"credential"}  # kinds of which each record is made before the history begins, by an operator
TEXTS = {"message": "text", "note": "title"}  # the field in which each kind says what somebody wrote


def check(lines: list[Wire]) -> list[str]:
    """Return what is wrong, in words; nothing, if all is well."""
    case = Case(lines)
    judges = (kept, one_outcome, one_effect, places, in_order_of_events, equal_in_the_end, stays_deleted, only_members)
    return list(chain.from_iterable(judge(case) for judge in judges))


def kept(case: Case) -> Iterator[str]:
    """Everything accepted is there, for all who may read it, with a text that somebody gave it."""
    for line, _ in case.accepted("message.send", "note.put"):
        name = target(line)
        for (phone, user), replica in case.replicas.items():
            if not case.reads(phone, user, name[0]):
                continue
            change = replica.get(name, {"deleted": True})
            if not change.get("deleted"):
                yield from _written(case, name, phone, change)
            elif not any(wish["name"].endswith(".delete") for wish in _possible(case, name)):
                yield f"I1 {_words(name)} was accepted and is not on {phone}, and nobody deleted it"


def _written(case: Case, name: Name, phone: str, change: Wire) -> Iterator[str]:
    field = TEXTS[name[1]]
    text = change["data"].get(field)
    if text is not None and text not in [wish["args"].get(field) for wish in _possible(case, name)]:
        yield f"I1 {_words(name)} says on {phone} what nobody wrote"


def _possible(case: Case, name: Name) -> Iterator[Wire]:
    """Give what was asked for a record and not refused."""
    for wish in case.wishes[name]:
        if all(answer["event"] == "ok" for answer in case.answers.get(wish["mutation"], [])):
            yield wish


def one_outcome(case: Case) -> Iterator[str]:
    """Every mutation has an outcome in the end, and the same one however often it was sent."""
    for mutation in case.invoked:
        if mutation not in case.answers:
            yield f"I2 {mutation} never had an outcome"
    for mutation, answers in case.answers.items():
        if len({_gist(answer) for answer in answers}) > 1:
            yield f"I2 {mutation} had different outcomes"


def _gist(answer: Wire) -> tuple:
    """Return what must not differ between two outcomes of one mutation; the records may have moved on meanwhile."""
    named = [(name_of(change), change["first_seq"]) for change in answer.get("changes", [])]
    return answer["event"], answer.get("code"), tuple(sorted(named))


def one_effect(case: Case) -> Iterator[str]:
    """A record has no more forms than there were mutations that changed it. Receipts are written by Beside itself."""
    for name, forms in case.versions.items():
        causes = case.causes[name]
        if name[1] != "receipt" and len(forms) > len(causes) + (name[1] in GIVEN):
            yield f"I2 {_words(name)} took the places {sorted(forms)} by {len(causes)} mutations"


def places(case: Case) -> Iterator[str]:
    """A seq is one form of one record; a first_seq is one record's for ever, and no later than its seq."""
    contents: dict[tuple[str, int], Wire] = {}
    holders: dict[tuple[str, int], Name] = {}
    firsts: dict[Name, int] = {}
    for line, change in case.sights:
        name, seq, first = name_of(change), change["seq"], change["first_seq"]
        if contents.setdefault((name[0], seq), change) != change:
            yield f"I3 seq {seq} of {name[0]} is two things; {line['phone']} saw the second"
        if holders.setdefault((name[0], first), name) != name or firsts.setdefault(name, first) != first or first > seq:
            yield f"I3 {_words(name)} has first_seq {first} on {line['phone']}, and elsewhere another order"


def in_order_of_events(case: Case) -> Iterator[str]:
    """A message has a later place than all that were acknowledged before it was sent, or sent earlier by its phone."""
    sends: dict[tuple[str, str], list[tuple[int, int]]] = {}
    events: list[tuple[int, int, str, int]] = []
    for line, answer in case.accepted("message.send"):
        place = next((change["first_seq"] for change in answer["changes"]), 0)
        space = line["args"]["space"]
        sends.setdefault((line["phone"], space), []).append((line["t"], place))
        events += [(line["t"], 0, space, place), (answer["t"], 1, space, place)]
    for (phone, space), pairs in sends.items():
        if any(later < earlier for (_, earlier), (_, later) in pairwise(sorted(pairs))):
            yield f"I3 {phone} sent messages into {space} that are in another order"
    acknowledged: dict[str, int] = {}
    for _, answered, space, place in sorted(events):
        if answered:
            acknowledged[space] = max(place, acknowledged.get(space, 0))
        elif place < acknowledged.get(space, 0):
            yield f"I3 first_seq {place} of {space} was sent after {acknowledged[space]} had been acknowledged"


def equal_in_the_end(case: Case) -> Iterator[str]:
    """All phones that may read a space have the same records of it, fresh phones included; others have none."""
    shared: dict[str, dict[Name, Wire]] = {}
    spaces = {name[0] for replica in case.replicas.values() for name in replica}
    for (phone, user), replica in case.replicas.items():
        for space in sorted(spaces):
            here = {name: row for name, row in replica.items() if name[0] == space and not row.get("deleted")}
            if not case.reads(phone, user, space):
                if here:
                    yield f"I4 {phone} still has {space}"
            elif shared.setdefault(space, here) != here:
                there = shared[space]
                names = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
                yield f"I4 {phone} differs in {space}: {', '.join(map(_words, names[:3]))}"


def stays_deleted(case: Case) -> Iterator[str]:
    """A tombstone is the last form of a record."""
    for name, forms in case.versions.items():
        deleted = [seq for seq, change in forms.items() if change.get("deleted")]
        if deleted and max(forms) != min(deleted):
            yield f"I4 {_words(name)} came back after it was deleted at {min(deleted)}"


def only_members(case: Case) -> Iterator[str]:
    """A record reaches those who asked to be let into its space, after they did, and until they lost it or it ended."""
    for line, change in case.sights:
        user, space, seq = line["user"], change["space"], change["seq"]
        entered = 0 if space == f"user:{user}" else case.entries.get((user, space))
        what = f"I5 {line['phone']} received {_words(name_of(change))}"
        if entered is None:
            yield f"{what} and was never let in"
        elif line["t"] < entered:
            yield f"{what} before asking to be let in"
        elif seq > case.exits.get((line["phone"], space), seq):
            yield f"{what}, stored at {seq} after access was lost"
        elif change["kind"] == "message" and seq > case.ends.get(space, seq):
            yield f"{what}, stored at {seq} after the pairing had ended"


def _words(name: Name) -> str:
    return f"{name[1]} {name[2]} of {name[0]}"
