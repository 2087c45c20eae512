"""The floor of a short list, and what a list tells of facts that are not shown: nothing."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.fact import KINDS, TIERS
from server.commands.matching import places
from server.matching.candidate_columns import CandidateColumns
from server.matching.explanation import explained, may_not_have_lived
from server.matching.floor import topics_above
from server.matching.requester import requester
from server.matching.score import weigh
from server.matching.shortlist import shortlist
from server.matching.taxonomy import TOPICS
from sync.record import Record
from tests.conftest import START

SOME = ("low_mood", "self_esteem", "grief_loss", "alcohol_recovery", "drug_recovery", "sleep")  # three are of a family
ALWAYS = {"zone": "UTC", "weekly": [[day, 0, 1440] for day in range(7)], "exceptions": {}}
PEER = {"languages": {"en": 3}, "gender": None, "age_band": None, "availability": ALWAYS}

fact = st.fixed_dictionaries(
    {
        "topic": st.sampled_from(SOME),
        "kind": st.sampled_from([kind for kind in KINDS if kind != "identity"]),
        "depth": st.integers(1, 3),
        "tier": st.sampled_from(TIERS[1:]),
    }
)
facts = st.lists(fact, max_size=3).map(lambda some: {str(number): one for number, one in enumerate(some)})
comfort = st.dictionaries(st.sampled_from(SOME), st.integers(0, 3), max_size=2)
topics = st.dictionaries(st.sampled_from(SOME), st.integers(1, 3), max_size=2)
quiet = st.sets(st.sampled_from(SOME), max_size=2)
must = st.sampled_from([{}, {"lived": True}, {"lived": False}])


def listens(some, **practice):
    return {
        "facts": some, "practice": {"name": "Sam", "places": 2, **practice}, "profile": {"languages": {"en": 3}},
        "availability": ALWAYS, "credential": {"supervisor": "id-sue", "until": 2 * START, "minors_ok": False},
        "pairings": {}, "offers": {},
    }  # fmt: skip


def asked(topics, quiet=(), must=None):
    return {
        "topics": topics, "quiet": sorted(quiet), "languages": {"en": 3}, "must": must or {}, "wishes": {},
        "apart": [], "asynchronous": False, "opened_at": START,
    }  # fmt: skip


def read(data, request):
    """Return everything that a peer and a specialist are told of why they are brought together."""
    looking = requester("r1", request, PEER, frozenset(), START)
    return explained(data, looking, 10.0, 1.0, START), may_not_have_lived(data, looking)


@given(facts, topics, quiet, must)
@example(
    {"0": {"topic": "grief_loss", "kind": "lived", "depth": 3, "tier": "match_only"}}, {"grief_loss": 3}, set(), {}
)
@settings(max_examples=60)
def test_who_hides_a_fact_reads_like_who_has_none(some, topics, quiet, must):
    shown = {name: one for name, one in some.items() if one["tier"] == "profile"}
    assert read(listens(some), asked(topics, quiet, must)) == read(listens(shown), asked(topics, quiet, must))


@given(facts)
@settings(max_examples=60)
def test_who_is_on_a_list_by_a_hidden_fact_could_be_on_it_by_what_they_can_listen_to(some):
    """So no list proves a fact: a family may have one topic only, and to be on its list would tell that topic."""
    shown = {name: one for name, one in some.items() if one["tier"] == "profile"}
    above = topics_above(some, {})
    assert topics_above(shown, {"comfort": dict.fromkeys(above, 2)}) == above
    assert topics_above(shown, {"comfort": dict.fromkeys(TOPICS.keys() - above, 1)}) == topics_above(shown, {})


@given(facts, comfort, topics, must)
@settings(max_examples=60)
def test_what_is_found_is_what_may_be_chosen(some, comfort, topics, must):
    data, request = listens(some, comfort=comfort), asked(topics, must=must)
    pool = CandidateColumns()
    pool.put("sam", data, START)
    looking = requester("r1", request, PEER, frozenset(), START)
    [found] = weigh(pool, looking, START).fits
    stored = Record("r1", "request", "user:ann", "ann", request, hidden={"seeker": PEER})
    assert found == places.suits(data, stored, START)
    assert found == (
        not topics or must.get("lived") is False or not topics_above(some, {"comfort": comfort}).isdisjoint(topics)
    )


@given(facts, topics, quiet, must)
@example(
    {"0": {"topic": "low_mood", "kind": "lived", "depth": 3, "tier": "profile"}},
    {"low_mood": 3, "self_esteem": 1},
    {"low_mood"},
    {},
)
@settings(max_examples=60)
def test_no_quiet_topic_is_named_and_none_that_is_not_shown(some, topics, quiet, must):
    shown = {one["topic"] for one in some.values() if (one["kind"], one["tier"]) == ("lived", "profile")}
    (reasons, limit), unlived = read(listens(some), asked(topics, quiet, must))
    named = {reason["topic"] for reason in reasons if "topic" in reason}
    assert named <= shown - quiet
    words = str([reasons, limit, unlived])
    assert not [topic for topic in set(SOME) - shown if TOPICS[topic].labels["en"] in words]


def test_what_is_close_is_named_only_if_nothing_is_shared():
    mood = {"0": {"topic": "self_esteem", "kind": "lived", "depth": 2, "tier": "profile"}}
    both = {**mood, "1": {"topic": "low_mood", "kind": "lived", "depth": 2, "tier": "profile"}}
    codes = [read(listens(some), asked({"low_mood": 3}))[0][0][0]["code"] for some in (mood, both)]
    assert codes == ["knows_close", "both_know"]
    assert read(listens(mood), asked({"low_mood": 3}, ["low_mood"]))[0][0][0]["code"] != "knows_close"


def test_a_wish_for_an_identity_finds_only_those_who_show_it():
    """To ask for one identity after the other would otherwise tell which one somebody keeps to themselves."""
    pool = CandidateColumns()
    for tier in TIERS[1:]:
        one = {"topic": "trans", "kind": "identity", "depth": 3, "tier": tier}
        pool.put(tier, {**listens({"0": one})}, START)
    pool.put("nothing", listens({}), START)
    wishing = {**asked({}), "wishes": {"identities": ["trans"]}}
    peers = weigh(pool, requester("r1", wishing, PEER, frozenset(), START), START).peers
    assert len({worth for user, worth in zip(pool.users, peers, strict=True) if user != "profile"}) == 1
    assert peers[pool.rows["profile"]] == max(peers) > peers[pool.rows["nothing"]]


def test_the_order_of_a_list_tells_nothing_that_is_not_shown():
    """Whoever changes the wishes or the topics of a request sees the list in the same order, whatever is hidden."""
    hidden = [{"topic": "grief_loss", "kind": kind, "depth": 3, "tier": "match_only"} for kind in KINDS]
    listeners = {"sam": {"comfort": {"grief_loss": 2}}, "tom": {"comfort": {"grief_loss": 2}, "style": "gentle"}}
    orders = set()
    for some in [{}, *({"0": one} for one in hidden)]:
        for wishes in ({}, {"style": "gentle"}):
            for request in (asked({"grief_loss": 3}), asked({"grief_loss": 1, "sleep": 3}), asked({})):
                pool = CandidateColumns()
                for user, practice in listeners.items():
                    pool.put(user, listens(some if user == "sam" else {}, **practice), START)
                looking = requester("r1", {**request, "wishes": wishes}, PEER, frozenset(), START)
                orders.add(tuple(one.user for one in shortlist(pool, looking, START)))
    assert len(orders) == 1


def test_a_newcomer_below_the_floor_takes_nobodys_place():
    pool = CandidateColumns()
    grief = {"0": {"topic": "grief_loss", "kind": "lived", "depth": 1, "tier": "match_only"}}
    for number in range(5):
        pool.put(f"above{number}", {**listens(grief), "pairings": {"x": {"peer": "bob", "place": True}}}, START)
    pool.put("new", listens({}), START)
    for number in range(20):
        looking = requester(f"r{number}", asked({"grief_loss": 3}, must={"lived": False}), PEER, frozenset(), START)
        assert "new" not in [one.user for one in shortlist(pool, looking, START)]


def test_widening_adds_people_and_moves_none_away():
    """Those above the floor are there only late at night; the others are there now."""
    pool = CandidateColumns()
    far = {**ALWAYS, "weekly": [[day, 300, 420] for day in range(7)]}
    grief = {"0": {"topic": "grief_loss", "kind": "lived", "depth": 1, "tier": "match_only"}}
    for number in range(2):
        pool.put(f"far{number}", {**listens(grief), "availability": far}, START)
    for number in range(9):
        pool.put(f"near{number}", listens({}), START)
    looking = requester("r1", asked({"grief_loss": 3}), PEER, frozenset(), START)
    before = [one.user for one in shortlist(pool, looking, START)]
    widened = [one.user for one in shortlist(pool, replace(looking, must={"lived": False}), START)]
    assert sorted(before) == ["far0", "far1"]
    assert (widened[:2], len(widened)) == (before, 5)
