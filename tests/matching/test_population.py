"""Made-up people: the same for the same seed, like the tables, with every hard case, and such as the commands take."""

from datetime import UTC, datetime
from functools import cache
from unicodedata import bidirectional, name
from zoneinfo import ZoneInfo

import pytest

from schemas.account import Register
from schemas.availability import SetAvailability
from schemas.fact import PutFact
from schemas.practice import EditPractice
from schemas.profile import AGES, EditProfile
from schemas.request import OpenRequest
from server.demo_data import PROFILES, manifest, population, tables
from server.demo_data.edge_cases import RARE_LANGUAGE
from server.demo_data.random_numbers import SplitMix64
from server.matching.hours import require_zone, week
from server.matching.requester import hours_of
from server.matching.taxonomy import TOPICS, current

TINY = "1d006b4ae1c4684aff757c3a0435a66066356475d292ca0fbf719ab3372ee78a"
SMALL = ["tiny", "demo", "load"]
USUAL, BETWEEN = 1_795_352_768_209, 1_773_921_600_000  # ms: 22 November 2026; 19 March, clocks changed in one place


@cache
def made(profile, seed=1):
    return population(*PROFILES[profile], seed)


# One seed, the same people


def test_the_generator_of_chance_gives_the_published_numbers():
    dice = SplitMix64(1234567)
    assert [dice.next() for _ in range(5)] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip


def test_one_seed_gives_the_same_people_byte_for_byte():
    assert manifest(population(12, 4, 1)) == {
        "version": 1, "seed": 1, "peers": 12, "specialists": 4, "supervisors": 1, "sha256": TINY,
    }  # fmt: skip


def test_other_seeds_give_other_people():
    assert len({manifest(population(12, 4, seed))["sha256"] for seed in (-1, 0, 1, 2, 2**64 + 1, 2**70)}) == 6


def test_a_larger_population_begins_with_the_people_of_a_smaller_one():
    small, large = made("demo"), made("load")
    assert large.peers[: len(small.peers)] == small.peers
    assert large.specialists[: len(small.specialists)] == small.specialists


def test_who_changes_a_made_up_person_changes_nobody_else():
    first = population(12, 4, 1)
    for person in (*first.peers, *first.specialists):
        person["profile"]["languages"].clear()
        person["availability"]["weekly"].clear()
    assert manifest(population(12, 4, 1))["sha256"] == TINY


@pytest.mark.parametrize(("peers", "specialists", "supervisors"), [(0, 0, 0), (1, 1, 1), (0, 12, 1), (3, 13, 2)])
def test_any_size_will_do(peers, specialists, supervisors):
    people = population(peers, specialists, 3)
    sizes = (len(people.peers), len(people.specialists), len(people.supervisors))
    assert sizes == (peers, specialists, supervisors)


def test_the_profiles_have_the_sizes_that_are_written_down():
    assert PROFILES == {"tiny": (12, 4), "demo": (120, 24), "load": (1000, 200), "big": (10000, 2000)}


# All of them are such as the commands take


@pytest.mark.parametrize("profile", SMALL)
def test_the_commands_take_everybody(profile):
    people = made(profile)
    for peer in people.peers:
        OpenRequest().load({"id": "first", "name": peer["name"], **peer["request"]})
    for specialist in people.specialists:
        EditPractice().load(specialist["practice"])
        assert specialist["practice"].keys() == EditPractice._declared_fields.keys() - {"apart"}
        for number, fact in enumerate(specialist["facts"]):
            PutFact().load({"id": f"f{number}", **fact})
    for person in (*people.peers, *people.specialists):
        EditProfile().load({"name": person["name"], **person["profile"]})
        SetAvailability().load(person["availability"])
        for tag in person["identities"]:
            PutFact().load({"id": f"is-{tag}", "topic": tag, "kind": "identity", "depth": 2, "tier": "profile"})
        Register().load({"handle": person["handle"], "passphrase": "a made-up person"})


@pytest.mark.parametrize("profile", SMALL)
def test_nobody_has_the_handle_of_another_and_all_say_that_they_are_made_up(profile):
    people = made(profile)
    everybody = (*people.peers, *people.specialists)
    handles = [*people.supervisors, *(person["handle"] for person in everybody)]
    assert len(set(handles)) == len(handles)
    assert all(handle.isascii() and handle.startswith("synthetic-") for handle in handles)
    assert all(person["synthetic"] is True for person in everybody)
    assert {one["credential"]["supervisor"] for one in people.specialists} - {None} <= set(people.supervisors)


