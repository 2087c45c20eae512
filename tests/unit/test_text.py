"""Text as people mean it: a table of what is easily confused, and laws that hold for any Unicode."""

import time
from unicodedata import category, normalize

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from schemas import text
from schemas.base import Line
from schemas.text import LONGEST_CLUSTER, cut, folded, is_visible, one_line, opaque

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # three people and two joiners
FLAG = "\U0001f1e9\U0001f1ea"
ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(sign)) for sign in "gbeng") + "\U000e007f"
CATEGORIES = [
    "Cc", "Cf", "Cn", "Co", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd", "Pe", "Pf",
    "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs",
]  # fmt: skip

ONE_CHARACTER = st.sampled_from(CATEGORIES).flatmap(lambda name: st.characters(categories=[name]))
CONFUSING = st.sampled_from([
    "e\u0301", "\u00e9", "\u0390", "\u01f0", "\ufb01", "\u00df", "\u0130", "\u0131", "\u03c2", "\u1100\u1161", "\ufdfa",
    "\u3164", "\ufe0f", "\u200d", "\u202e", "\u00a0", "\u2028", FAMILY, FLAG, ENGLAND, "\U0001f1e9", "\r\n", " ", "-",
])  # fmt: skip
ANY = st.lists(ONE_CHARACTER | CONFUSING, max_size=40).map("".join)

SAME_HANDLE = {
    "case": ("Ann", "aNN"),
    "width": ("Ann", "\uff21\uff4e\uff4e"),
    "two keyboards": ("Zo\u00eb", "Zoe\u0308"),
    "Greek letters that fold into two": (
        "\u039c\u03b1\u0390\u03c1\u03b7",
        "\u03bc\u03b1\u03b9\u0308\u0301\u03c1\u03b7",
    ),
    "final sigma": ("\u03bd\u03af\u03ba\u03bf\u03c2", "\u039d\u038a\u039a\u039f\u03a3"),
    "sharp s": ("stra\u00dfe", "STRASSE"),
    "ligature": ("\ufb01nn", "finn"),
    "j with caron": ("\u01f0an", "j\u030can"),
    "Hangul in parts": ("\ud55c\uad6d", normalize("NFD", "\ud55c\uad6d")),
    "a filler that cannot be seen": ("ann", "a\u3164nn"),
    "a choice of picture": ("ann", "ann\ufe0f"),
    "a joiner of marks": ("ann", "an\u034fn"),
}
OTHER_HANDLE = {
    "a letter of another script": ("ann", "\u0430nn"),
    "an accent": ("zoe", "zo\u00eb"),
    "dotless i": ("ali", "al\u0131"),
    "a hyphen": ("a-n", "an"),
}


@pytest.mark.parametrize(("one", "other"), SAME_HANDLE.values(), ids=SAME_HANDLE)
def test_a_handle_is_the_same(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), OTHER_HANDLE.values(), ids=OTHER_HANDLE)
def test_a_handle_is_another(one, other):
    assert folded(one) != folded(other)


@given(ANY)
def test_what_is_folded_is_folded_once_and_for_all_forms(written):
    form = folded(written)
    assert folded(form) == form
    for name in ("NFC", "NFD", "NFKC", "NFKD"):
        assert folded(normalize(name, written)) == form


def test_every_character_folds_once_and_to_nothing_that_is_unseen():
    """Also next to others: a character can compose with what stands before it."""
    every = [chr(code) for code in range(0x110000) if category(chr(code)) not in {"Cs", "Cn", "Co"}]
    assert len(every) > 140_000
    wrong = [hex(ord(one)) for one in every if folded(form := folded(f"a{one}")) != form]
    assert wrong == []
    assert not regex.search(r"\p{Default_Ignorable_Code_Point}", folded("".join(every)))


SAME_PASSPHRASE = {
    "two keyboards": ("caf\u00e9 au lait", "cafe\u0301 au lait"),
    "Hangul in parts": ("\ud55c\uad6d", normalize("NFD", "\ud55c\uad6d")),
    "a space that does not break": ("one two", "one\u00a0two"),
    "a wide space": ("one two", "one\u3000two"),
    "the sign of Angstrom": ("\u00c5ngstr\u00f6m", "\u212bngstr\u00f6m"),
}
OTHER_PASSPHRASE = {
    "case": ("Correct", "correct"),
    "width": ("correct", "\uff43orrect"),
    "a ligature": ("\ufb01ne", "fine"),
    "a joiner": (FAMILY, FAMILY.replace("\u200d", "")),
    "a space more": ("one two", "one  two"),
    "a space at the end": ("one two", "one two "),
}


