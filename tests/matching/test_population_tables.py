"""Made-up people are like the tables say, within three standard errors. What is expected is written here once more."""

from collections import Counter
from functools import cache
from itertools import pairwise
from math import sqrt
from statistics import median

from schemas.fact import TIERS
from schemas.profile import GENDERS
from server.demo_data import PROFILES, population, tables
from server.demo_data.edge_cases import PEERS, SPECIALISTS
from server.demo_data.random_numbers import Shares, SplitMix64
from server.demo_data.weeks import _spans
from server.matching.taxonomy import TOPICS

LANGUAGES = {"en": 0.60, "es": 0.16, "zh": 0.05, "hi": 0.05, "fr": 0.05, "ar": 0.04, "pt": 0.03, "de": 0.02}


@cache
def drawn(seed=7):
    """Return a load's peers and specialists, without the hard cases: those that follow the tables."""
    people = population(*PROFILES["load"], seed)
    return people.peers[len(PEERS) :], people.specialists[len(SPECIALISTS) :]


def near(found, count, share, errors=3.0):
    """Tell whether a share is within three standard errors of what it should be."""
    return abs(found / count - share) <= errors * sqrt(share * (1 - share) / count)


def fit(values, shares):
    """Return the values whose part is more than three standard errors off, and any that should not be there."""
    total, found = sum(shares.values()), Counter(values)
    off = [value for value, share in shares.items() if not near(found[value], found.total(), share / total)]
    return off + [value for value in found if value not in shares]


def follow(values, weights):
    """Tell whether many values are as common as they should be: Pearson's chi-square, against its own spread."""
    found, freedom = Counter(values), len(weights) - 1
    assert set(found) <= set(weights)
    expected = {value: found.total() * weight / sum(weights.values()) for value, weight in weights.items()}
    distance = sum((found[value] - count) ** 2 / count for value, count in expected.items())
    return abs(distance - freedom) <= 3 * sqrt(2 * freedom)


def zipf(s, known=tables.COMMON):
    return {topic: (rank + 1) ** -s for rank, topic in enumerate(tables.COMMON) if topic in known}


def test_languages_are_those_of_the_tables():
    for crowd, second in zip(drawn(), (0.18, 0.30), strict=True):
        spoken = [list(one["profile"]["languages"]) for one in crowd]
        assert fit((languages[0] for languages in spoken), LANGUAGES) == []
        assert near(sum(len(languages) == 2 for languages in spoken), len(crowd), second)
        assert all(len(languages) < 3 for languages in spoken)


def test_zones_are_those_of_the_first_language():
    for person in (*drawn()[0], *drawn()[1]):
        shares = tables.ZONES[next(iter(person["profile"]["languages"]))]
        assert person["availability"]["zone"] in shares._values
    spanish = [one["availability"]["zone"] for one in drawn()[0] if next(iter(one["profile"]["languages"])) == "es"]
    assert near(spanish.count("Europe/Madrid"), len(spanish), 0.30)


def test_first_topics_of_peers_of_age_follow_zipf():
    first = [next(iter(one["request"]["topics"])) for one in drawn()[0] if one["profile"]["age_band"] != "under_18"]
    assert follow(first, zipf(1.05))
    assert not follow(first, zipf(0.75))


def test_first_topics_of_specialists_follow_a_flatter_zipf():
    first = [one["facts"][0]["topic"] for one in drawn()[1]]
    assert follow(first, zipf(0.75, tables.COMMON[:-1]))


def test_the_commonest_topics_come_in_the_order_of_the_tables():
    people = population(6000, 0, 5)
    found = Counter(next(iter(one["request"]["topics"])) for one in people.peers[len(PEERS) :])
    assert [topic for topic, _ in found.most_common(4)] == list(tables.COMMON[:4])
    parts = [sum(found[topic] for topic in tables.COMMON[start : start + 4]) for start in range(0, 24, 4)]
    assert all(more > less for more, less in pairwise(parts))


def test_specialists_are_spread_over_topics_more_evenly_than_peers():
    people = population(0, 2000, 11).specialists[len(SPECIALISTS) :]
    first = [one["facts"][0]["topic"] for one in people]
    assert follow(first, zipf(0.75, tables.COMMON[:-1]))
    assert not follow(first, zipf(1.05, tables.COMMON[:-1]))


