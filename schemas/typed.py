"""Fields for codes, ids and names that people type: they are brought into the form that was meant (schemas/text.py)."""

import re
from typing import Any

from marshmallow import ValidationError, fields

from schemas import text as texts

TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"  # of a language, as BCP 47 writes it
INVITATION = 16  # letters and digits of the code of an invitation
LONGEST_SENT = 1000  # characters of a text as it is sent: normalizing a longer one takes time


class Typed(fields.String):
    """A text that is brought into the form that was meant, before it is validated."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if len(text) > LONGEST_SENT:
            raise ValidationError("This is too long to be meant: use 1,000 characters at most, and mostly far fewer.")
        return self.meant(text)

    def meant(self, text: str) -> str:
        """Return the text without the spaces and invisible characters around it."""
        return texts.trimmed(text)


class Listed(Typed):
    """The id of something in a list of ours: small letters, digits and '_'."""

    def meant(self, text: str) -> str:
        """Return an id in the form that the list has."""
        return texts.list_id(text)


class Tag(Typed):
    """A language, or a locale."""

    def meant(self, text: str) -> str:
        """Return a tag as BCP 47 writes it: 'pt-BR', 'zh-Hant'."""
        return texts.language_tag(text)


class Locale(Tag):
    """A language that our texts are in. Apps send the phone's locale, such as 'de-AT', for which ours is 'de'."""

    def meant(self, text: str) -> str:
        """Return the language of a locale."""
        tag = super().meant(text)
        return texts.primary_language(tag) if re.fullmatch(TAG, tag) else text


class Code(Typed):
    """The code of an invitation, of letters A to Z and digits 2 to 7."""

    def meant(self, text: str) -> str:
        """Return a code in groups of four, or a text of another length unchanged."""
        return texts.code(text, INVITATION)


class Hexadecimal(Typed):
    """A digest in hexadecimal digits, such as a SHA-256."""

    def meant(self, text: str) -> str:
        """Return the digits in small letters."""
        return texts.trimmed(text).lower()
