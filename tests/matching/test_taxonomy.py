"""The list of topics: whole, in every language, and kind."""

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest

from schemas.topics import NAME
from server.matching import taxonomy
from server.matching.taxonomy import TOPICS, VERSION, current, described, label

LOCALES = {"en", "de", "es"}
FAMILIES = {
    "mood": ["anxiety_worry", "low_mood", "self_esteem", "hearing_voices"],
    "social": ["loneliness", "relationship_breakup", "family_conflict"],
    "loss": ["grief_loss"],
    "recovery": ["alcohol_recovery", "drug_recovery", "gambling_recovery", "leaving_prison"],
    "trauma": ["trauma_ptsd"],
    "family": ["parenting", "perinatal", "caregiving"],
    "identity": ["lgbtq_identity", "veteran_transition"],
    "body": ["sleep", "chronic_illness_pain", "eating_body_image"],
    "work": ["stress_burnout", "student_life", "job_loss_money"],
}
MORE_THAN_ORDINARY = {  # what somebody could be hurt by, were it known
    "hearing_voices", "alcohol_recovery", "drug_recovery", "gambling_recovery", "leaving_prison", "trauma_ptsd",
    "perinatal", "lgbtq_identity", "eating_body_image",
}  # fmt: skip
ICD = re.compile(r"\b[A-Z]\d{2}(\.\d+)?\b|\b\d[A-Z]\d\d\b|\b\d{3}\.\d{1,2}\b")
DIAGNOSES = re.compile(r"disorder|syndrom|diagnos|DSM|ICD|SNOMED|trastorno|störung\b", re.IGNORECASE)


def test_there_are_24_topics_in_9_families_in_the_order_of_the_file():
    found: dict[str, list[str]] = {}
    for topic in TOPICS.values():
        found.setdefault(topic.family, []).append(topic.id)
    assert found == FAMILIES
    assert list(found) == list(FAMILIES)
    assert len(TOPICS) == 24


def test_no_id_is_there_twice_and_each_is_one_that_apps_may_send():
    ids = [row["id"] for row in described()]
    assert len(ids) == len(set(ids)) == len(TOPICS)
    assert list(TOPICS) == ids
    assert all(re.fullmatch(NAME, name) for name in ids)


def test_the_list_says_its_licence_and_its_version():
    data = json.loads((files("server.matching") / "topics.json").read_text(encoding="utf-8"))
    assert data["licence"] == "CC0-1.0"
    assert data["version"] == VERSION == 1
    assert all(1 <= topic.since <= VERSION for topic in TOPICS.values())


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.id)
def test_a_topic_is_named_and_explained_in_every_language_in_plain_words(topic):
    assert topic.labels.keys() == topic.sentences.keys() == LOCALES
    for text in (*topic.labels.values(), *topic.sentences.values()):
        assert text == text.strip()
        assert 2 < len(text) < 90
        assert not ICD.search(text)
        assert not DIAGNOSES.search(text)
    assert all(sentence.endswith(".") for sentence in topic.sentences.values())
    assert not any(words.endswith(".") for words in topic.labels.values()), "it stands in the middle of a sentence"


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_no_two_topics_are_called_the_same(locale):
    labels = [topic.labels[locale].casefold() for topic in TOPICS.values()]
    assert len(set(labels)) == len(labels)


def test_what_could_hurt_if_known_is_sensitive():
    assert {topic.id for topic in TOPICS.values() if topic.sensitive} == MORE_THAN_ORDINARY


def test_topics_for_minors_are_chosen_one_by_one():
    of_age = {topic.id for topic in TOPICS.values() if not topic.minors_ok}
    assert of_age == (MORE_THAN_ORDINARY - {"lgbtq_identity"}) | {"veteran_transition"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "grief"),
        ("en-GB", "grief"),
        ("de", "Trauer"),
        ("de-AT", "Trauer"),
        ("de-Latn-CH-1996", "Trauer"),
        ("fr", "grief"),
        ("fr-CA", "grief"),
        ("", "grief"),
        ("-", "grief"),
    ],
)
def test_a_label_is_in_the_nearest_language_there_is(locale, words):
    assert label("grief_loss", locale).removeprefix("die ") == words


def test_a_topic_that_there_is_not_has_no_label_and_no_successor():
    with pytest.raises(KeyError):
        label("happiness", "en")
    with pytest.raises(KeyError):
        current("happiness")


def test_a_topic_that_is_not_retired_is_current():
    assert [current(name) for name in TOPICS] == [topic.retired_by or name for name, topic in TOPICS.items()]


def test_a_retired_topic_points_on_to_the_last_of_those_that_took_its_place(monkeypatch):
    first, second, third = (TOPICS[name] for name in ("sleep", "parenting", "grief_loss"))
    after = {"sleep": replace(first, retired_by="parenting"), "parenting": replace(second, retired_by="grief_loss")}
    monkeypatch.setattr(taxonomy, "TOPICS", {**TOPICS, **after, "grief_loss": third})
    assert [current(name) for name in ("sleep", "parenting", "grief_loss")] == ["grief_loss"] * 3


def test_whatever_took_the_place_of_a_topic_is_there():
    for topic in TOPICS.values():
        assert topic.retired_by is None or (topic.retired_by in TOPICS and topic.retired_by != topic.id)


def test_what_apps_are_given_is_the_whole_list():
    keys = {"id", "family", "since", "labels", "sentences", "sensitive", "minors_ok", "retired_by"}
    assert all(row.keys() == keys for row in described())
    assert {row["id"]: row["labels"] for row in described()} == {name: topic.labels for name, topic in TOPICS.items()}