@pytest.mark.parametrize("profile", SMALL)
def test_all_topics_zones_and_tags_are_real(profile):
    people = made(profile)
    for peer in people.peers:
        asked = peer["request"]
        assert set(asked["topics"]) <= set(TOPICS)
        assert set(asked["quiet"]) | set(asked["must"].get("topics", [])) <= set(asked["topics"])
        assert 4 <= asked["patience_hours"] <= 720
        assert set(asked["wishes"].get("identities", [])) <= set(peer["identities"])
        if peer["profile"]["age_band"] == "under_18":
            assert all(TOPICS[topic].minors_ok for topic in asked["topics"])
    for one in people.specialists:
        topics = [fact["topic"] for fact in one["facts"]]
        assert len(set(topics)) == len(topics)
        assert set(one["practice"]["comfort"]) <= set(topics) <= set(TOPICS)
        assert set(one["practice"]["avoid"]) <= set(TOPICS) - set(topics)
        assert one["profile"]["age_band"] != "under_18", "specialists are of age"
        assert one["facts"][0]["kind"] == "lived"
        assert one["facts"][0]["tier"] != "private", "they can be found by something"
    for person in (*people.peers, *people.specialists):
        require_zone(person["availability"]["zone"])
        assert max(person["profile"]["languages"].values()) == 3, "everybody has a first language"


def test_every_topic_has_a_place_in_the_order_and_is_current():
    assert sorted(tables.COMMON) == sorted(topic for topic in TOPICS if current(topic) == topic)
    assert tables.BANDS == AGES


# Hard cases, whatever the size and the seed


@pytest.fixture(params=[(profile, seed) for profile in SMALL for seed in (1, 2, 99)], ids=str)
def people(request):
    return made(*request.param)


def test_a_language_has_one_specialist_and_somebody_who_speaks_nothing_else(people):
    assert sum(RARE_LANGUAGE in one["profile"]["languages"] for one in people.specialists) == 1
    assert any(set(peer["profile"]["languages"]) == {RARE_LANGUAGE} for peer in people.peers)


def test_a_topic_that_somebody_looks_for_is_known_to_no_specialist(people):
    known = {fact["topic"] for one in people.specialists for fact in one["facts"]}
    assert any(not known & set(peer["request"]["topics"]) for peer in people.peers)
    assert tables.NOBODYS_TOPIC not in known


def test_somebody_must_have_what_no_specialist_is(people):
    ages = {one["profile"]["age_band"] for one in people.specialists}
    musts = [set(peer["request"]["must"].get("age_bands", [])) for peer in people.peers]
    assert any(must and not must & ages for must in musts)


def test_a_specialist_has_no_places_and_another_leaves_with_eight(people):
    assert any(one["practice"]["places"] == 0 for one in people.specialists)
    assert any(one["leaving"] and one["practice"]["places"] >= 8 for one in people.specialists)


def test_the_first_two_specialists_take_people_and_one_of_them_minors():
    for people in (population(12, 4, seed) for seed in range(200)):
        serve = people.specialists[:2]
        assert all(one["practice"]["places"] > 0 and one["practice"]["avoid"] == [] for one in serve)
        assert all(one["credential"]["supervisor"] in people.supervisors for one in serve)
        assert not any(one["paused"] or one["leaving"] for one in serve)
        assert any(one["credential"]["minors_ok"] for one in serve)


def offsets(zone):
    """Return by how many minutes local time is ahead in January and July."""
    times = (datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7))
    return [round(time.utcoffset().total_seconds() / 60) for time in times]


def test_two_people_who_can_talk_live_where_clocks_change_on_different_days(people):
    peers = [one for one in people.peers if one["availability"]["zone"] == "Europe/Berlin"]
    others = [one for one in people.specialists[:2] if one["availability"]["zone"] == "America/New_York"]
    assert peers
    assert others
    for zone in ("Europe/Berlin", "America/New_York"):
        assert len(set(offsets(zone))) == 2
    hours = [hours_of(one["availability"]) for one in (peers[0], others[0])]
    common = [(week(hours[0], now) & week(hours[1], now)).bit_count() for now in (USUAL, BETWEEN)]
    assert min(common) > 0
    assert common[0] != common[1], "in the weeks between, they have other hours in common"
    assert set(peers[0]["profile"]["languages"]) & set(others[0]["profile"]["languages"])


def test_there_are_zones_half_and_a_quarter_of_an_hour_off_and_clocks_that_change_by_half_an_hour(people):
    found = [offsets(person["availability"]["zone"]) for person in people.peers]
    assert {30, 45} <= {winter % 60 for winter, _ in found}
    assert any(abs(winter - summer) == 30 for winter, summer in found)


def test_somebody_has_a_weekend_of_friday_and_saturday(people):
    def daytime(person):
        return {day for day, start, to in person["availability"]["weekly"] if start < 17 * 60 and to > 9 * 60}

    friday = [one for one in people.peers if one["availability"]["zone"] in tables.FRIDAY_AND_SATURDAY]
    assert any(daytime(one) == {4, 5} for one in friday)


def test_there_are_names_from_right_to_left_and_in_chinese_script(people):
    names = [person["name"] for person in people.peers]
    assert any(bidirectional(called[0]) in {"R", "AL"} for called in names)
    assert any(name(called[0]).startswith("CJK") for called in names)
