"""The phrases for reasons, by code and locale. An app may use phrases of its own for the codes instead."""

from typing import Any

from server.matching.taxonomy import TOPICS, label

LOCALES = ("en", "de", "es")

PHRASES = {
    "both_know": {
        "en": "You both know what {topic} is like.",
        "de": "Ihr kennt beide: {topic}.",
        "es": "Ambos conocen esto: {topic}.",
    },
    "knows_close": {
        "en": "Knows something close to it: {topic}.",
        "de": "Kennt etwas Ähnliches: {topic}.",
        "es": "Conoce algo parecido: {topic}.",
    },
    "as_wished": {"en": "{tag}, as you wished.", "de": "{tag}, wie gewünscht.", "es": "{tag}, como deseabas."},
    "share_hours_any": {
        "en": "You share {hours} hours a week.",
        "de": "Ihr habt {hours} gemeinsame Stunden in der Woche.",
        "es": "Comparten {hours} horas por semana.",
    },
    "share_hours_evenings": {
        "en": "You share {hours} hours a week, mostly evenings.",
        "de": "Ihr habt {hours} gemeinsame Stunden in der Woche, meist abends.",
        "es": "Comparten {hours} horas por semana, sobre todo por la tarde.",
    },
    "style": {
        "en": "The way you wished for: {style}.",
        "de": "So, wie du es dir wünschst: {style}.",
        "es": "De la manera que deseas: {style}.",
    },
    "speaks": {"en": "Speaks {language}.", "de": "Spricht {language}.", "es": "Habla {language}."},
    "some_language": {
        "en": "Speaks only some {language}.",
        "de": "Spricht nur etwas {language}.",
        "es": "Habla solo un poco de {language}.",
    },
    "answers_within": {
        "en": "Can usually answer within {hours} hours.",
        "de": "Kann meist innerhalb von {hours} Stunden antworten.",
        "es": "Suele poder responder en {hours} horas.",
    },
    "may_not_have_lived": {
        "en": "May not have lived through this.",
        "de": "Hat das vielleicht nicht selbst erlebt.",
        "es": "Quizá no lo haya vivido.",
    },
    "nobody_lived": {
        "en": "Nobody who is free now says that they have lived through this. You can wait, or widen.",
        "de": "Niemand, der jetzt frei ist, sagt, das selbst erlebt zu haben. Du kannst warten oder ausweiten.",
        "es": "Nadie que esté libre ahora dice haberlo vivido. Puedes esperar o ampliar.",
    },
    "few_lived": {
        "en": "Few who are free now say that they have lived through this. You can wait, or widen.",
        "de": "Wenige, die jetzt frei sind, sagen, das selbst erlebt zu haben. Du kannst warten oder ausweiten.",
        "es": "Pocas personas libres ahora dicen haberlo vivido. Puedes esperar o ampliar.",
    },
    "rarely_there": {
        "en": "Is there only on some days.",
        "de": "Ist nur an manchen Tagen da.",
        "es": "Está solo algunos días.",
    },
}
STYLES = {
    "listening": {"en": "mostly listening", "de": "vor allem zuhören", "es": "sobre todo escuchar"},
    "practical": {"en": "practical", "de": "praktisch", "es": "práctica"},
    "gentle": {"en": "gentle", "de": "behutsam", "es": "con calma"},
    "direct": {"en": "direct", "de": "direkt", "es": "directa"},
}
LANGUAGES = {
    "ar": ("Arabic", "Arabisch", "árabe"),
    "de": ("German", "Deutsch", "alemán"),
    "en": ("English", "Englisch", "inglés"),
    "es": ("Spanish", "Spanisch", "español"),
    "fr": ("French", "Französisch", "francés"),
    "hi": ("Hindi", "Hindi", "hindi"),
    "it": ("Italian", "Italienisch", "italiano"),
    "pl": ("Polish", "Polnisch", "polaco"),
    "pt": ("Portuguese", "Portugiesisch", "portugués"),
    "ru": ("Russian", "Russisch", "ruso"),
    "tr": ("Turkish", "Türkisch", "turco"),
    "uk": ("Ukrainian", "Ukrainisch", "ucraniano"),
    "zh": ("Chinese", "Chinesisch", "chino"),
}


def reason(code: str, **data: Any) -> dict[str, Any]:
    """Return a reason: its code, its data, and its phrase in every locale."""
    text = {locale: PHRASES[code][locale].format(**_named(locale, data)) for locale in LOCALES}
    return {"code": code, **data, "text": {locale: words[0].upper() + words[1:] for locale, words in text.items()}}


def few_lived(found: int) -> dict[str, Any]:
    """Return the phrase for a peer for whom few specialists above the floor were found, or none, in every locale."""
    return reason("few_lived" if found else "nobody_lived")


def _named(locale: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a reason, with ids replaced by names that people read."""
    named = dict(data)
    if "topic" in data:
        named["topic"] = label(data["topic"], locale) if data["topic"] in TOPICS else data["topic"].replace("_", " ")
    if "tag" in data:
        named["tag"] = data["tag"].replace("_", " ")
    if "style" in data:
        named["style"] = STYLES[data["style"]][locale]
    if "language" in data:
        names = LANGUAGES.get(data["language"])
        named["language"] = names[LOCALES.index(locale)] if names else data["language"]
    return named