def test_there_are_as_many_topics_as_the_tables_say():
    peers, specialists = drawn()
    assert fit((len(one["request"]["topics"]) for one in peers), {1: 0.4, 2: 0.4, 3: 0.2}) == []
    assert fit((len(one["facts"]) for one in specialists), {2: 0.25, 3: 0.35, 4: 0.25, 5: 0.15}) == []


def test_a_second_topic_is_four_times_as_likely_of_the_same_family():
    pairs = [list(one["request"]["topics"])[:2] for one in drawn()[0] if one["profile"]["age_band"] != "under_18"]
    pairs = [pair for pair in pairs if len(pair) == 2]
    expected = 0.0
    for first, _ in pairs:
        weights = {topic: weight for topic, weight in zipf(1.05).items() if topic != first}
        family = sum(weight for topic, weight in weights.items() if TOPICS[topic].family == TOPICS[first].family)
        expected += 4 * family / (3 * family + sum(weights.values()))
    found = sum(TOPICS[first].family == TOPICS[second].family for first, second in pairs)
    assert near(found, len(pairs), expected / len(pairs))


def test_people_are_those_of_the_tables():
    peers, specialists = drawn()
    genders = {"woman": 0.52, "man": 0.38, "nonbinary": 0.05, None: 0.05}
    assert set(genders) - {None} == set(GENDERS)
    of_age = {
        band: share * 0.95 for band, share in (("18_24", 0.2), ("25_39", 0.4), ("40_59", 0.28), ("60_plus", 0.12))
    }
    assert fit((one["profile"]["age_band"] for one in peers), {"under_18": 0.05, **of_age}) == []
    for crowd in (peers, specialists):
        assert fit((one["profile"].get("gender") for one in crowd), genders) == []
        for tag in tables.TAGS:
            assert near(sum(tag in one["identities"] for one in crowd), len(crowd), 0.12)


def test_wishes_are_those_of_the_tables():
    asked = [one["request"] for one in drawn()[0]]
    assert near(sum("gender" in one["must"] for one in asked), len(asked), 0.08)
    assert near(sum("gender" in one["must"] or "gender" in one["wishes"] for one in asked), len(asked), 0.30)
    assert not any("gender" in one["must"] and "gender" in one["wishes"] for one in asked)
    assert near(sum("style" in one["wishes"] for one in asked), len(asked), 0.30)
    assert near(sum("age_bands" in one["wishes"] for one in asked), len(asked), 0.15)
    assert near(sum(one["asynchronous"] for one in asked), len(asked), 0.15)
    assert near(sum(one["mode"] == "choose" for one in asked), len(asked), 0.70)
    tagged = [one for one in drawn()[0] if one["identities"]]
    assert near(sum("identities" in one["request"]["wishes"] for one in tagged), len(tagged), 0.50)
    topics = [(topic, topic in one["quiet"]) for one in asked for topic in one["topics"]]
    for sensitive, share in ((True, 0.40), (False, 0.05)):
        quiet = [hushed for topic, hushed in topics if TOPICS[topic].sensitive is sensitive]
        assert near(sum(quiet), len(quiet), share)


def test_what_people_wish_for_is_mostly_what_they_are():
    peers = drawn()[0]
    aged = [one for one in peers if "age_bands" in one["request"]["wishes"]]
    own = [[one["profile"]["age_band"]] if one["profile"]["age_band"] != "under_18" else ["18_24"] for one in aged]
    assert [one["request"]["wishes"]["age_bands"] for one in aged] == own
    asked = [(one["request"]["must"] | one["request"]["wishes"], one["profile"].get("gender")) for one in peers]
    wished = [(wish["gender"], gender) for wish, gender in asked if "gender" in wish and gender in {"woman", "man"}]
    assert near(sum(wish == gender for wish, gender in wished), len(wished), 0.80 + 0.20 / 2)
    lived = [one["request"] for one in peers if "topics" in one["request"]["must"]]
    assert near(len(lived), len(peers), 0.03)
    assert all(one["must"]["topics"] == list(one["topics"])[:1] for one in lived)


