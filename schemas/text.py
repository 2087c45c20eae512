"""Text as people mean it: which texts count as the same, what of a text can be seen, and where a text may be cut.

Pure functions on strings; every layer compares, checks and cuts texts with them. The terms are those of Unicode:
normalization forms (UAX #15), grapheme clusters (UAX #29), properties (UAX #44). A character is a code point, as in all
limits of Beside; a grapheme cluster is what people see as one character, such as a flag or a family of emoji.
"""

from collections.abc import Mapping
from itertools import takewhile
from unicodedata import normalize

import regex

LONGEST_CLUSTER = 64  # characters of a grapheme cluster; UAX #15 calls more than 30 marks on one letter unsafe
LONGEST_TYPED = 8  # characters typed for each character of a code, with spaces, hyphens and invisible ones around it
LEGACY_LANGUAGES = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}  # {old code that Java sends: code}
ALIKE = str.maketrans("08", "OB")  # digits that no code has, and the letters that they are read as
OVERRIDES = r"\u202a-\u202e\u2066-\u2069"  # that make a text read in another direction than its letters do
NOT_IN_A_LINE = rf"\u0000-\u001f\u007f-\u009f\u2028\u2029{OVERRIDES}"  # also controls and separators

_CLUSTER = regex.compile(r"\X")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
_UNSEEN = regex.compile(
    r"[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\uFFF9-\uFFFB\u2800\U0001D159\U00016FE4]*"
)
_BEFORE = regex.compile(r"[\p{White_Space}\p{Cc}\p{Cf}]*")
_AFTER = regex.compile(r"(?r)[\p{White_Space}\p{Cc}\p{Cf}]*\Z")  # read from the end: in linear time
_BETWEEN = regex.compile(r"[\p{White_Space}\p{Cc}\p{Cf}\p{Dash}\p{Default_Ignorable_Code_Point}]+")
_QUOTES = regex.compile(r"^\p{P}+|\p{P}+$")
_NOT_IN_A_LINE = regex.compile(f"[{NOT_IN_A_LINE}]")
_OVERRIDES = regex.compile(f"[{OVERRIDES}]")
_SPACES = regex.compile(r"\p{Zs}")


def folded(text: str) -> str:
    """Return the form in which handles and common passphrases are compared: 'Ann' and 'ANN' are the same.

    It is the compatibility caseless match of Unicode (chapter 3.13, D146), without ignorable characters, as in
    NFKC_Casefold: what looks the same because a character cannot be seen is the same.
    """
    once = normalize("NFKC", normalize("NFD", text).casefold())
    seen = _IGNORABLE.sub("", normalize("NFKC", once.casefold()))
    return normalize("NFKC", seen).strip()


def composed(text: str) -> str:
    """Return a name in the form that is compared: the same words typed on two keyboards are the same (NFC)."""
    return normalize("NFC", text)


def opaque(passphrase: str) -> str:
    """Return a passphrase in the form that is hashed: the profile OpaqueString of RFC 8265.

    Every space becomes the ASCII space, and the text NFC. Not NFKC: that would change what was typed. Unlike that
    profile, joiners and other format characters stay: emoji and several scripts need them.
    """
    return normalize("NFC", _SPACES.sub(" ", passphrase))


def trimmed(text: str) -> str:
    """Return a text without the spaces and invisible characters around it, which come along when it is copied."""
    before, after = _BEFORE.match(text), _AFTER.search(text)
    start, end = (before.end(), after.start()) if before and after else (0, len(text))
    return text[start : max(start, end)]


def list_id(text: str) -> str:
    """Return the id of something in a list of Beside's, 'grief_loss', for 'Grief loss' and the like."""
    return normalize("NFKC", trimmed(text)).replace(" ", "_").replace("-", "_").lower()


def zone_key(text: str) -> str:
    """Return the form in which the names of time zones are compared: 'america/new_york' for 'America/New York'."""
    return folded(trimmed(text)).replace(" ", "_")


def language_tag(text: str) -> str:
    """Return a language tag as BCP 47 writes it: 'pt-BR', 'zh-Hant'. Extensions, such as '-u-ca-gregory', are left out.

    A text that cannot be a tag does not become one.
    """
    first, *others = normalize("NFKC", trimmed(text)).replace("_", "-").split("-")
    return "-".join([first.lower(), *map(_subtag, takewhile(lambda subtag: len(subtag) != 1, others))])


def primary_language(tag: str) -> str:
    """Return the language by which people find each other: 'en' for 'en-US' and 'EN'."""
    first = tag.replace("_", "-").partition("-")[0].lower()
    return LEGACY_LANGUAGES.get(first, first)


def primary_languages(levels: Mapping[str, int]) -> dict[str, int]:
    """Return {primary language: level} for {tag: level}; of several tags of one language the highest level counts."""
    return {
        primary_language(tag): level for tag, level in sorted(levels.items(), key=lambda spoken: (spoken[1], spoken[0]))
    }


def country(text: str) -> str:
    """Return the code of a country as ISO 3166 writes it: 'DE'. A text that is not ASCII stays as it is."""
    code = trimmed(text)
    return code.upper() if code.isascii() else text


def code(text: str, length: int) -> str:
    """Return a code of ``length`` letters and digits in groups of four, however it was typed or copied.

    Case, width, spaces, hyphens, invisible characters and punctuation around it do not matter. A text that has another
    number of letters and digits is returned as it is.
    """
    if len(text) > LONGEST_TYPED * length:
        return text
    signs = _QUOTES.sub("", _BETWEEN.sub("", normalize("NFKC", text))).upper().translate(ALIKE)
    groups = [signs[at : at + 4] for at in range(0, length, 4)]
    return "-".join(groups) if len(signs) == length else text


def is_visible(text: str) -> bool:
    """Tell whether a text has anything that can be seen, and not only spaces, joiners, fillers and the like."""
    return _UNSEEN.fullmatch(text) is None


def one_line(text: str) -> str:
    """Return a text as one line: no controls, separators or direction overrides, and single spaces between words."""
    return " ".join(_NOT_IN_A_LINE.sub(" ", _OVERRIDES.sub("", text)).split())


def clusters(text: str) -> list[str]:
    """Return what people see as single characters: extended grapheme clusters (UAX #29).

    Only for short texts: a long row of flags takes time in the square of its length.
    """
    return list(_CLUSTER.findall(text))


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, ``most`` characters at most, cut only between grapheme clusters (UAX #29).

    A cluster of more than LONGEST_CLUSTER or ``most`` characters is cut inside. Looks only at the characters
    near the cut, so that it takes the same time for every text.
    """
    if len(text) <= most:
        return text
    start = max(0, most - LONGEST_CLUSTER)
    *_, last = _CLUSTER.finditer(text, start, most + 1)  # `regex` looks back from there, to pair the letters of flags
    return text[:most] if last.start() == start else text[: last.start()]


def _subtag(text: str) -> str:
    return text.upper() if len(text) == len("BR") else text.title() if len(text) == len("Hant") else text.lower()