@pytest.mark.parametrize(("one", "other"), SAME_PASSPHRASE.values(), ids=SAME_PASSPHRASE)
def test_a_passphrase_is_the_same(one, other):
    assert opaque(one) == opaque(other)


@pytest.mark.parametrize(("one", "other"), OTHER_PASSPHRASE.values(), ids=OTHER_PASSPHRASE)
def test_a_passphrase_is_another(one, other):
    assert opaque(one) != opaque(other)


@given(ANY)
def test_a_passphrase_has_one_form_however_it_is_typed(written):
    form = opaque(written)
    assert opaque(form) == form == opaque(normalize("NFD", written)) == opaque(normalize("NFC", written))
    assert not any(category(sign) == "Zs" and sign != " " for sign in form)


CODES = {
    "as it is": "ABCD-EFGH-JKLM-NPQR",
    "small letters": "abcd-efgh-jklm-npqr",
    "without hyphens": "ABCDEFGHJKLMNPQR",
    "no-break hyphens": "ABCD\u2011EFGH\u2011JKLM\u2011NPQR",
    "a soft hyphen": "ABCD-EFGH\u00ad-JKLM-NPQR",
    "zero-width spaces": "ABCD\u200b-EFGH\u200b-JKLM-NPQR\ufeff",
    "of a right-to-left chat": "\u2067ABCD-EFGH-JKLM-NPQR\u2069\u200f",
    "in quotes": "\u201cABCD-EFGH-JKLM-NPQR\u201d",
    "at the end of a sentence": "(ABCD-EFGH-JKLM-NPQR).",
    "over two lines": "ABCD-EFGH-\r\nJKLM-NPQR\n",
    "full-width": "".join(chr(ord(sign) + 0xFEE0) for sign in "ABCDEFGHJKLMNPQR"),
}


@pytest.mark.parametrize("copied", CODES.values(), ids=CODES)
def test_a_code_is_read_however_it_was_copied(copied):
    assert text.code(copied, 16) == "ABCD-EFGH-JKLM-NPQR"


@pytest.mark.parametrize("other", ["", "ABCD-EFGH-JKLM", "ABCD-EFGH-JKLM-NPQR-S", "ABCD/EFGH/JKLM/NPQR", "-" * 60_000])
def test_what_is_no_code_stays_what_it_is(other):
    assert text.code(other, 16) == other


TAGS = {
    "EN": ("en", "en"), "en-us": ("en-US", "en"), " pt_br\u200e": ("pt-BR", "pt"), "zh-hant-tw": ("zh-Hant-TW", "zh"),
    "yue": ("yue", "yue"), "de-AT-u-co-phonebk": ("de-AT", "de"), "\uff45\uff4e": ("en", "en"),
    "iw-IL": ("iw-IL", "he"),
}  # fmt: skip


@pytest.mark.parametrize("written", TAGS)
def test_a_language_tag_has_one_form_and_one_language(written):
    assert (text.language_tag(written), text.primary_language(text.language_tag(written))) == TAGS[written]


def test_of_several_tags_of_a_language_the_best_level_counts():
    levels = {"en-US": 1, "EN": 3, "en-GB": 2, "de_AT": 1}
    assert text.primary_languages(levels) == {"en": 3, "de": 1}


CUTS = {
    "a letter and its accent": ("ae\u0301", 2, "a"),
    "a flag": (f"a{FLAG}", 2, "a"),
    "two flags": (FLAG * 2, 3, FLAG),
    "flags after an odd one": (f"{FLAG[0]} {FLAG * 40}", 61, f"{FLAG[0]} {FLAG * 29}"),
    "many flags": (FLAG * 100, 151, FLAG * 75),
    "the flag of England": (f"{ENGLAND}!", 5, ENGLAND[:5]),
    "England after a word": (f"to {ENGLAND}!", 7, "to "),
    "a family": (f"we are {FAMILY}", 10, "we are "),
    "a family that fits": (f"{FAMILY}{FAMILY}", 5, FAMILY),
    "a skin colour": ("hi\U0001f44b\U0001f3fd", 3, "hi"),
    "a line end": ("ab\r\ncd", 3, "ab"),
    "Hangul in parts": (normalize("NFD", "\ud55c\uad6d"), 4, normalize("NFD", "\ud55c")),
    "a vowel sign": ("\u0915\u093f\u0915\u093f", 3, "\u0915\u093f"),
    "nothing to cut": ("abc", 3, "abc"),
    "marks without end": ("a" + "\u0301" * 500, 300, "a" + "\u0301" * 299),
    "a first character that is too long": (FAMILY, 2, FAMILY[:2]),
}