def test_a_second_language_is_spoken_at_any_level():
    spoken = [list(one["profile"]["languages"].values()) for one in drawn()[0]]
    assert all(levels[0] == 3 for levels in spoken)
    assert fit((levels[1] for levels in spoken if len(levels) == 2), {1: 1, 2: 1, 3: 1}) == []


def test_patience_has_the_median_and_the_spread_of_the_tables():
    hours = [one["request"]["patience_hours"] for one in drawn()[0]]
    assert near(sum(hour < 48 for hour in hours), len(hours), 0.5)
    assert 40 < median(hours) < 56
    middle = sum(48 / 2.718 < hour < 48 * 2.718 for hour in hours)
    assert near(middle, len(hours), 0.6827), "two thirds within one sigma"


def test_practices_are_those_of_the_tables():
    offered = drawn()[1]
    practices = [one["practice"] for one in offered]
    shares = [
        (sum(one["standing_yes"] for one in practices), 0.20),
        (sum(len(one["avoid"]) == 1 for one in practices), 0.15),
        (sum(one["style"] is None for one in practices), 0.15),
        (sum(one["asynchronous"] for one in practices), 0.25),
        (sum(one["credential"]["minors_ok"] for one in offered), 0.30),
        (sum(one["leaving"] for one in offered), 0.05),
        (sum(one["paused"] for one in offered), 0.05),
        (sum(one["credential"]["supervisor"] is None for one in offered), 0.02),
    ]
    assert [share for found, share in shares if not near(found, len(offered), share)] == []
    assert all(90 <= one["credential"]["valid_days"] <= 730 for one in offered)
    tiers = [fact["tier"] for one in offered for fact in one["facts"][1:]]
    assert set(tiers) == set(TIERS)
    assert (
        fit(tiers, {"private": 0.05, "match_only": 0.25, "open_together": 0.25, "paired": 0.25, "profile": 0.20}) == []
    )
    facts = [fact for one in offered for fact in one["facts"]]
    assert fit((fact["depth"] for fact in facts), {1: 1, 2: 1, 3: 1}) == []
    later = [fact["kind"] for one in offered for fact in one["facts"][1:]]
    assert fit(later, {"lived": 0.70, "learning": 0.20, "interest": 0.10}) == []


def test_what_few_specialists_say_is_said_by_as_many_as_the_tables_say():
    offered = population(0, 2000, 11).specialists[len(SPECIALISTS) :]
    alone = sum(one["credential"]["supervisor"] is None for one in offered)
    assert near(alone, len(offered), 0.02)
    bands = [one["practice"]["age_bands"] for one in offered]
    assert near(sum(map(bool, bands)), len(offered), 0.30 * (1 - 0.5**5)), "of the choosy ones, some choose no age"
    for band in tables.BANDS:
        assert near(sum(band in chosen for chosen in bands), len(offered), 0.15)
    facts = [(one, fact["topic"]) for one in offered for fact in one["facts"]]
    assert near(sum(topic in one["practice"]["comfort"] for one, topic in facts), len(facts), 0.60)


def test_places_have_the_mean_and_the_spread_of_the_tables():
    people = population(0, 2000, 11).specialists[len(SPECIALISTS) :]
    places = [one["practice"]["places"] for one in people]
    mean, variance = 5.0, 25 / 3
    assert min(places) == 1
    assert max(places) <= 50
    found = sum(places) / len(places)
    assert abs(found - mean) < 3 * sqrt(variance / len(places)) + 0.03, "the least is 1, which adds a little"
    spread = sum((place - found) ** 2 for place in places) / len(places)
    assert 0.8 * variance < spread < 1.2 * variance


# Hours


def length(person):
    return sum(to - start for _, start, to in person["availability"]["weekly"]) / 60


def test_peers_have_8_to_40_hours_in_runs_that_do_not_touch():
    totals = [length(one) for one in drawn()[0]]
    assert (min(totals), max(totals)) == (8, 40)
    assert follow(totals, dict.fromkeys(range(8, 41), 1))
    for one in (*drawn()[0], *drawn()[1]):
        for (day, _, to), (next_day, start, _) in pairwise(one["availability"]["weekly"]):
            assert (day, to) < (next_day, start)


