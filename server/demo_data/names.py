"""The names of made-up people: words for nature in many scripts, so that no real person is meant."""

from server.demo_data.random_numbers import SplitMix64

WORDS = {
    "en": ("Juniper", "River", "Willow", "Harbour", "Meadow", "Robin", "Ember", "Hazel"),
    "es": ("Río", "Luna", "Olivo", "Nube", "Arena", "Colibrí", "Romero", "Otoño"),
    "zh": ("小雨", "青山", "白云", "竹林", "星河", "晨光"),
    "hi": ("नदी", "बादल", "चाँद", "पीपल", "सागर", "वर्षा"),
    "fr": ("Rivière", "Étoile", "Forêt", "Bruyère", "Rosée", "Érable"),
    "ar": ("نهر", "قمر", "غيمة", "زيتون", "نسيم", "بحر"),
    "pt": ("Rio", "Maré", "Nuvem", "Açaí", "Brisa", "Estação"),
    "de": ("Fluss", "Möwe", "Ahorn", "Wölkchen", "Nebel", "Föhre"),
}


def name(dice: SplitMix64, language: str, number: int) -> str:
    """Return a name in a first language. The number makes it unique among peers, and among specialists."""
    return f"{dice.one(WORDS[language])} {number}"
