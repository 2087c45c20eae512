"""Codes, ids and names that people type: case, stray spaces and hyphens do not matter."""

import re
from typing import Any
from unicodedata import normalize

from marshmallow import fields

TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"  # of a language, as BCP 47 writes it
INVITATION = 16  # letters and digits of the code of an invitation
ALIKE = str.maketrans("08", "OB")  # digits that no code has, and the letters that they are read as


class Typed(fields.String):
    """A text that is brought into the form that was meant, before it is validated."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return self.meant(super()._deserialize(value, *args, **kwargs))

    def meant(self, text: str) -> str:
        """Return the text without the spaces around it."""
        return text.strip()


class Listed(Typed):
    """The id of something in a list of ours: small letters, digits and '_'."""

    def meant(self, text: str) -> str:
        """Return an id in the form that the list has."""
        return re.sub(r"[ -]", "_", text.strip()).lower()


class Tag(Typed):
    """A language, or a locale."""

    def meant(self, text: str) -> str:
        """Return a tag as BCP 47 writes it: 'pt-BR', 'zh-Hant'."""
        first, *others = text.strip().replace("_", "-").split("-")
        return "-".join([first.lower(), *map(_subtag, others)])


class Locale(Tag):
    """A language that our texts are in. Apps send the phone's locale, such as 'de-AT', for which ours is 'de'."""

    def meant(self, text: str) -> str:
        """Return the language of a locale."""
        tag = super().meant(text)
        return tag.partition("-")[0] if re.fullmatch(TAG, tag) else text


class Code(Typed):
    """The code of an invitation, of letters A to Z and digits 2 to 7."""

    def meant(self, text: str) -> str:
        """Return a code in groups of four, or a text of another length unchanged."""
        signs = re.sub(r"[\s\-\u2010-\u2015\u2212]", "", normalize("NFKC", text[: 8 * INVITATION])).upper()
        code = signs.translate(ALIKE)
        return "-".join(re.findall("....", code)) if len(code) == INVITATION and len(text) <= 8 * INVITATION else text


def country(text: str) -> str:
    """Return the code of a country as ISO 3166 writes it: 'DE'. A text that is not ASCII stays as it is."""
    return text.strip().upper() if text.isascii() else text


def _subtag(text: str) -> str:
    return text.upper() if len(text) == len("BR") else text.title() if len(text) == len("Hant") else text.lower()