def test_weeks_begin_at_any_quarter_and_days_are_not_run_together():
    early = [[start for _, start, _ in one["availability"]["weekly"] if start < 15 * 60] for one in drawn()[0]]
    assert fit((starts[0] % 60 for starts in early if starts), {0: 1, 15: 1, 30: 1, 45: 1}) == []
    assert _spans({10, 11, 36, 47, 48}) == [[0, 600, 720], [1, 720, 780], [1, 1380, 1440], [2, 0, 60]]


def test_seven_in_ten_peers_have_no_hours_at_night():
    def sleeps(person):
        return all(start >= 7 * 60 and to <= 22 * 60 for _, start, to in person["availability"]["weekly"])

    peers = drawn()[0]
    found = sum(map(sleeps, peers))
    assert near(found, len(peers), 0.70, errors=4), "a few of those who might have hours at night have none by chance"
    assert any(start < 3 * 60 for one in peers for _, start, _ in one["availability"]["weekly"])


def hour_counts(people, days=range(7)):
    spans = [span for one in people for span in one["availability"]["weekly"] if span[0] in days]
    return Counter(minute // 60 for _, start, to in spans for minute in range(start, to, 60))


def test_peers_have_most_of_their_hours_in_the_evening_and_some_lie_awake():
    awake = [one for one in drawn()[0] if any(to > 22 * 60 for _, _, to in one["availability"]["weekly"])]
    found = hour_counts(awake)
    evening, morning = (sum(found[hour] for hour in hours) / len(hours) for hours in (range(18, 22), range(9, 13)))
    assert evening > 2 * morning
    assert sum(found[hour] for hour in range(3)) > 1.1 * sum(found[hour] for hour in range(4, 7))


def test_days_are_freer_on_the_weekend_wherever_it_is():
    for friday, free in ((False, (5, 6)), (True, (4, 5))):
        people = [one for one in drawn()[0] if (one["availability"]["zone"] in tables.FRIDAY_AND_SATURDAY) is friday]
        by_day = [sum(hour_counts(people, [day])[hour] for hour in range(9, 18)) for day in range(7)]
        assert set(sorted(range(7), key=by_day.__getitem__)[-2:]) == set(free)


def test_specialists_have_4_to_24_hours_in_shifts_of_2_to_4_most_in_the_evening():
    specialists = drawn()[1]
    totals = [length(one) for one in specialists]
    assert 4 <= min(totals) < 7
    assert 21 < max(totals) <= 24
    shifts = {to - start for one in specialists for _, start, to in one["availability"]["weekly"]}
    assert shifts == {120, 180, 240}
    found = hour_counts(specialists)
    assert {hour for hour, _ in found.most_common(3)} == {18, 19, 20}


# The generator of chance


def test_shares_are_drawn_as_they_stand_to_each_other():
    shares, dice = Shares({"a": 1, "b": 3, "c": 0}), SplitMix64(1)
    found = Counter(shares.draw(dice) for _ in range(4000))
    assert found["c"] == 0
    assert near(found["a"], 4000, 0.25)


def test_what_has_no_share_is_never_drawn_even_by_the_lowest_number():
    class Lowest(SplitMix64):
        def next(self):
            return 0

    assert Shares({"never": 0, "always": 1}).draw(Lowest(0)) == "always"


def test_whole_numbers_are_drawn_evenly_and_within_their_range():
    dice = SplitMix64(2)
    found = Counter(dice.between(3, 6) for _ in range(4000))
    assert set(found) == {3, 4, 5, 6}
    assert all(near(count, 4000, 0.25) for count in found.values())


def test_the_normal_and_the_gamma_distribution_have_their_mean_and_variance():
    dice, count = SplitMix64(3), 4000
    for values, mean, variance in (
        ([dice.normal() for _ in range(count)], 0, 1),
        ([dice.gamma(3) for _ in range(count)], 3, 3),
    ):
        found = sum(values) / count
        assert abs(found - mean) < 3 * sqrt(variance / count)
        assert abs(sum((value - found) ** 2 for value in values) / count - variance) < 0.15 * variance