@pytest.mark.parametrize(("whole", "most", "kept"), CUTS.values(), ids=CUTS)
def test_a_text_is_cut_between_what_people_see_as_characters(whole, most, kept):
    assert cut(whole, most) == kept


@given(ANY, ANY, st.integers(0, 300))
def test_a_cut_is_where_the_whole_text_has_an_edge(one, other, most):
    """Compared with all grapheme clusters of the text, which a cut does not look at."""
    whole = other * 5 + one
    kept = cut(whole, most)
    assert whole.startswith(kept)
    assert len(kept) <= most
    best = max((edge.end() for edge in regex.finditer(r"\X", whole) if edge.end() <= most), default=0)
    is_cut_inside = most < len(whole) and (best == 0 or most - best >= LONGEST_CLUSTER)
    assert len(kept) == (min(most, len(whole)) if is_cut_inside else best)


@pytest.mark.parametrize("part", [FLAG, "\U0001f1e9", "\u0301", "\U0001f468\u200d", "\u0915\u094d", "\u1100"])
def test_a_cut_takes_no_longer_for_any_text(part):
    began = time.thread_time()
    cut(part * 100_000, 50_000)
    assert time.thread_time() - began < 1, "all grapheme clusters of as many flags take more than ten seconds"


UNSEEN = ["", " ", "\u00a0\u3000", "\u200b", "\u200d\u200d", "\ufeff", "\u2060", "\u00ad", "\u3164", "\u115f", "\uffa0",
          "\u2800", "\ufe0f", "\u034f", "\u180e", "\u061c\u200e", "\U000e0041", "\x07", "\u2028"]  # fmt: skip
NAMES = [
    "Ann",
    "\u674e\u56db",
    "\u0646\u06cc\u200c\u0645\u0627",
    FAMILY,
    FLAG,
    "Mc\u00a0Nair",
    "a b",
    "\u0301",
    "\U0001fae8",
    ".",
]
NOT_NAMES = {
    "a line end": "A\nB", "a tab": "A\tB", "a control": "A\x1bB", "an old control": "A\x85B", "a separator": "A\u2028B",
    "a paragraph": "A\u2029B", "a null": "A\x00",
    "an override": "A\u202eB", "an embedding": "A\u202bB\u202c", "an isolate": "\u2066A\u2069",
    "a space before": " A", "a space after": "A\u3000",
}  # fmt: skip


class Named(Schema):
    name = Line()


def problems(name):
    return Named().validate({"name": name})


@pytest.mark.parametrize("unseen", UNSEEN)
def test_nothing_but_what_cannot_be_seen_is_no_name(unseen):
    assert not is_visible(unseen)
    assert problems(unseen).keys() == {"name"}
    assert is_visible(unseen + "x")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_visible_line(name):
    assert problems(name) == {}
    assert (is_visible(name), one_line(name)) == (True, " ".join(name.split()))


@pytest.mark.parametrize("name", NOT_NAMES.values(), ids=NOT_NAMES)
def test_a_name_is_one_line_that_reads_in_its_own_direction(name):
    assert problems(name).keys() == {"name"}
    assert problems(one_line(name)) == {}


@given(ANY)
def test_what_is_taken_for_a_name_can_be_seen_and_is_one_line(written):
    """And any text can be made one, unless nothing of it can be seen."""
    try:
        name = Named().load({"name": written})["name"]
    except ValidationError:
        line = one_line(written)[:80].strip()
        assert not is_visible(line) or problems(line) == {}
        return
    assert name == written == written.strip()
    assert is_visible(name)
    assert len(name.splitlines()) == 1
    assert not {category(sign) for sign in name} & {"Cc", "Zl", "Zp"}
    assert not regex.search(r"[\p{Bidi_Class=LRO}\p{Bidi_Class=RLO}\p{Bidi_Class=LRE}\p{Bidi_Class=RLE}]", name)
