"""The library of open questions and the crisis lines: complete, in three languages, and open indeed."""

import json
import re
from importlib.resources import files

import pytest

from server.trust import prompts

LIBRARY = json.loads((files("server.trust") / "prompts.json").read_text(encoding="utf-8"))
LINES = json.loads((files("server.trust") / "lines.json").read_text(encoding="utf-8"))
HTTPS = r"https://[a-z0-9.-]+[.][a-z]{2,}(/[a-z0-9/._-]*)?"
LOCALES = {"en", "de", "es"}
OPEN = {
    "en": r"(what|which|who|whom|whose|when|where|how)\b",
    "de": r"((auf|aus|bei|für|in|mit|nach|seit|von|vor|zu) )?(was|welche[mnrs]?|wer|wem|wen|wessen|wann|wie|wo|"
    r"wor?(an|auf|aus|bei|durch|für|her|hin|in|mit|nach|über|um|von|vor|zu))\b",
    "es": r"¿((a|con|de|desde|en|para) )?(qué|quién(es)?|cuál(es)?|cuándo|dónde|cómo)\b",
}  # none begins with its verb: that is answered by yes or no
CONDITION = {"en": r"(if [^,]+, )?", "de": r"(wenn [^,]+, )?", "es": r"((si|cuando) [^,]+, )?"}
CLOSED = {
    "en": r"(do|does|did|is|are|was|were|have|has|had|can|could|would|will|should|shall|may|might|am)\b",
    "de": r"(bist|ist|sind|war|warst|hast|hat|habt|kannst|kann|willst|würdest|möchtest|magst|darfst|solltest)\b",
    "es": r"¿(eres|es|son|estás|está|has|ha|puedes|puede|quieres|tienes|tiene|debes|fuiste)\b",
}
INVITATION = {"en": "tell me ", "de": "erzähl mir ", "es": "cuéntame "}
FORMAL = {"de": r"(?<!^)\b(Sie|Ihnen|Ihr\w*)\b", "es": r"\b[Uu]sted(es)?\b"}
FORBIDDEN = re.compile(
    r"\b(why|warum|wieso|weshalb|por qué|su[ií][cz]id\w*|self-harm\w*|selbstverletz\w*|autolesi\w*|diagn[oó]s\w*|"
    r"depress\w*|depresi\w*|disorder\w*|störung\w*|trastorno\w*|symptom\w*|síntoma\w*|therap\w*|terap\w*|trauma\w*)\b",
    re.IGNORECASE,
)

texts = pytest.mark.parametrize(
    ("prompt", "locale", "text"),
    [(row["id"], locale, text) for row in LIBRARY["prompts"] for locale, text in row["texts"].items()],
)


def test_there_are_enough_of_them_for_every_theme():
    assert len(LIBRARY["prompts"]) >= 60
    for theme in LIBRARY["themes"]:
        assert theme["labels"].keys() == LOCALES
        assert sum(row["theme"] == theme["id"] for row in LIBRARY["prompts"]) >= 4
    assert {row["theme"] for row in LIBRARY["prompts"]} == {theme["id"] for theme in LIBRARY["themes"]}


def test_ids_are_for_ever():
    ids = [row["id"] for row in LIBRARY["prompts"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name) for name in ids)
    assert all(1 <= row["version"] <= LIBRARY["version"] for row in LIBRARY["prompts"])
    assert all(row["retired"] in {True, False} for row in LIBRARY["prompts"])
    assert LIBRARY["licence"] == "CC0-1.0"


@pytest.mark.parametrize("row", LIBRARY["prompts"], ids=lambda row: row["id"])
def test_every_prompt_is_there_in_every_language(row):
    assert row["texts"].keys() == LOCALES
    assert len(set(row["texts"].values())) == len(LOCALES)


@texts
def test_every_question_is_open_short_and_free_of_blame(prompt, locale, text):
    assert len(text) <= 140
    question = re.split(r"(?<=\.) ", text)[-1]
    if question.endswith("?"):
        assert re.match(CONDITION[locale] + OPEN[locale], question, re.IGNORECASE), prompt
        assert not re.match(CLOSED[locale], question.split(", ")[-1], re.IGNORECASE), prompt
    else:
        assert text.casefold().startswith(INVITATION[locale]), prompt
        assert text.endswith("."), prompt
    assert not FORBIDDEN.search(text), prompt
    assert not re.search(FORMAL.get(locale, "$^"), text), prompt


@pytest.mark.parametrize("theme", ["repair", "opening"])
def test_there_are_words_for_a_repair_and_for_opening_together(theme):
    assert sum(row["theme"] == theme and not row["retired"] for row in LIBRARY["prompts"]) >= 2


def test_none_is_there_twice():
    for locale in LOCALES:
        said = [re.sub(r"\W+", " ", row["texts"][locale]).strip().casefold() for row in LIBRARY["prompts"]]
        assert len(said) == len(set(said))


def test_a_phone_that_has_a_version_is_given_what_is_newer(monkeypatch):
    newer = {**LIBRARY["prompts"][0], "id": "newer", "version": 2, "retired": True}
    monkeypatch.setitem(prompts._data, "prompts", [*LIBRARY["prompts"], newer])
    assert [row["id"] for row in prompts.library(1)["prompts"]] == ["newer"]
    assert len(prompts.library(0)["prompts"]) == len(LIBRARY["prompts"]) + 1
    assert prompts.library(2)["prompts"] == []


@pytest.mark.parametrize("country", LINES["countries"])
def test_every_country_has_a_number_for_an_emergency_and_a_line(country):
    row = LINES["countries"][country]
    assert re.fullmatch(r"[A-Z]{2}", country)
    assert row["emergency"]
    assert row["lines"]
    for number in row["emergency"]:
        assert re.fullmatch(r"[0-9]{2,5}", number)
    for line in row["lines"]:
        assert line.keys() == {"name", "phone", "text", "url", "hours", "languages", "for"}
        assert line["phone"] or line["text"]
        for number in filter(None, (line["phone"], line["text"])):
            assert re.fullmatch(r"[0-9][0-9 -]{1,15}[0-9]", number)
        assert line["url"] is None or re.fullmatch(HTTPS, line["url"])
        assert all(re.fullmatch(r"[a-z]{2}", language) for language in line["languages"])
        assert line["languages"]
        assert line["hours"]
    assert any(line["for"] == "everyone" and line["phone"] for line in row["lines"]), "not only for the young"


def test_nobody_is_told_that_the_lines_were_checked():
    assert LINES["checked_on"] is None
    assert "operator checks" in LINES["note"]
